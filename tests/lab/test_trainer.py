"""Training learns, resumes exactly, validates, and saves files that load."""

from __future__ import annotations

import errno
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file
from training_set import tiny_config, tiny_transformer, tiny_vae, toy_clip

from tora_core.checkpoints.layouts import load_adapter, open_checkpoint
from tora_core.evaluation.trajectory_error import trajectory_error
from tora_core.motion.adapter import ToraAdapter, ToraSpec
from tora_core.paths.trajectories import Trajectories
from tora_core.toy.models import VIDEO
from tora_lab.pipeline import ToraPipeline
from tora_lab.train.progress import learning_rate_share
from tora_lab.train.trainer import Trainer, train
from tora_lab.train.validation import score_px


def losses(progress):
    return [line["loss"] for line in progress.history if "loss" in line]


def adapter_of(output):
    return load_adapter(open_checkpoint(output)).state_dict()


@pytest.mark.parametrize("stage", ["base", "dense", "sparse"])
def test_each_stage_learns_its_clips(training_set, tmp_path, stage):
    progress = train(tiny_config(training_set, stage=stage, output=tmp_path, steps=40, batch_size=4))
    by_loss = losses(progress)
    assert sum(by_loss[-8:]) < 0.9 * sum(by_loss[:8])


def test_a_resumed_run_equals_an_uninterrupted_run(training_set, tmp_path, monkeypatch):
    def config(name):
        return tiny_config(training_set, output=tmp_path / name, steps=6, save_every=3, batch_size=2)

    whole = train(config("whole"))
    log = Trainer._log

    def power_cut(self, facts):
        if self.progress.step == 5:
            raise KeyboardInterrupt
        log(self, facts)

    with monkeypatch.context() as patch:
        patch.setattr(Trainer, "_log", power_cut)
        with pytest.raises(KeyboardInterrupt):
            train(config("cut"))
    assert not (tmp_path / "cut" / "last").exists()
    resumed = train(config("cut"))
    assert resumed.history == whole.history
    for name, tensor in adapter_of(tmp_path / "whole" / "last").items():
        assert torch.equal(tensor, adapter_of(tmp_path / "cut" / "last")[name]), name
    assert [path.name for path in (tmp_path / "cut").glob("state-*")] == ["state-00000006"]


def test_a_run_resumes_with_more_gradient_accumulation(training_set, tmp_path):
    def steps(name, count, batch, parts):
        given = {"steps": count, "batch_size": batch, "gradient_accumulation": parts}
        return train(tiny_config(training_set, output=tmp_path / name, **given)).history

    steps("parts", 1, 4, 1)
    assert [line["loss"] for line in steps("parts", 3, 2, 2)] == pytest.approx(
        [line["loss"] for line in steps("whole", 3, 4, 1)], abs=1e-5
    )


def test_starting_a_finished_run_again_changes_nothing(training_set, tmp_path):
    config = tiny_config(training_set, output=tmp_path)
    first = train(config)
    before = adapter_of(tmp_path / "last")
    assert train(config).history == first.history
    assert all(torch.equal(tensor, before[name]) for name, tensor in adapter_of(tmp_path / "last").items())


@pytest.mark.parametrize("changed", [{"stage": "dense"}, {"fusion": "extra_channel"}])
def test_the_state_of_another_run_is_not_resumed(training_set, tmp_path, changed):
    train(tiny_config(training_set, output=tmp_path))
    (name, value), *_ = changed.items()
    with pytest.raises(ValueError, match=rf"expected {name} \w+ to resume .*, got {name} {value}: set output"):
        train(tiny_config(training_set, output=tmp_path, **changed))


def test_accumulated_batches_equal_one_large_batch(training_set, tmp_path):
    one = train(tiny_config(training_set, output=tmp_path / "one", batch_size=4))
    parts = train(tiny_config(training_set, output=tmp_path / "parts", batch_size=2, gradient_accumulation=2))
    torch.testing.assert_close(torch.tensor(losses(parts)), torch.tensor(losses(one)), atol=1e-5, rtol=0)


