"""Named paths as parametric curves: the nine motions that Tora shows, and others.

The editor offers the same paths. It reads them from files that ``python -m scripts.write_presets`` writes.
To add a preset: add an entry to ``PRESETS``, run that command, and run ``npx vite build``.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from ..video import Size
from .drawn_path import FloatArray
from .trajectories import Trajectories
from .transforms import rotation_matrix

Direction = Literal["forward", "backward"]
DIRECTIONS: tuple[Direction, ...] = get_args(Direction)
TAU = 2 * math.pi
Curve = Callable[[FloatArray, float], tuple[FloatArray, FloatArray]]


@dataclass(frozen=True)
class Preset:
    """One named path.

    Args:
        curve: maps time in 0..1 and turns to (x, y) in about -1..1, with y downwards.
        handles: number of points that the editor draws, equally spaced in time: at i / (handles - 1), or at i / handles
            if the curve is closed. Every corner needs a point.
        turns: how often the path goes round, swings or bounces by default.
        straight: the editor joins the points with straight lines, not with a spline.
    """

    curve: Curve
    handles: int
    turns: float = 1
    straight: bool = False

    @property
    def closed(self) -> bool:
        """Whether the path ends where it starts."""
        first, last = self.shape(np.array([0.0, 1.0]))
        return bool(np.allclose(first, last))

    def shape(self, time: FloatArray, turns: float = 0.0) -> FloatArray:
        """Points of the curve at these times, ``[T, 2]``. Turns of 0 mean the preset's own."""
        return np.stack(self.curve(time, turns or self.turns), axis=-1)


def _pause(t: FloatArray) -> FloatArray:
    """-1 to 1 at constant speed, with a rest at 0 from 0.4 to 0.6."""
    return np.where(t < 0.4, 2.5 * t - 1, np.where(t < 0.6, 0.0, 2.5 * t - 1.5))


def _triangle(t: FloatArray) -> FloatArray:
    """Triangle wave: 0.5 at whole numbers, -0.5 halfway between them."""
    return 2 * np.abs(t - np.floor(t) - 0.5) - 0.5


# A spline starts and ends gently in the editor. More handles make that stretch shorter.
PRESETS: dict[str, Preset] = {
    "circle": Preset(lambda t, n: (np.cos(n * TAU * t), np.sin(n * TAU * t)), 12),
    "spiral": Preset(lambda t, n: (t * np.cos(n * TAU * t), t * np.sin(n * TAU * t)), 40, turns=3),
    "coaster": Preset(lambda t, n: (2 * t - 1, -np.cos(n * TAU * t) * (1 - 0.6 * t)), 25, turns=2.5),
    "dance": Preset(lambda t, n: (np.sin(n * TAU * t), -np.abs(np.sin(2 * n * TAU * t)) * 0.8 + 0.4), 40, turns=2),
    "infinity": Preset(lambda t, n: (np.sin(n * TAU * t), 0.6 * np.sin(2 * n * TAU * t)), 16),
    "pause": Preset(lambda t, n: (_pause(t), 0 * t), 6, straight=True),
    "shake": Preset(
        lambda t, n: (0.5 * np.sin(n * TAU * t) * (1 - t), 0.2 * np.cos(n / 2 * TAU * t) * (1 - t)), 40, turns=6
    ),
    "wave": Preset(lambda t, n: (2 * t - 1, 0.5 * np.sin(n * TAU * t)), 17, turns=2),
    "sawtooth": Preset(lambda t, n: (2 * t - 1, _triangle(n * t)), 9, turns=4, straight=True),
    "line": Preset(lambda t, n: (2 * t - 1, 0 * t), 2, straight=True),
    "arc": Preset(lambda t, n: (-np.cos(n * TAU * t), -np.sin(n * TAU * t)), 27, turns=0.5),
    "zigzag": Preset(lambda t, n: (2 * _triangle(n * t), 2 * t - 1), 7, turns=3, straight=True),
    "bounce": Preset(
        lambda t, n: (2 * t - 1, 1 - 2 * np.abs(np.cos((n - 0.5) * math.pi * t)) * (1 - 0.5 * t)),
        36,
        turns=3,
        straight=True,
    ),
}
"""Every preset by name, in the order that the node and the editor offer them."""


def preset(
    name: str,
    frames: int,
    size: Size,
    centre_unit: tuple[float, float] = (0.5, 0.5),
    extent: tuple[float, float] = (0.3, 0.3),
    rotation: float = 0.0,
    turns: float = 0.0,
    direction: Direction = "forward",
) -> Trajectories:
    """Samples a named path once per frame, equally spaced in the curve's parameter.

    Args:
        name: one of ``PRESETS``.
        frames: T >= 2.
        size: size of the video in pixels.
        centre_unit: (x, y) in 0..1 of the frame.
        extent: half the width and half the height of the path, as parts of the frame's smaller side.
        rotation: degrees, clockwise on the screen.
        turns: how often the path goes round, swings or bounces. 0 is the preset's own number. ``line`` and ``pause``
            ignore it.
        direction: which end of the path comes first.

    Raises:
        ValueError: the name or direction is unknown, or there are fewer than 2 frames.
    """
    if name not in PRESETS:
        raise ValueError(f"expected a preset of {tuple(PRESETS)}, got {name!r}: choose one of these")
    if direction not in DIRECTIONS:
        raise ValueError(f"expected a direction of {DIRECTIONS}, got {direction!r}: choose one of these")
    if frames < 2:
        raise ValueError(f"expected at least 2 frames, got {frames}: increase frames")
    time = np.linspace(0.0, 1.0, frames)
    if direction == "backward":
        time = time[::-1]
    shape = PRESETS[name].shape(time, turns) * np.array(extent) * min(size)  # [T, 2]
    points_px = shape @ rotation_matrix(rotation).T + np.array(centre_unit) * np.array(size)
    return Trajectories(points_px[:, None], np.ones((frames, 1), dtype=bool), size)
