"""Trajectories: points [T, N, 2] in pixels, their visibility, and the size of the video."""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from ..video import Size
from .coordinates import FloatArray

logger = logging.getLogger(__name__)

Mode = Literal["exact", "reference"]
MODES: tuple[Mode, ...] = ("exact", "reference")


TORA_CANVAS = Size(256, 256)
"""Canvas of the reference's paths, for videos of any aspect ratio (diffusers-version ``traj_utils.py``)."""


@dataclass(frozen=True)
class Trajectories:
    """Positions of N points in T frames.

    Args:
        points_px: ``[T, N, 2]`` (x, y) in pixels of ``canvas``. The reference's resampling gives whole numbers.
        visible: ``[T, N]``. An invisible point writes no flow.
        canvas: the video's size in pixels.
    """

    points_px: FloatArray
    visible: NDArray[np.bool_]
    canvas: Size

    def __post_init__(self) -> None:
        frames, paths, axes = self.points_px.shape
        if axes != 2 or self.visible.shape != (frames, paths):
            raise ValueError(
                f"expected points [T, N, 2] and visible [T, N], got {self.points_px.shape} and {self.visible.shape}: "
                "use the same T and N for both"
            )
        if frames < 2 or paths < 1:
            raise ValueError(f"expected at least 2 frames and 1 path, got {frames} frames and {paths} paths: add more")
        if not np.isfinite(self.points_px[self.visible]).all():
            raise ValueError("expected finite coordinates, got NaN or infinity in a visible point: make it invisible")

    @property
    def frames(self) -> int:
        """Number of frames T."""
        return self.points_px.shape[0]

    @classmethod
    def from_paths(
        cls, paths_canvas: Sequence[FloatArray], canvas: Size, frames: int, size: Size, mode: Mode = "exact"
    ) -> Trajectories:
        """Samples each path once per frame and scales it from its canvas to the video.

        Args:
            paths_canvas: ``[P, 2]`` arrays in canvas units. Paths may differ in length.
            canvas: size of the canvas on which the paths were drawn.
            frames: T >= 2.
            size: the video's size in pixels.
            mode: ``exact`` keeps fractions and uses the whole path. ``reference`` samples as the public code: it
                truncates to whole numbers and drops the tail of a path with more points than frames.

        Raises:
            ValueError: no path moves, points lie far outside the canvas, most points lie outside it, or a value is out
                of range.
        """
        if frames < 2:
            raise ValueError(f"expected at least 2 frames, got {frames}: increase frames")
        if min(*canvas, *size) < 1:
            raise ValueError(
                f"expected sizes of at least 1x1, got canvas {canvas} and video {size}: use sizes in pixels"
            )
        if mode not in MODES:
            raise ValueError(f"expected a mode of {MODES}, got {mode!r}: choose one of these")
        _check_inside(paths_canvas, canvas)
        single = sum(len(path) < 2 for path in paths_canvas)
        if single == len(paths_canvas):
            raise ValueError(
                f"expected at least two points in one of the paths, got {single} path(s) of one point: add a second "
                "point, because a point that stands still has no effect"
            )
        if single:
            logger.warning(
                "%d of %d paths have one point: they have no effect and do not hold an object in place",
                single,
                len(paths_canvas),
            )
        scale = np.array(size, dtype=np.float64) / np.array(canvas, dtype=np.float64)
        if mode == "reference":
            sampled = [resample_reference(path, frames) for path in paths_canvas]
            points = np.trunc(np.stack(sampled, axis=1) * np.array(size) / np.array(canvas))
        else:
            points = np.stack([resample(path, frames) for path in paths_canvas], axis=1) * scale
        if not np.ptp(points, axis=0).any():
            raise ValueError(
                f"expected a path that moves, got {len(paths_canvas)} that stand still: add a different "
                "point to one of them"
            )
        return cls(points, np.ones(points.shape[:2], dtype=bool), size)

    @property
    def outside(self) -> int:
        """Number of visible points outside the frame. A flow map moves them to its edge."""
        return int(((self._clamp_points() != self.points_px).any(axis=-1) & self.visible).sum())

    def _clamp_points(self) -> FloatArray:
        """Moves points ``[T, N, 2]`` into the frame. NaN becomes 0."""
        return np.clip(np.nan_to_num(self.points_px), 0, np.array(self.canvas, dtype=np.float64) - 1)

    def clamp_to_frame(self) -> Trajectories:
        """Moves points outside the frame to its edge. Logs a warning with their number."""
        if outside := self.outside:
            logger.warning(
                "%d of %d points lie outside the %s frame and were moved to its edge",
                outside,
                self.visible.sum(),
                self.canvas,
            )
        return Trajectories(self._clamp_points(), self.visible, self.canvas)


