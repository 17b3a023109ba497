"""Schedules of the guidance scale over sampling."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Literal

Schedule = Literal["constant", "ramp", "reference"]
SCHEDULES: tuple[Schedule, ...] = ("constant", "ramp", "reference")
_EXPONENT = 5


def guidance_schedule(kind: Schedule, scale: float, steps: int) -> Callable[[int, float], float]:
    """Returns a function that gives the guidance scale of a step.

    Args:
        kind: ``constant`` keeps the scale. ``ramp`` rises smoothly from 1 to ``1 + scale``, the intended formula.
            ``reference`` is the public code's "dynamic CFG" (diffusers ``pipeline_cogvideox.py``). It uses the training
            timestep instead of the remaining steps, so it jumps between 1 and ``1 + scale``.
        scale: the constant scale, or the largest value that is added to 1.
        steps: sampling steps.

    Returns:
        ``schedule(step, timestep)``, step 0..steps-1, timestep 0..999.
    """
    if kind not in SCHEDULES:
        raise ValueError(f"expected a schedule of {SCHEDULES}, got {kind!r}: choose one of them")

    def dynamic(remaining: float) -> float:
        return 1 + scale * (1 - math.cos(math.pi * ((steps - remaining) / steps) ** _EXPONENT)) / 2

    if kind == "constant":
        return lambda step, timestep: scale
    if kind == "ramp":
        return lambda step, timestep: dynamic(steps - step)
    return lambda step, timestep: dynamic(timestep)
