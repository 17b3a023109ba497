"""Easings, which map time to progress: named ones, and curves given as text."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from .drawn_path import FloatArray

Easing = Callable[[FloatArray], FloatArray]
"""Maps time 0..1 to progress 0..1."""

EASES: dict[str, Easing] = {
    "linear": lambda time: time,
    "in": lambda time: time**2,
    "out": lambda time: 1 - (1 - time) ** 2,
    "in_out": lambda time: time * time * (3 - 2 * time),
}
"""The editor has the same four easings (``web/src/geometry.ts``)."""


def parse_easing(ease: str) -> Easing:
    """Returns a named easing, or one that interpolates linearly between ``time,progress`` pairs.

    >>> float(parse_easing("0,0 0.5,0.8 1,1")(0.25))
    0.4

    Args:
        ease: one of ``EASES``, or pairs separated by spaces.

    Raises:
        ValueError: the name is unknown, or the text is not two or more pairs of increasing times within 0..1.
    """
    if ease in EASES:
        return EASES[ease]
    try:
        pairs = np.array([[float(number) for number in pair.split(",")] for pair in ease.split()], dtype=np.float64)
        times, progress = pairs.T
    except ValueError as error:
        raise ValueError(
            f"expected an ease of {tuple(EASES)} or pairs like '0,0 0.3,0.8 1,1', got {ease!r}: put spaces between "
            "pairs, and a comma between time and progress"
        ) from error
    if len(pairs) < 2 or (np.diff(times) <= 0).any() or pairs.min() < 0 or pairs.max() > 1:
        raise ValueError(
            f"expected at least two pairs of time,progress in 0..1 with increasing times, got {ease!r}: sort the pairs "
            "by time and keep all numbers within 0..1"
        )
    return lambda time: np.interp(time, times, progress)
