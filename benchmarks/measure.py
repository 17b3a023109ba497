"""Times and memory, taken fairly: alternating, after a warm-up, by the median; peaks in a process of their own."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch

ROOT = Path(__file__).parents[1]


@dataclass(frozen=True)
class Figure:
    """One line of the table.

    Args:
        name: what was measured, and its size.
        ours: the pack's way, in ``unit``; None where this machine can't measure it.
        naive: the plain way to the same result, in the same run.
        base: the same without motion, or the least that any way must do; None where there is no such thing.
        unit: of the three.
        goal: what the project set itself.
        reached: the figure that the goal speaks of, in words.
    """

    name: str
    ours: float | None
    naive: float | None = None
    base: float | None = None
    unit: str = "ms"
    goal: str = ""
    reached: str = ""

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def rounds(
    ways: Mapping[str, Callable[[], object]], repeats: int, device: torch.device | None = None
) -> dict[str, list[float]]:
    """Milliseconds of each way in each round; they take turns, so that a slow minute of the machine meets all."""
    times: dict[str, list[float]] = {name: [] for name in ways}
    for repeat in range(repeats + 1):
        for name, run in ways.items():
            _synchronize(device)
            start = time.perf_counter()
            run()
            _synchronize(device)
            if repeat:  # the first one warms up
                times[name].append(1000 * (time.perf_counter() - start))
    return times


def milliseconds(
    ways: Mapping[str, Callable[[], object]], repeats: int, device: torch.device | None = None
) -> dict[str, float]:
    """The median over rounds."""
    return {name: statistics.median(times) for name, times in rounds(ways, repeats, device).items()}


def overheads(times: Mapping[str, list[float]], base: str = "base") -> dict[str, float]:
    """What each way takes beyond the base: the median of the rounds' differences, free of its pace."""
    pairs = {name: zip(each, times[base], strict=True) for name, each in times.items()}
    return {name: statistics.median(way - plain for way, plain in each) for name, each in pairs.items()}


def device_peak(run: Callable[[], object], device: torch.device) -> float:
    """Gigabytes that a run adds to what is allocated on a GPU before it."""
    _synchronize(device)
    torch.cuda.empty_cache()
    torch.cuda.reset_peak_memory_stats(device)
    before = torch.cuda.memory_allocated(device)
    run()
    _synchronize(device)
    return (torch.cuda.max_memory_allocated(device) - before) / 1e9


def resident_peak(module: str, *arguments: str) -> float:
    """Gigabytes that a module, run in a process of its own, says its resident set grew by."""
    command = [sys.executable, "-m", module, *arguments]
    # What is freed goes back at once: otherwise the figure is what glibc retains, not what is needed.
    environment = {**os.environ, "MALLOC_MMAP_THRESHOLD_": "65536"}
    return float(subprocess.check_output(command, cwd=ROOT, env=environment, text=True).split()[-1])


def report_resident_peak(run: Callable[[], object]) -> None:
    """The other end of ``resident_peak``: runs, and writes by how much the resident set rose at most (Linux)."""
    Path("/proc/self/clear_refs").write_text("5")  # the peak so far is forgotten
    before = _resident("VmRSS")
    run()
    sys.stdout.write(f"{_resident('VmHWM') - before}\n")


def _resident(name: str) -> float:
    """Gigabytes, as the kernel counts them for this process."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(name)) * 1024 / 1e9


def _synchronize(device: torch.device | None) -> None:
    if device is not None and device.type == "cuda":
        torch.cuda.synchronize(device)