def test_recomputed_activations_give_the_same_gradients(training_set, tmp_path):
    kept = train(tiny_config(training_set, output=tmp_path / "kept"))
    recomputed = train(tiny_config(training_set, output=tmp_path / "recomputed", gradient_checkpointing=True))
    torch.testing.assert_close(torch.tensor(losses(recomputed)), torch.tensor(losses(kept)), atol=1e-6, rtol=0)


def test_the_base_is_not_trained(training_set, tmp_path):
    before = load_file(training_set / "base.safetensors")
    run = Trainer(tiny_config(training_set, output=tmp_path), None, lambda *_: 1.0)
    run.run()
    assert all(torch.equal(tensor, before[name]) for name, tensor in run.transformer.state_dict().items())


def test_the_saved_two_file_adapter_loads_and_steers(training_set, tmp_path):
    train(tiny_config(training_set, output=tmp_path))
    files = sorted(str(path.relative_to(tmp_path / "last")) for path in (tmp_path / "last").rglob("*.safetensors"))
    assert files == ["fuser/fuser.safetensors", "traj_extractor/traj_extractor.safetensors"]
    checkpoint = open_checkpoint(tmp_path / "last")
    assert checkpoint.adapter is not None and (checkpoint.adapter.layers, checkpoint.adapter.motion_channels) == (2, 32)
    adapter = load_adapter(checkpoint)
    pipeline = ToraPipeline(tiny_transformer().eval(), adapter, tiny_vae())
    latent = torch.randn(1, 16, 3, 8, 12, generator=torch.Generator().manual_seed(0))
    given = latent, torch.zeros(1, 4, 32), torch.tensor([500])
    assert not torch.equal(pipeline.predict(*given, [pipeline.steering(latent)]), pipeline.predict(*given))


def test_an_image_to_video_adapter_is_trained_and_named_i2v(tmp_path):
    from tora_core.toy.text import text_features
    from tora_lab.data.cache import ClipEncoder, build_cache
    from tora_lab.media.files import write_safetensors

    write_safetensors(tmp_path / "base.safetensors", tiny_transformer(in_channels=32).state_dict())
    encoder = ClipEncoder(tiny_vae(), text_features, with_image=True)
    build_cache(tiny_config(tmp_path), [toy_clip(seed) for seed in range(4)], encoder)
    validation = {"every": 4, "clips": 1, "steps": 1}
    train(tiny_config(tmp_path, validation=validation), tiny_vae(), lambda *_: 1.0)
    for name in ("best", "last"):
        adapter = open_checkpoint(tmp_path / "out" / name).adapter
        assert adapter is not None and adapter.task == "i2v"
    assert (tmp_path / "out" / "last" / "fuser_I2V" / "fuser_I2V.safetensors").is_file()


def test_the_second_stage_starts_from_the_weights_of_the_first(training_set, tmp_path):
    train(tiny_config(training_set, stage="dense", output=tmp_path / "dense"))
    config = tiny_config(training_set, adapter=tmp_path / "dense" / "last", output=tmp_path / "sparse")
    started = Trainer(config, None, lambda *_: 1.0).module.state_dict()
    assert all(torch.equal(tensor, started[name]) for name, tensor in adapter_of(tmp_path / "dense" / "last").items())


def test_an_adapter_of_another_base_is_an_error_that_names_both(training_set, tmp_path):
    from tora_lab.train.checkpoints import save_weights

    config = tiny_config(training_set, output=tmp_path, adapter=tmp_path / "wide")
    save_weights(tmp_path / "wide", config, ToraAdapter(ToraSpec(3, 64, 32)).state_dict(), {})
    with pytest.raises(ValueError, match="the adapter has 3 fusers of width 64, the MODEL has 2 blocks of width 64"):
        train(config)


