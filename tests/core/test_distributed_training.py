"""Several processes compute what one does, each with all of the weights or with its part of them."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from training_set import make_training_set

from tora_core.model.checkpoint import load_adapter, open_checkpoint

ROOT = Path(__file__).parents[2]
# accelerate shards on GPUs only; told to here, it shards on CPUs alike.
PROCESS = """
import sys
sys.path[:0] = sys.argv[1:3]
from pathlib import Path
from accelerate import Accelerator, FullyShardedDataParallelPlugin
from accelerate.state import AcceleratorState, PartialState
from accelerate.utils import DistributedType
from training_set import tiny_config, tiny_vae
from tora_core.train.trainer import train
folder, output, kind, batch, steps = sys.argv[3:]
Accelerator(cpu=True, mixed_precision="no")
if kind == "sharded":
    plugin = FullyShardedDataParallelPlugin(fsdp_version=2, reshard_after_forward=True)
    AcceleratorState._shared_state.update(distributed_type=DistributedType.FSDP, fsdp_plugin=plugin)
    PartialState._shared_state["distributed_type"] = DistributedType.FSDP
given = {"output": Path(output), "batch_size": int(batch), "steps": int(steps), "learning_rate": 1e-3}
validation = {"every": 2, "clips": 1, "steps": 1}
train(tiny_config(Path(folder), **given, validation=validation), tiny_vae(), lambda *_: 7.0)
"""


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """Trains on a number of processes; gives the output folder."""
    folder = tmp_path_factory.mktemp("training_set")
    make_training_set(folder)
    script = folder / "process.py"
    script.write_text(PROCESS)

    def start(name, kind, processes, batch, steps=4):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        common = os.environ | {"OMP_NUM_THREADS": "1", "ACCELERATE_USE_CPU": "true", "CUDA_VISIBLE_DEVICES": ""}
        command = [sys.executable, script, ROOT, ROOT / "tests", folder, folder / name, kind, str(batch), str(steps)]
        running = []
        for rank in range(processes):
            place = {"RANK": str(rank), "LOCAL_RANK": str(rank), "WORLD_SIZE": str(processes)}
            place |= {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port)}
            environment = common | (place if processes > 1 else {})
            running.append(subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True))
        for process in running:
            _, said = process.communicate(timeout=240)
            assert process.returncode == 0, said[-3000:]
        return folder / name

    return start


@pytest.fixture(scope="module")
def two(run):
    return run("two", "whole", 2, 2)


def log(output):
    return [json.loads(line) for line in (output / "log.jsonl").open()]


def weights(output):
    return load_adapter(open_checkpoint(output / "last")).state_dict()


def check_same(one, other, tolerance):
    assert len(log(one)) == len(log(other)) == 6
    for mine, theirs in zip(log(one), log(other), strict=True):
        assert abs(mine.get("loss", 0.0) - theirs.get("loss", 0.0)) < tolerance
        assert mine.get("traj_error_px") == theirs.get("traj_error_px")
    for name, tensor in weights(one).items():
        torch.testing.assert_close(weights(other)[name], tensor, atol=tolerance, rtol=1e-4)


def test_two_processes_are_one_with_twice_the_batch(run, two):
    check_same(run("one", "whole", 1, 4), two, 1e-5)


def test_a_validation_of_fewer_clips_than_processes_counts_each_once(two):
    assert [line["traj_error_px"] for line in log(two) if "traj_error_px" in line] == [7.0, 7.0]


def test_sharded_weights_that_were_interrupted_are_what_whole_ones_are(run, two):
    run("sharded", "sharded", 2, 2, steps=2)
    states = two.parent / "sharded" / "state-00000002"
    assert len(list(states.glob("average-*.pt"))) == 2
    check_same(run("sharded", "sharded", 2, 2), two, 1e-6)
