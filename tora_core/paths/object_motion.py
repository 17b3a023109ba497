"""How an object grows and turns about its centre while the centre moves along a path."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from .drawn_path import FloatArray
from .transforms import rotation_matrix

MAX_SCALE = 10.0
MAX_TURNS = 10
RING_POINTS = 6
"""Points around the centre that stand for an object which has no mask."""


@dataclass(frozen=True)
class ObjectMotion:
    """Growth and turn from the first frame to the last.

    Args:
        scale: size at the end relative to the start, 0.1..10. It grows by the same factor in equal times.
        rotation: turn in degrees, clockwise on the screen, up to ten turns.

    Raises:
        ValueError: a number is out of range.
    """

    scale: float = 1.0
    rotation: float = 0.0

    def __post_init__(self) -> None:
        if not 1 / MAX_SCALE <= self.scale <= MAX_SCALE or not abs(self.rotation) <= 360 * MAX_TURNS:
            raise ValueError(
                f"expected a scale of {1 / MAX_SCALE:g} to {MAX_SCALE:g} and a rotation of at most {360 * MAX_TURNS} "
                f"degrees, got {self.scale:g} and {self.rotation:g}: change the value that is out of range"
            )

    @property
    def is_still(self) -> bool:
        return self.scale == 1 and self.rotation == 0

    def move(self, offsets_px: FloatArray, progress: FloatArray) -> FloatArray:
        """Moves points about the centre.

        Args:
            offsets_px: ``[N, 2]`` from the centre, at the start.
            progress: ``[T]`` in 0..1.

        Returns:
            Offsets ``[T, N, 2]`` from the centre.
        """
        scale = self.scale**progress
        linear = scale[:, None, None] * rotation_matrix(self.rotation * progress)  # [T, 2, 2]
        return np.asarray(offsets_px @ linear.transpose(0, 2, 1))


def ring_offsets(radius_px: float) -> FloatArray:
    """Places a centre and a ring of points around it, ``[7, 2]``."""
    angles = 2 * math.pi * np.arange(RING_POINTS) / RING_POINTS
    ring = radius_px * np.stack([np.cos(angles), np.sin(angles)], axis=-1)
    return np.concatenate([np.zeros((1, 2)), ring])
