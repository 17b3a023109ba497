"""One path as it was written: its points, when it reaches them, and which of them are hidden."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from ..video import MAX_SIDE, Size

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]


@dataclass(frozen=True)
class DrawnPath:
    """Points of a path, and the time of each.

    Args:
        points_canvas: ``[P, 2]`` (x, y) in canvas units, P >= 1. NaN is a hidden point.
        frames: ``[P]`` frame of each point, rising from 0. None: equal steps over the clip.
        parts: ``[P]`` the same in parts of the clip, 0..1. Only one of the two is given.
        rest: frames of rest at the first and the last point.
    """

    points_canvas: FloatArray
    frames: FloatArray | None = None
    parts: FloatArray | None = None
    rest: tuple[float, float] = (0.0, 0.0)

    @property
    def shown(self) -> BoolArray:
        """``[P]`` which points are not hidden."""
        return np.asarray(np.isfinite(self.points_canvas).all(axis=-1))

    @property
    def plain(self) -> bool:
        """Whether the path has equal steps and no hidden point, as the reference's paths."""
        return self.frames is None and self.parts is None and self.rest == (0.0, 0.0) and bool(self.shown.all())

    def sample(self, frames: int) -> tuple[FloatArray, BoolArray]:
        """Samples the path once per frame: positions ``[T, 2]`` and visibility ``[T]``.

        Hidden points lie on the line between their visible neighbours. A frame is visible if the point nearest in time
        is.

        Raises:
            ValueError: the frames of rest leave no time for the motion.
        """
        shown = self.shown
        if not shown.any():
            return np.zeros((frames, 2)), np.zeros(frames, dtype=bool)
        if self.plain:
            return resample(self.points_canvas, frames), np.ones(frames, dtype=bool)
        at, now = self._point_frames(frames), np.arange(frames, dtype=np.float64)
        points = np.stack(
            [np.interp(now, at[shown], self.points_canvas[shown, axis]) for axis in range(2)], axis=-1
        )  # [T, 2]
        after = np.searchsorted(at, now).clip(0, len(at) - 1)
        before = np.maximum(after - 1, 0)
        nearest = np.where(now - at[before] < at[after] - now, before, after)
        return points, shown[nearest]

    def _point_frames(self, frames: int) -> FloatArray:
        """Returns the frame of each point, ``[P]``."""
        if self.frames is not None:
            return self.frames
        first, last = self.rest[0], frames - 1 - self.rest[1]
        if first > last or (first == last and len(self.points_canvas) > 1):
            raise ValueError(
                f"expected pauses shorter than the video, got {self.rest[0]:g} + {self.rest[1]:g} frames of rest in "
                f"{frames} frames: increase frames or shorten the pauses"
            )
        parts = np.linspace(0.0, 1.0, len(self.points_canvas)) if self.parts is None else self.parts
        return first + parts * (last - first)


@dataclass
class Reading:
    """What a text holds.

    Args:
        paths: the paths, in their order.
        canvas: the canvas that the text names, in its units. None: the text names none.
        notes: sentences for the user about what was guessed or could not be honoured.
    """

    paths: list[DrawnPath] = field(default_factory=list)
    canvas: Size | None = None
    notes: list[str] = field(default_factory=list)


def read_canvas(width: float, height: float) -> Size | None:
    """Returns the size of a canvas that a text names, or None if no canvas has such sides."""
    return Size(round(width), round(height)) if 1 <= width <= MAX_SIDE and 1 <= height <= MAX_SIDE else None


def resample(path: FloatArray, frames: int) -> FloatArray:
    """Samples a path ``[P, 2]`` at ``frames`` equal steps of time, ``[T, 2]``, from its first point to its last.

    Points are equally spaced in time, as in the reference. Motion is slow where points are dense.

    >>> resample(np.array([[0.0, 0.0], [1.0, 0.0], [5.0, 0.0]]), 5)[:, 0].tolist()
    [0.0, 0.5, 1.0, 3.0, 5.0]
    """
    times = np.linspace(0.0, len(path) - 1, frames)
    return np.stack([np.interp(times, np.arange(len(path)), path[:, axis]) for axis in range(2)], axis=-1)


def time_points(
    points: FloatArray, number: int, frames: Iterable[float | None] = (), unit: str = "frame"
) -> tuple[DrawnPath, list[str]]:
    """Builds a path from points and their written times.

    Whole numbers are frames, and so is every number under ``frame``. Other numbers under ``t`` or ``time`` are spread
    over the clip.

    Args:
        points: ``[P, 2]``.
        number: number of the path, for errors.
        frames: the time of each point; empty or all None for equal steps.
        unit: the word before the times: ``frame``, ``t``, ``time``.

    Returns:
        The path, and notes for the user.

    Raises:
        ValueError: only some points have a time, two points share one, or a time is negative.
    """
    written = list(frames)
    if all(frame is None for frame in written):
        return DrawnPath(points), []
    if None in written:
        raise ValueError(
            f"expected a {unit} for every point of path {number} or for none, got none for point "
            f"{written.index(None) + 1}: add it"
        )
    times = np.array(written, dtype=np.float64)
    order = np.argsort(times, kind="stable")
    points, times = points[order], times[order]
    if times[0] < 0:
        raise ValueError(f"expected {unit} 0 or more, got {times[0]:g} in path {number}: the first frame is 0")
    same = np.flatnonzero(np.diff(times) == 0)
    if len(same):
        raise ValueError(
            f"expected one point per {unit} in path {number}, got two at {times[same[0]]:g}: delete one of them"
        )
    if unit == "frame" or (times == np.round(times)).all():
        return DrawnPath(points, frames=times), []
    if len(times) == 1:
        return DrawnPath(points), []
    return DrawnPath(points, parts=(times - times[0]) / (times[-1] - times[0])), [
        f"path {number}: {unit} {times[0]:g} to {times[-1]:g} was spread over the whole video"
    ]
