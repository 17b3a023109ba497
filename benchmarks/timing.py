"""Times several functions fairly: they alternate after a warm-up, and the median counts."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping

import torch


def time_rounds(
    ways: Mapping[str, Callable[[], object]], repeats: int, device: torch.device | None = None
) -> dict[str, list[float]]:
    """Times each function in each round, in milliseconds, on a GPU by its own clock.

    The functions alternate, so that a slow phase of the machine affects all of them.
    """
    times: dict[str, list[float]] = {name: [] for name in ways}
    for repeat in range(repeats + 1):
        for name, run in ways.items():
            took = _time(run, device)
            if repeat:  # round 0 warms up
                times[name].append(took)
    return times


def _time(run: Callable[[], object], device: torch.device | None) -> float:
    """Times one call in milliseconds."""
    if device is None or device.type != "cuda":
        start = time.perf_counter()
        run()
        return 1000 * (time.perf_counter() - start)
    with torch.cuda.device(device):
        # The clock of this process would add the time in which the GPU waits for the first kernel.
        start_event, end_event = torch.cuda.Event(enable_timing=True), torch.cuda.Event(enable_timing=True)
        torch.cuda.synchronize()
        start_event.record()
        run()
        end_event.record()
        torch.cuda.synchronize()
        return start_event.elapsed_time(end_event)


def time_medians(
    ways: Mapping[str, Callable[[], object]], repeats: int, device: torch.device | None = None
) -> dict[str, float]:
    """Times each function and returns its median over the rounds, in milliseconds."""
    return {name: statistics.median(times) for name, times in time_rounds(ways, repeats, device).items()}


def compute_overheads(times: Mapping[str, list[float]], base: str = "base") -> dict[str, float]:
    """Computes the time that each function takes beyond the base.

    It is the median of the differences per round, because a difference does not depend on the speed of the round.
    """
    pairs = {name: zip(each, times[base], strict=True) for name, each in times.items()}
    return {name: statistics.median(way - plain for way, plain in each) for name, each in pairs.items()}


def synchronize(device: torch.device | None) -> None:
    """Waits until a GPU has finished. Does nothing on a CPU."""
    if device is not None and device.type == "cuda":
        torch.cuda.synchronize(device)
