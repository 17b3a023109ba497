"""Trajectories: points [T, N, 2] in pixels, with visibility and the canvas they are drawn on."""

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
"""The canvas of the reference's drawn paths, whatever the video's aspect (diffusers-version ``traj_utils.py``)."""


@dataclass(frozen=True)
class Trajectories:
    """Where N points are in each of T frames.

    Args:
        points_px: ``[T, N, 2]`` (x, y) in pixels of ``canvas``; whole numbers after the reference's resampling.
        visible: ``[T, N]``; an invisible point writes no flow.
        canvas: the video's size in pixels.
    """

    points_px: FloatArray
    visible: NDArray[np.bool_]
    canvas: Size

    def __post_init__(self) -> None:
        frames, paths, axes = self.points_px.shape
        if axes != 2 or self.visible.shape != (frames, paths):
            raise ValueError(
                f"expected points [T, N, 2] and visible [T, N], got {self.points_px.shape} and {self.visible.shape}"
            )
        if frames < 2 or paths < 1:
            raise ValueError(f"expected at least 2 frames and 1 path, got {frames} frames and {paths} paths")
        if not np.isfinite(self.points_px[self.visible]).all():
            raise ValueError("expected finite coordinates, got NaN or infinity in a visible point")

    @property
    def frames(self) -> int:
        return self.points_px.shape[0]

    @classmethod
    def from_paths(
        cls, paths_canvas: Sequence[FloatArray], canvas: Size, frames: int, size: Size, mode: Mode = "exact"
    ) -> Trajectories:
        """Samples each path once a frame and scales it from its canvas to the video.

        Args:
            paths_canvas: ``[P, 2]`` arrays in canvas units, any lengths.
            canvas: the size the paths were drawn on.
            frames: T >= 2.
            size: the video's size in pixels.
            mode: ``exact`` keeps floats and uses the whole path; ``reference`` is the public code's sampling, which
                truncates to whole numbers and drops the tail of a path with more points than frames.

        Raises:
            ValueError: no path moves, or a wrong canvas: points far outside of it, or most points outside.
        """
        if frames < 2:
            raise ValueError(f"expected at least 2 frames, got {frames}")
        if min(*canvas, *size) < 1:
            raise ValueError(f"expected sizes of at least 1x1, got canvas {canvas} and video {size}")
        if mode not in MODES:
            raise ValueError(f"expected a mode of {MODES}, got {mode!r}")
        _check_inside(paths_canvas, canvas)
        single = sum(len(path) < 2 for path in paths_canvas)
        if single == len(paths_canvas):
            raise ValueError(
                f"expected at least two points in a path, got {single} path(s) of one point: "
                "a point that does not move writes no flow, so it steers nothing"
            )
        if single:
            logger.warning(
                "%d of %d paths hold one point: it writes no flow and anchors nothing", single, len(paths_canvas)
            )
        scale = np.array(size, dtype=np.float64) / np.array(canvas, dtype=np.float64)
        if mode == "reference":
            sampled = [resample_reference(path, frames) for path in paths_canvas]
            points = np.trunc(np.stack(sampled, axis=1) * np.array(size) / np.array(canvas))
        else:
            points = np.stack([resample(path, frames) for path in paths_canvas], axis=1) * scale
        if not np.ptp(points, axis=0).any():
            raise ValueError(
                f"none of the {len(paths_canvas)} paths moves, so they steer nothing: give one of them another point"
            )
        return cls(points, np.ones(points.shape[:2], dtype=bool), size)

    @property
    def outside(self) -> int:
        """How many visible points lie outside the frame; a flow map moves them to its edge."""
        return int(((self._at_the_edge() != self.points_px).any(axis=-1) & self.visible).sum())

    def _at_the_edge(self) -> FloatArray:
        return np.clip(np.nan_to_num(self.points_px), 0, np.array(self.canvas, dtype=np.float64) - 1)

    def clamp_to_frame(self) -> Trajectories:
        """The same points, moved into the frame where they leave it; says how many it moved."""
        if outside := self.outside:
            logger.warning(
                "%d of %d points lie outside the %s frame and were moved to its edge",
                outside,
                self.visible.sum(),
                self.canvas,
            )
        return Trajectories(self._at_the_edge(), self.visible, self.canvas)


def coordinates_text(trajectories: Trajectories) -> str:
    """Every path as a list of ``{"x", "y"}`` in pixels, one a frame: always nested, as other packs' nodes read it."""
    points = np.round(trajectories.points_px, 3)  # [T, N, 2]
    return json.dumps([[{"x": x, "y": y} for x, y in path] for path in points.transpose(1, 0, 2).tolist()])


def resample(path: FloatArray, frames: int) -> FloatArray:
    """Samples ``[P, 2]`` points at ``frames`` equal steps of time -> ``[T, 2]``, first and last point included.

    Points are equally spaced in time, so the density of points is speed, as in the reference; nothing is dropped.
    """
    times = np.linspace(0.0, len(path) - 1, frames)
    return np.stack([np.interp(times, np.arange(len(path)), path[:, axis]) for axis in range(2)], axis=-1)


def resample_reference(path: FloatArray, frames: int) -> FloatArray:
    """The reference's sampling of a path, ``[P, 2]`` -> ``[T, 2]`` whole numbers (diffusers-version ``traj_utils.py``).

    More points than frames: every ``P // T``-th, cut at T, so the tail is lost. Fewer: the missing points are spread
    over the segments, the first ones taking the remainder. Truncates to whole numbers.
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
    """A path may leave the frame a little; half a canvas away, or mostly outside, it was drawn on another."""
    extent = np.array(canvas, dtype=np.float64)
    for number, path in enumerate(paths_canvas, 1):
        far = ((path < -extent / 2) | (path > 1.5 * extent)).any(axis=-1)
        if far.any():
            x, y = path[far][0]
            raise ValueError(
                f"expected points on the {canvas} canvas (or a little outside), got ({x:g}, {y:g}) in path {number}: "
                "set the canvas to the size the path was drawn on"
            )
    points = np.concatenate(paths_canvas)
    outside = int(((points < 0) | (points > extent)).any(axis=-1).sum())
    if 2 * outside > len(points):
        raise ValueError(
            f"expected points on the {canvas} canvas, got {outside} of {len(points)} outside of it: "
            "set the canvas to the size the path was drawn on"
        )
