"""Named paths: the nine motions that Tora shows, and line, arc, zigzag and bounce, as our own parametric curves.

The first nine are the editor's as well (``web/src/presets.ts``).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Literal, get_args

import numpy as np

from .coordinates import FloatArray
from .trajectories import Size, Trajectories

Direction = Literal["forward", "backward"]
DIRECTIONS: tuple[Direction, ...] = get_args(Direction)
TAU = 2 * math.pi
Curve = Callable[[FloatArray, float], tuple[FloatArray, FloatArray]]


def _pause(t: FloatArray) -> FloatArray:
    return np.where(t < 0.4, 2.5 * t - 1, np.where(t < 0.6, 0.0, 2.5 * t - 1.5))


def _triangle(t: FloatArray) -> FloatArray:
    """0.5 at whole numbers, -0.5 halfway between them, straight in between."""
    return 2 * np.abs(t - np.floor(t) - 0.5) - 0.5


PRESETS: dict[str, tuple[float, Curve]] = {
    "circle": (1, lambda t, n: (np.cos(n * TAU * t), np.sin(n * TAU * t))),
    "spiral": (3, lambda t, n: (t * np.cos(n * TAU * t), t * np.sin(n * TAU * t))),
    "coaster": (2.5, lambda t, n: (2 * t - 1, -np.cos(n * TAU * t) * (1 - 0.6 * t))),
    "dance": (2, lambda t, n: (np.sin(n * TAU * t), -np.abs(np.sin(2 * n * TAU * t)) * 0.8 + 0.4)),
    "infinity": (1, lambda t, n: (np.sin(n * TAU * t), 0.6 * np.sin(2 * n * TAU * t))),
    "pause": (1, lambda t, n: (_pause(t), 0 * t)),
    "shake": (6, lambda t, n: (0.5 * np.sin(n * TAU * t) * (1 - t), 0.2 * np.cos(n / 2 * TAU * t) * (1 - t))),
    "wave": (2, lambda t, n: (2 * t - 1, 0.5 * np.sin(n * TAU * t))),
    "sawtooth": (4, lambda t, n: (2 * t - 1, _triangle(n * t))),
    "line": (1, lambda t, n: (2 * t - 1, 0 * t)),
    "arc": (0.5, lambda t, n: (-np.cos(n * TAU * t), -np.sin(n * TAU * t))),
    "zigzag": (3, lambda t, n: (2 * _triangle(n * t), 2 * t - 1)),
    "bounce": (3, lambda t, n: (2 * t - 1, 1 - 2 * np.abs(np.cos((n - 0.5) * math.pi * t)) * (1 - 0.5 * t))),
}
"""How often each turns by itself, and the curve: t in 0..1 and turns to (x, y) in about -1..1, y downwards."""


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
    """A named path, equally spaced in its parameter.

    Args:
        name: one of ``PRESETS``.
        frames: T >= 2.
        size: the video's size in pixels.
        centre_unit: (x, y) in 0..1 of the frame.
        extent: half its width and height, as parts of the frame's smaller side.
        rotation: degrees, clockwise on the screen.
        turns: how often it goes round, swings or bounces; 0 is its own number. ``line`` and ``pause`` have none.
        direction: which end comes first.
    """
    if name not in PRESETS:
        raise ValueError(f"expected a preset of {tuple(PRESETS)}, got {name!r}")
    if direction not in DIRECTIONS:
        raise ValueError(f"expected a direction of {DIRECTIONS}, got {direction!r}")
    if frames < 2:
        raise ValueError(f"expected at least 2 frames, got {frames}")
    own_turns, curve = PRESETS[name]
    time = np.linspace(0.0, 1.0, frames)
    if direction == "backward":
        time = time[::-1]
    shape = np.stack(curve(time, turns or own_turns), axis=-1)  # [T, 2]
    shape = shape * np.array(extent) * min(size)
    angle = math.radians(rotation)
    turned = shape @ np.array([[math.cos(angle), math.sin(angle)], [-math.sin(angle), math.cos(angle)]])
    points_px = turned + np.array(centre_unit) * np.array(size)
    return Trajectories(points_px[:, None], np.ones((frames, 1), dtype=bool), size)