def test_validation_saves_the_best_weights_and_stops_without_improvement(training_set, tmp_path):
    errors = iter([9.0, 9.0, 5.0, 5.0, 7.0, 7.0, 8.0, 8.0])
    validation = {"every": 1, "clips": 2, "batch": 2, "steps": 1, "patience": 2}
    config = tiny_config(training_set, output=tmp_path, steps=9, validation=validation)
    progress = train(config, tiny_vae(), lambda video, wanted, caption: next(errors))
    assert (progress.best_px, progress.best_step, progress.step) == (5.0, 2, 4)
    with (tmp_path / "best" / "fuser" / "fuser.safetensors").open("rb") as file:
        assert b'"step":"2"' in file.read(400)
    assert len(list((tmp_path / "samples").glob("step-*.png"))) == 4
    assert list((tmp_path / "logs").rglob("events.out.tfevents.*"))


def test_lost_points_count_so_noise_gets_no_good_score():
    points_px = np.full((9, 4, 2), 20.0)
    wanted = Trajectories(points_px, np.ones((9, 4), dtype=bool), VIDEO)

    def score(offset_px, seen):
        return score_px(trajectory_error(wanted, Trajectories(points_px + offset_px, seen, VIDEO)))

    everything, nothing = np.ones((9, 4), dtype=bool), np.zeros((9, 4), dtype=bool)
    one_for_two_frames = nothing.copy()
    one_for_two_frames[:2, 0] = True
    assert score(4.0, everything) == 8.0
    assert score(0.0, nothing) == (96 + 64) / 2
    assert score(0.0, one_for_two_frames) > 70


def test_validation_clips_are_not_trained_on(training_set, tmp_path):
    validation = {"every": 5, "clips": 3, "batch": 3, "steps": 1}
    run = Trainer(tiny_config(training_set, output=tmp_path, validation=validation), tiny_vae(), lambda *_: 1.0)
    assert run.clips.names == [f"{number:04d}" for number in range(3, 10)]
    with pytest.raises(ValueError, match="lower validation.clips"):
        validation["clips"] = 10
        Trainer(tiny_config(training_set, output=tmp_path, validation=validation), tiny_vae(), lambda *_: 1.0)


@pytest.mark.parametrize("room", [0, 1], ids=["for no file", "for one of two files"])
def test_a_full_disk_leaves_the_last_good_checkpoint(training_set, tmp_path, monkeypatch, room):
    config = tiny_config(training_set, output=tmp_path)
    train(config)
    before = adapter_of(tmp_path / "last")

    written = []

    def full(tensors, file, metadata):
        written.append(file)
        if len(written) <= room:
            return save_file(tensors, file, metadata)
        Path(file).write_bytes(b"half of")
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("safetensors.torch.save_file", full)
    longer = tiny_config(training_set, output=tmp_path, steps=6)
    with pytest.raises(OSError, match="No space left"):
        train(longer)
    monkeypatch.undo()
    assert len(written) == room + 1
    assert all(torch.equal(tensor, before[name]) for name, tensor in adapter_of(tmp_path / "last").items())
    assert not list(tmp_path.rglob("*.part"))


def test_a_loss_that_is_not_finite_is_an_error_that_names_the_last_good_weights(training_set, tmp_path):
    """The first step is still finite. It is found at the next log entry, and nothing is saved from then on."""
    config = tiny_config(training_set, output=tmp_path, learning_rate=1e30, steps=6, log_every=4)
    with pytest.raises(FloatingPointError, match="a finite loss at step 1, got nan.* The last good weights are in"):
        train(config)
    assert not list(tmp_path.rglob("*.safetensors"))


def test_the_learning_rate_warms_up_and_falls_to_zero(training_set):
    config = tiny_config(training_set, steps=100, warmup=10, schedule="cosine")
    shares = [learning_rate_share(config, step) for step in range(101)]
    assert shares[0] == 0.1 and shares[9] == 1.0 and shares[10] == 1.0 and abs(shares[55] - 0.5) < 1e-9
    assert shares[100] == 0.0
    constant = config.model_copy(update={"schedule": "constant"})
    assert learning_rate_share(constant, 99) == 1.0
