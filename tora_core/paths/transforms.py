"""Moves, scales, turns, mirrors and smooths paths, and combines several trajectories."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from ..video import Size
from .drawn_path import FloatArray
from .trajectories import Trajectories

Mirror = Literal["none", "horizontal", "vertical", "both"]
MIRRORS: tuple[Mirror, ...] = get_args(Mirror)
Smoothing = Literal["none", "savitzky-golay", "spline"]
SMOOTHINGS: tuple[Smoothing, ...] = get_args(Smoothing)
Pivot = Literal["own centre", "first point", "frame centre"]
PIVOTS: tuple[Pivot, ...] = get_args(Pivot)
_POLYNOMIAL = 2
"""Degree of the Savitzky-Golay filter. Degree 2 keeps position, speed and acceleration."""


@dataclass(frozen=True)
class Transform:
    """A transform of every path, in this order: mirror, scale, turn, move.

    Args:
        move_unit: (x, y) as fractions of the frame's width and height.
        scale: (x, y) factors.
        rotation: degrees, clockwise on the screen.
        mirror: ``horizontal`` swaps left and right, ``vertical`` swaps top and bottom.
        pivot: fixed point of mirror, scale and turn: each path's centre or first point, or the frame's centre.
    """

    move_unit: tuple[float, float] = (0.0, 0.0)
    scale: tuple[float, float] = (1.0, 1.0)
    rotation: float = 0.0
    mirror: Mirror = "none"
    pivot: Pivot = "own centre"

    def __post_init__(self) -> None:
        if self.mirror not in MIRRORS or self.pivot not in PIVOTS:
            raise ValueError(
                f"expected a mirror of {MIRRORS} and a pivot of {PIVOTS}, got {self.mirror} and {self.pivot}: choose "
                "one of these"
            )


def rotation_matrix(degrees: float | FloatArray) -> FloatArray:
    """Computes matrices ``[..., 2, 2]`` that turn column vectors (x, y) clockwise on the screen, for angles ``[...]``.

    >>> (rotation_matrix(90) @ np.array([1.0, 0.0])).round().tolist()
    [0.0, 1.0]
    """
    angle = np.radians(degrees)
    cosine, sine = np.cos(angle), np.sin(angle)
    return np.stack([np.stack([cosine, -sine], axis=-1), np.stack([sine, cosine], axis=-1)], axis=-2)


def transform(trajectories: Trajectories, how: Transform) -> Trajectories:
    """Applies the same transform to every path. The default ``Transform`` changes nothing."""
    pivots_px = _find_pivots(trajectories, how.pivot)  # [N, 2]
    flip = np.array(
        [-1.0 if how.mirror in ("horizontal", "both") else 1.0, -1.0 if how.mirror in ("vertical", "both") else 1.0]
    )
    moved_px = np.array(how.move_unit) * np.array(trajectories.canvas)
    shape_px = (trajectories.points_px - pivots_px) * flip * np.array(how.scale)
    points_px = shape_px @ rotation_matrix(how.rotation).T + pivots_px + moved_px
    return Trajectories(points_px, trajectories.visible, trajectories.canvas)


def smooth(trajectories: Trajectories, how: Smoothing, strength: float) -> Trajectories:
    """Removes jitter from paths that were tracked or drawn by hand. The first and last point do not move.

    Args:
        trajectories: each path is smoothed separately, including its invisible parts.
        how: ``savitzky-golay`` fits a parabola to a window around each frame. ``spline`` fits a smoothing spline to the
            whole path.
        strength: 0..1. 0 changes nothing.

    Raises:
        ValueError: the strength is outside 0..1, or the method is unknown.
    """
    if how not in SMOOTHINGS or not 0.0 <= strength <= 1.0:
        raise ValueError(
            f"expected a smoothing of {SMOOTHINGS} and a strength in 0..1, got {how!r} and {strength:g}: change the "
            "value that is out of range"
        )
    frames = trajectories.frames
    if how == "none" or strength == 0.0 or frames <= _POLYNOMIAL + 1:
        return trajectories
    points_px = trajectories.points_px
    smoothed = _savitzky_golay(points_px, strength) if how == "savitzky-golay" else _spline(points_px, strength)
    # Smoothing moves the ends. This shifts the path linearly, so that it still starts and ends where it was drawn.
    time = np.linspace(0.0, 1.0, frames)[:, None, None]
    first, last = points_px[0] - smoothed[0], points_px[-1] - smoothed[-1]
    return Trajectories(smoothed + first * (1 - time) + last * time, trajectories.visible, trajectories.canvas)


def combine(several: Sequence[Trajectories]) -> Trajectories:
    """Combines the paths of several trajectories.

    Raises:
        ValueError: ``several`` is empty, or its items differ in frames or size.
    """
    if not several:
        raise ValueError("expected at least one tracks input to combine, got none: connect a tracks input")
    first = several[0]
    for number, each in enumerate(several[1:], 2):
        if (each.frames, each.canvas) != (first.frames, first.canvas):
            raise ValueError(
                f"expected {first.frames} frames of {first.canvas}, as the first tracks have, got {each.frames} frames "
                f"of {each.canvas} in tracks number {number}: set the same size, and change the frames with Tora "
                "Trajectory Retime"
            )
    points_px = np.concatenate([each.points_px for each in several], axis=1)
    return Trajectories(points_px, np.concatenate([each.visible for each in several], axis=1), Size(*first.canvas))


def _find_pivots(trajectories: Trajectories, pivot: Pivot) -> FloatArray:
    """Finds the pivot of each path, ``[N, 2]`` in pixels."""
    points_px = trajectories.points_px
    if pivot == "first point":
        return points_px[0]
    if pivot == "own centre":
        return (points_px.min(axis=0) + points_px.max(axis=0)) / 2
    return np.broadcast_to(np.array(trajectories.canvas) / 2, points_px.shape[1:])


def _savitzky_golay(points_px: FloatArray, strength: float) -> FloatArray:
    """Smooths by a Savitzky-Golay filter. ``strength`` is the window's length relative to the path."""
    from scipy.signal import savgol_filter

    frames = len(points_px)
    longest = frames - 1 + frames % 2
    window = max(_POLYNOMIAL + 1, round(strength * longest))
    window += 1 - window % 2
    return np.asarray(savgol_filter(points_px, min(window, longest), _POLYNOMIAL, axis=0))


def _spline(points_px: FloatArray, strength: float) -> FloatArray:
    """Smooths by a smoothing spline over the whole path."""
    from scipy.interpolate import make_smoothing_spline

    frames = len(points_px)
    if frames < 5:  # scipy's spline needs at least 5 points
        return _savitzky_golay(points_px, strength)
    # The penalty on curvature that halves an oscillation grows with the fourth power of its period.
    penalty = (strength * frames / 8) ** 4
    return np.asarray(make_smoothing_spline(np.arange(frames), points_px, lam=penalty)(np.arange(frames)))