def coordinates_text(trajectories: Trajectories) -> str:
    """Writes every path as JSON, a list of ``{"x", "y"}`` in pixels with one point per frame.

    The paths are always in an outer list, as the nodes of other packs expect.
    """
    points = np.round(trajectories.points_px, 3)  # [T, N, 2]
    return json.dumps([[{"x": x, "y": y} for x, y in path] for path in points.transpose(1, 0, 2).tolist()])


def resample(path: FloatArray, frames: int) -> FloatArray:
    """Samples a path ``[P, 2]`` at ``frames`` equal steps of time, ``[T, 2]``, from its first point to its last.

    Points are equally spaced in time, as in the reference. Motion is slow where points are dense.

    >>> resample(np.array([[0.0, 0.0], [1.0, 0.0], [5.0, 0.0]]), 5)[:, 0].tolist()
    [0.0, 0.5, 1.0, 3.0, 5.0]
    """
    times = np.linspace(0.0, len(path) - 1, frames)
    return np.stack([np.interp(times, np.arange(len(path)), path[:, axis]) for axis in range(2)], axis=-1)


def resample_reference(path: FloatArray, frames: int) -> FloatArray:
    """Samples a path ``[P, 2]`` as the reference does, ``[T, 2]`` whole numbers (diffusers-version ``traj_utils.py``).

    A path with more points than frames keeps every ``P // T``-th point and is cut after T points, so its tail is lost.
    A path with fewer points gets new points on its segments. The first segments get the remainder.

    >>> resample_reference(np.array([[0.0, 0.0], [1.0, 0.0], [2.0, 0.0], [3.0, 0.0], [4.0, 0.0]]), 3)[:, 0].tolist()
    [0.0, 1.0, 2.0]
    """
    path = np.trunc(path)
    count = len(path)
    if count == 1:
        return np.repeat(path, frames, axis=0)
    if count >= frames:
        return path[:: count // frames][:frames]
    per_segment, longer = divmod(frames - count, count - 1)
    inserted = per_segment + (np.arange(count - 1) < longer)
    steps = [np.arange(extra + 1)[:, None] / (extra + 1) for extra in inserted]
    segments = [start + (end - start) * step for start, end, step in zip(path, path[1:], steps, strict=False)]
    return np.trunc(np.concatenate([*segments, path[-1:]]))


def _check_inside(paths_canvas: Sequence[FloatArray], canvas: Size) -> None:
    """Checks that the paths were drawn on this canvas. They may leave it a little.

    Raises:
        ValueError: a point is more than half a canvas away, or most points are outside.
    """
    extent = np.array(canvas, dtype=np.float64)
    for number, path in enumerate(paths_canvas, 1):
        far = ((path < -extent / 2) | (path > 1.5 * extent)).any(axis=-1)
        if far.any():
            x, y = path[far][0]
            raise ValueError(
                f"expected points on the {canvas} canvas (or a little outside), got ({x:g}, {y:g}) in path {number}: "
                "set the canvas to the size that the path was drawn on"
            )
    points = np.concatenate(paths_canvas)
    outside = int(((points < 0) | (points > extent)).any(axis=-1).sum())
    if 2 * outside > len(points):
        raise ValueError(
            f"expected points on the {canvas} canvas, got {outside} of {len(points)} outside: "
            "set the canvas to the size that the paths were drawn on"
        )
