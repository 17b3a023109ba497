"""Tests that truncated, damaged and malicious files are errors, and that no code is unpickled."""

from __future__ import annotations

import pickle

import golden_data
import pytest
import torch
from safetensors.torch import load_file, save_file

from tora_core.checkpoints.layouts import open_checkpoint

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
