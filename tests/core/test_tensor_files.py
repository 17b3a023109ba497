"""Tests that truncated, damaged and malicious files are errors, and that no code is unpickled."""

from __future__ import annotations

import pickle
import time

import golden_data
import pytest
import torch
from safetensors.torch import load_file, save_file

from tora_core.checkpoints.layouts import load_adapter, open_checkpoint

TINY = golden_data.TINY[0]
WHOLE = "diffusion_pytorch_model.safetensors"


@pytest.mark.parametrize("size", [0, 4, 1000])
def test_a_truncated_file_is_an_error_with_its_size(tmp_path, size):
    (tmp_path / "cut.safetensors").write_bytes((TINY / WHOLE).read_bytes()[:size])
    with pytest.raises(ValueError, match=f"{size:,} bytes"):
        open_checkpoint(tmp_path / "cut.safetensors")
    (tmp_path / "cut.pt").write_bytes(b"PK\x03\x04" + b"\0" * size)
    with pytest.raises(ValueError, match="torch file"):
        open_checkpoint(tmp_path / "cut.pt")


def test_a_truncated_torch_file_is_always_a_value_error(tmp_path):
    torch.save({"a": torch.zeros(8)}, tmp_path / "legacy.pt", _use_new_zipfile_serialization=False)
    whole_file = (tmp_path / "legacy.pt").read_bytes()
    generator = torch.Generator().manual_seed(0)
    for size in torch.randint(1, len(whole_file), (60,), generator=generator).tolist():
        (tmp_path / "legacy.pt").write_bytes(whole_file[:size])
        with pytest.raises(ValueError, match="legacy.pt"):
            open_checkpoint(tmp_path / "legacy.pt")


class Malicious:
    def __reduce__(self):
        return print, ("this code must never run",)


def test_pickled_code_is_an_error_and_does_not_run(tmp_path, capsys):
    torch.save({"module": {"fuser.0.flow_": Malicious()}}, tmp_path / "evil.pt")
    with pytest.raises(ValueError, match="pickled code"):
        open_checkpoint(tmp_path / "evil.pt")
    (tmp_path / "plain.pt").write_bytes(pickle.dumps(Malicious()))
    with pytest.raises(ValueError, match="pickled code"):
        open_checkpoint(tmp_path / "plain.pt")
    assert "never run" not in capsys.readouterr().out


def test_a_name_with_of_in_it_is_not_a_shard(tmp_path):
    for name in ("best-of-both.safetensors", "cog-best-of-2024.safetensors"):
        save_file(load_file(TINY / WHOLE), tmp_path / name)
        assert open_checkpoint(tmp_path / name).base == open_checkpoint(TINY).base


def nested(depth):
    data: dict = {}
    for _ in range(depth):
        data = {"module": data}
    return data


def self_referential():
    data: dict = {}
    data["module"] = data
    return data


def pair():
    first, second = {}, {}
    first["state_dict"], second["model"] = second, first
    return first


@pytest.mark.parametrize("data", [self_referential(), pair(), nested(100)], ids=["itself", "two in a circle", "deep"])
def test_dictionaries_without_end_are_an_error_and_do_not_hang(tmp_path, data):
    torch.save(data, tmp_path / "endless.pt")
    start = time.process_time()
    with pytest.raises(ValueError, match="expected tensors with names in endless.pt, got .* choose a checkpoint"):
        open_checkpoint(tmp_path / "endless.pt")
    assert time.process_time() - start < 2


@pytest.mark.parametrize(
    "data",
    [
        {0: torch.zeros(2), 1: torch.zeros(2)},
        [torch.zeros(2)],
        {"module": {("fuser", 0): torch.zeros(2)}},
        {"module": [1]},
        torch.zeros(3),
        {},
    ],
)
def test_tensors_without_names_are_an_error(tmp_path, data):
    torch.save(data, tmp_path / "nameless.pt")
    with pytest.raises(ValueError, match="expected tensors with names in nameless.pt"):
        open_checkpoint(tmp_path / "nameless.pt")


