"""``python -m tora_lab.train --config FILE`` trains an adapter from a folder of videos."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest
import torch
import yaml
from accelerate.state import AcceleratorState
from random_models import save_text_encoder
from safetensors import safe_open
from training_set import tiny_transformer, toy_clip

from tora_core.checkpoints.layouts import load_adapter, open_checkpoint
from tora_lab.media.files import write_safetensors
from tora_lab.media.video_writer import write_mp4
from tora_lab.train import __main__ as command
from tora_lab.train.config import read_config

EXAMPLE = Path(command.__file__).with_name("example.yaml")


@pytest.fixture(scope="module")
def models(tmp_path_factory):
    """Folder of tiny models with random weights, in their usual layouts: base, diffusers VAE, T5 with tokenizer."""
    from diffusers import AutoencoderKLCogVideoX

    folder = tmp_path_factory.mktemp("models")
    write_safetensors(folder / "base.safetensors", tiny_transformer().state_dict())
    torch.manual_seed(0)
    blocks = 4 * ("CogVideoXDownBlock3D",), 4 * ("CogVideoXUpBlock3D",)
    vae = AutoencoderKLCogVideoX(
        down_block_types=blocks[0],
        up_block_types=blocks[1],
        block_out_channels=(8, 8, 8, 16),
        layers_per_block=1,
        latent_channels=16,
        norm_num_groups=4,
    )
    vae.save_pretrained(folder / "vae")
    save_text_encoder(folder / "t5")
    return folder


@pytest.fixture
def data(tmp_path):
    (tmp_path / "data" / "videos").mkdir(parents=True)
    (tmp_path / "data" / "labels").mkdir()
    for seed in range(4):
        clip = toy_clip(seed)
        write_mp4(tmp_path / "data" / "videos" / f"{seed}.mp4", clip.video)
        (tmp_path / "data" / "labels" / f"{seed}.txt").write_text(clip.caption)
    (tmp_path / "data" / "videos" / "broken.mp4").write_bytes(b"nothing")
    (tmp_path / "data" / "labels" / "broken.txt").write_text("red disc")
    return tmp_path / "data"


def write(file, models, data, **changed):
    settings = {
        "stage": "dense",
        "output": str(file.parent / "out"),
        "base": str(models / "base.safetensors"),
        "vae": str(models / "vae"),
        "text_encoder": str(models / "t5"),
        "data": {
            "folder": str(data),
            "cache": str(file.parent / "cache"),
            **{"frames": 9, "width": 96, "height": 64, "fps": None, "flow_stride": 1},
        },
        "motion_channels": 32,
        "steps": 2,
        "warmup": 1,
        "precision": "no",
        "workers": 0,
        "log_every": 1,
        "point_stride": 8,
        "validation": {"every": 2, "clips": 1, "steps": 1},
    }
    file.write_text(yaml.safe_dump(settings | changed))


def run(monkeypatch, *arguments):
    monkeypatch.setattr("sys.argv", ["train", *map(str, arguments)])
    command.main()


def test_a_folder_of_videos_becomes_an_adapter_by_both_stages(models, data, tmp_path, monkeypatch, caplog):
    caplog.set_level(logging.INFO)
    write(tmp_path / "dense.yaml", models, data)
    run(monkeypatch, "--config", tmp_path / "dense.yaml")
    assert "skipped broken.mp4: " in caplog.text and "encoded 4 of 5 clips, skipped 1" in caplog.text
    assert "best: TrajError" in caplog.text
    first = load_adapter(open_checkpoint(tmp_path / "out" / "best")).state_dict()
    second = {"stage": "sparse", "output": str(tmp_path / "sparse"), "adapter": str(tmp_path / "out" / "best")}
    write(tmp_path / "sparse.yaml", models, data, **second, gradient_checkpointing=True)
    AcceleratorState._reset_state(reset_partial_state=True)
    run(monkeypatch, "--config", tmp_path / "sparse.yaml")
    trained = load_adapter(open_checkpoint(tmp_path / "sparse" / "last")).state_dict()
    assert first.keys() == trained.keys()
    assert any(not torch.equal(first[name], trained[name]) for name in first)


def test_captions_are_padded_to_the_tokens_cogvideox_was_trained_with(models, data, tmp_path, monkeypatch):
    write(tmp_path / "config.yaml", models, data)
    run(monkeypatch, "--config", tmp_path / "config.yaml", "--only-cache")
    assert not (tmp_path / "out").exists()
    with safe_open(tmp_path / "cache" / "clips" / "0.safetensors", framework="pt") as file:
        assert file.get_slice("context").get_shape() == [226, 32]
        assert file.get_slice("flow").get_shape() == [9, 64, 96, 2]


@pytest.mark.parametrize(
    "changed, message",
    [
        ({"bas": "x"}, "bas: there is no such key"),
        ({"vae": None}, "set vae to the folder of a diffusers VAE"),
        ({"vae": "nowhere"}, "expected a diffusers VAE in nowhere"),
        ({"text_encoder": None}, "set text_encoder to the folder of a T5"),
        ({"base": "nowhere"}, "expected a checkpoint at nowhere"),
    ],
)
def test_a_missing_setting_is_an_error_before_training(models, data, tmp_path, monkeypatch, changed, message):
    write(tmp_path / "config.yaml", models, data, **changed)
    with pytest.raises(SystemExit, match="error: ") as raised:
        run(monkeypatch, "--config", tmp_path / "config.yaml")
    assert message in str(raised.value)


def test_the_example_config_is_valid():
    config = read_config(EXAMPLE)
    assert (config.stage, config.data.frames, config.learning_rate) == ("dense", 49, 1e-4)
    sparse = "\n".join(line.removeprefix("# ") for line in EXAMPLE.read_text().splitlines()[-4:])
    assert yaml.safe_load(sparse).keys() == {"stage", "output", "adapter", "learning_rate"}
