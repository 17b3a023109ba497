"""Measures peak memory: on a GPU in this process, on a CPU in a separate process."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import torch

from .timing import synchronize

ROOT = Path(__file__).parents[1]


def find_device_peak(run: Callable[[], object], device: torch.device) -> float:
    """Returns the GPU memory that a function allocates at its peak beyond what was allocated before, in gigabytes."""
    synchronize(device)
    torch.cuda.empty_cache()
    torch.cuda.reset_peak_memory_stats(device)
    before = torch.cuda.memory_allocated(device)
    run()
    synchronize(device)
    return (torch.cuda.max_memory_allocated(device) - before) / 1e9


def find_resident_peak(module: str, *arguments: str) -> float:
    """Runs a module in a separate process and returns the growth of its resident set, in gigabytes.

    The module must call ``report_resident_peak``.
    """
    command = [sys.executable, "-m", module, *arguments]
    # glibc returns freed blocks at once with this threshold. Otherwise the peak would include memory that it retains.
    environment = {**os.environ, "MALLOC_MMAP_THRESHOLD_": "65536"}
    return float(subprocess.check_output(command, cwd=ROOT, env=environment, text=True).split()[-1])


def report_resident_peak(run: Callable[[], object]) -> None:
    """Runs a function and prints the largest growth of the resident set, in gigabytes (Linux only)."""
    clear_resident_peak()
    before = _read_status("VmRSS")
    run()
    sys.stdout.write(f"{read_resident_peak() - before}\n")


def clear_resident_peak() -> None:
    """Starts to measure the peak of this process's resident set anew (Linux only)."""
    Path("/proc/self/clear_refs").write_text("5")


def read_resident_peak() -> float:
    """Returns the largest resident set of this process since ``clear_resident_peak``, in gigabytes (Linux only)."""
    return _read_status("VmHWM")


def _read_status(name: str) -> float:
    """Reads a memory value of this process from the kernel, in gigabytes."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(name)) * 1024 / 1e9