@pytest.mark.parametrize("odd", [torch.zeros(2, device="meta"), torch.eye(2).to_sparse()], ids=["meta", "sparse"])
def test_tensors_without_values_are_an_error(tmp_path, odd):
    torch.save({"fuser.0.flow_x": odd}, tmp_path / "odd.pt")
    with pytest.raises(ValueError, match=r"expected whole tensors in odd.pt|torch file, got odd.pt"):
        open_checkpoint(tmp_path / "odd.pt")


@pytest.mark.parametrize(
    "index",
    [
        "[]",
        "3",
        "null",
        '{"weight_map": 3}',
        '{"weight_map": []}',
        '{"weight_map": {"a": 3}}',
        '{"weight_map": {"a": null, "b": "x.safetensors"}}',
        '{"weight_map": {"a": ""}}',
        '{"weight_map": {"a": ["b"]}}',
        "[" * 100_000,
        '{"weight_map":' * 100_000,
    ],
    ids=lambda text: text[:24],
)
def test_an_index_of_another_form_is_an_error(tmp_path, index):
    path = tmp_path / "model.safetensors.index.json"
    path.write_text(index)
    with pytest.raises(ValueError, match="expected a safetensors index in model.safetensors.index.json"):
        open_checkpoint(path)


@pytest.mark.parametrize("name", ["a" * 5000 + ".safetensors", "a\0b.safetensors"], ids=["too long", "null"])
def test_a_name_that_no_file_can_have_is_an_error(tmp_path, name):
    with pytest.raises(ValueError, match="check the path"):
        open_checkpoint(tmp_path / name)


@pytest.mark.parametrize(
    "change",
    [
        lambda tensor: tensor.to(torch.int8),
        lambda tensor: tensor.to(torch.bool),
        lambda tensor: tensor.to(torch.uint8),
        lambda tensor: tensor.to(torch.complex64),
    ],
    ids=["int8", "bool", "uint8", "complex"],
)
@pytest.mark.parametrize("part", ["fuser", "transformer_blocks"])
@pytest.mark.parametrize("ending", [".safetensors", ".pt"])
def test_weights_that_are_not_floating_point_are_an_error(tmp_path, change, part, ending):
    tensors = load_file(TINY / WHOLE)
    tensors |= {key: change(tensor) for key, tensor in tensors.items() if key.startswith(f"{part}.0.")}
    path = tmp_path / f"odd{ending}"
    save_file(tensors, path) if ending == ".safetensors" else torch.save(tensors, path)
    with pytest.raises(ValueError, match=f"expected floating-point weights in {path}, got .*GGUF"):
        open_checkpoint(path)


@pytest.mark.parametrize("number", [float("nan"), float("inf")])
def test_an_adapter_with_nan_or_infinity_is_an_error(tmp_path, number):
    tensors = load_file(TINY / WHOLE)
    key = next(key for key in tensors if key.startswith("fuser.0."))
    tensors[key].view(-1)[0] = number
    save_file(tensors, tmp_path / "broken.safetensors")
    with pytest.raises(ValueError, match=f"expected finite weights in .*{key}"):
        load_adapter(open_checkpoint(tmp_path / "broken.safetensors"))


@pytest.mark.parametrize("shape", [(), (0,), (4,), (2, 2, 2)])
def test_weights_of_an_odd_shape_are_an_error(tmp_path, shape):
    tensors = load_file(TINY / WHOLE)
    for key in ("patch_embed.proj.weight", "traj_extractor.conv_in.weight", "fuser.0.flow_gamma_temporal.weight"):
        save_file(tensors | {key: torch.zeros(shape)}, tmp_path / "odd.safetensors")
        with pytest.raises(ValueError, match=r"odd.safetensors"):
            load_adapter(open_checkpoint(tmp_path / "odd.safetensors"))
