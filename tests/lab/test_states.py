"""Saved states of a training run: nothing in them runs code, and a failed write or read names what to do."""

from __future__ import annotations

import pickle
import resource
from pathlib import Path

import pytest
import torch
from training_set import tiny_config

from tora_lab.train.trainer import train

STATE_FILES = ("optimizer.bin", "model.safetensors", "random_states_0.pkl", "average-0000.pt", "progress.json")


class Marker:
    """Pickled, it creates a file when it is loaded."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self):
        return Path.touch, (self.path,)


def config_of(training_set, output, steps):
    return tiny_config(training_set, output=output, steps=steps, save_every=2, batch_size=2)


def newest(output):
    (state,) = output.glob("state-*")
    return state


@pytest.mark.parametrize("name", ["custom_checkpoint_0.pkl", "optimizer.bin", "random_states_0.pkl", "average-0000.pt"])
def test_pickled_code_in_a_state_does_not_run(training_set, tmp_path, name):
    output, marker = tmp_path / "run", tmp_path / "ran"
    train(config_of(training_set, output, 2))
    state = newest(output)
    (state / name).write_bytes(pickle.dumps(Marker(marker)))
    with pytest.raises(ValueError, match=f"in {state}.*delete this folder"):
        train(config_of(training_set, output, 4))
    assert not marker.exists()
    torch.save(Marker(marker), state / name)
    with pytest.raises(ValueError, match=f"in {state}.*delete this folder"):
        train(config_of(training_set, output, 4))
    assert not marker.exists()


@pytest.mark.parametrize("name", STATE_FILES)
@pytest.mark.parametrize("damage", ["cut", "missing", "foreign"])
def test_a_damaged_state_is_an_error_that_names_the_folder(training_set, tmp_path, name, damage):
    train(config_of(training_set, tmp_path, 2))
    state = newest(tmp_path)
    data = (state / name).read_bytes()
    (state / name).unlink()
    if damage == "cut":
        (state / name).write_bytes(data[: len(data) // 2])
    elif damage == "foreign":
        (state / name).write_bytes(b'{"an": ["answer", 42]}')
    with pytest.raises(ValueError, match=f"expected a complete state of this run in {state}.*delete this folder"):
        train(config_of(training_set, tmp_path, 4))


def test_a_full_disk_names_the_last_good_state(training_set, tmp_path):
    train(config_of(training_set, tmp_path, 2))
    state = newest(tmp_path)
    limit, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (64 * 1024, hard))  # larger files cannot be written
    try:
        with pytest.raises(ValueError, match=f"free disk space.*the last good state is {state}"):
            train(config_of(training_set, tmp_path, 4))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, hard))
    assert newest(tmp_path) == state and not list(tmp_path.glob(".state-*"))
    assert train(config_of(training_set, tmp_path, 4)).step == 4


def test_states_that_a_killed_run_did_not_finish_are_removed(training_set, tmp_path):
    part = tmp_path / ".state-00000002.0123.part"
    part.mkdir(parents=True)
    (part / "model.safetensors").write_bytes(b"half")
    train(config_of(training_set, tmp_path, 2))
    assert not part.exists()
