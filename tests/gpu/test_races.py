"""Tests that copies beside the computation never race with it: a run in which nothing overlaps gives the same bits."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

RUN = Path(__file__).with_name("sample_random_model.py")


def sample_in_process(comfyui, folder, blocking):
    """Samples in a separate process. Returns the digest of each run's latents."""
    environment = os.environ | {"COMFYUI_PATH": str(comfyui), "CUDA_LAUNCH_BLOCKING": str(int(blocking))}
    command = [sys.executable, str(RUN), str(folder)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout.splitlines()[-1])


def test_kernels_that_wait_for_each_other_give_the_same_bits(comfyui, wide_files):
    overlapping = sample_in_process(comfyui, wide_files.base.parent, blocking=False)
    assert overlapping == sample_in_process(comfyui, wide_files.base.parent, blocking=True)
    plain, *steered = (digest for name, digest in overlapping.items() if "windows" not in name)
    assert plain not in steered
    assert overlapping["gpu"] == overlapping["cpu"]
    assert overlapping["gpu, windows"] == overlapping["cpu, windows"]
