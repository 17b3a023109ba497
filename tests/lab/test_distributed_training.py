"""Training on several processes gives the same result as on one, with whole or sharded weights."""

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

from tora_core.checkpoints.layouts import load_adapter, open_checkpoint

ROOT = Path(__file__).parents[2]
# accelerate shards only on GPUs. Its internal state is set here so that it also shards on CPUs.
PROCESS = """
import itertools, os, sys
sys.path[:0] = sys.argv[1:3]
from pathlib import Path
import torch
from accelerate import Accelerator, FullyShardedDataParallelPlugin
from accelerate.state import AcceleratorState, PartialState
from accelerate.utils import DistributedType
from torch.distributed.fsdp import MixedPrecisionPolicy
from training_set import tiny_config, tiny_vae
from tora_lab.train.trainer import train
folder, output, kind, batch, steps = sys.argv[3:]
Accelerator(cpu=True, mixed_precision="no")
if kind != "whole":
    policy = MixedPrecisionPolicy(param_dtype=torch.bfloat16)  # as accelerate sets it for bf16
    version = 1 if kind == "old" else 2
    plugin = FullyShardedDataParallelPlugin(fsdp_version=version)
    plugin.mixed_precision_policy = policy
    AcceleratorState._shared_state.update(distributed_type=DistributedType.FSDP, fsdp_plugin=plugin)
    PartialState._shared_state["distributed_type"] = DistributedType.FSDP
given = {"output": Path(output), "batch_size": int(batch), "steps": int(steps), "learning_rate": 1e-3, "save_every": 99}
validation = {"every": 2, "clips": 1, "steps": 1, "patience": 2}
got_worse = itertools.count(7 + 2 * int(os.environ.get("RANK", 0)))
train(tiny_config(Path(folder), **given, validation=validation), tiny_vae(), lambda *_: next(got_worse))
"""


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """A function that trains on a number of processes and returns the output folder, or the error output."""
    folder = tmp_path_factory.mktemp("training_set")
    make_training_set(folder)
    script = folder / "process.py"
    script.write_text(PROCESS)

    def start(name, kind, processes, batch, steps=8, fails=False):
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
        error_outputs = [process.communicate(timeout=240)[1] for process in running]
        tails = "\n".join(f"process {rank}: {text[-2000:]}" for rank, text in enumerate(error_outputs))
        assert [bool(process.returncode) for process in running] == [fails] * processes, tails
        return error_outputs[0] if fails else folder / name

    return start


@pytest.fixture(scope="module")
def two(run):
    return run("two", "whole", 2, 2)


def log(output):
    return [json.loads(line) for line in (output / "log.jsonl").open()]


def weights(output):
    return load_adapter(open_checkpoint(output / "last")).state_dict()


def check_same(one, other, tolerance):
    mine, theirs = ([line["loss"] for line in log(output) if "loss" in line] for output in (one, other))
    assert len(theirs) == 6  # of 8 steps, because TrajError did not improve after step 2
    assert mine == pytest.approx(theirs, abs=tolerance)
    for name, tensor in weights(one).items():
        torch.testing.assert_close(weights(other)[name], tensor, atol=tolerance, rtol=1e-4)


def test_two_processes_equal_one_with_twice_the_batch(run, two):
    check_same(run("one", "whole", 1, 4), two, 1e-5)


def test_a_validation_of_fewer_clips_than_processes_counts_each_once(two):
    assert [line["traj_error_px"] for line in log(two) if "traj_error_px" in line] == [7.0, 8.0, 9.0]


def test_a_resumed_sharded_run_equals_a_run_with_whole_weights(run, two):
    run("sharded", "sharded", 2, 2, steps=2)
    states = two.parent / "sharded" / "state-00000002"
    assert len(list(states.glob("average-*.pt"))) == 2
    check_same(run("sharded", "sharded", 2, 2), two, 1e-6)


def test_fsdp1_is_an_error_before_the_first_step(run):
    assert "expected FSDP2, got FSDP1: set fsdp_version to 2" in run("old", "old", 1, 2, fails=True)
