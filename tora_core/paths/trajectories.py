"""Trajectories: points [T, N, 2] in pixels, their visibility, and the size of the video."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from ..video import Size
from .drawn_path import DrawnPath, FloatArray
from .records import VISIBLE_FROM

logger = logging.getLogger(__name__)

Mode = Literal["exact", "reference"]
MODES: tuple[Mode, ...] = ("exact", "reference")


TORA_CANVAS = Size(256, 256)
"""Canvas of the reference's paths, for videos of any aspect ratio (diffusers-version ``traj_utils.py``)."""
MAX_FRAMES = 1025
_FARTHEST = 10
"""Most sides of the frame that a point may be away from its corner."""
_UNSEEN = (-100.0, -100.0)
"""What trackers write for a point that they do not see."""


@dataclass(frozen=True)
class Trajectories:
    """Positions of N points in T frames.

    Args:
        points_px: ``[T, N, 2]`` (x, y) in pixels of ``canvas``. The reference's resampling gives whole numbers.
        visible: ``[T, N]``. An invisible point writes no flow.
        canvas: the video's size in pixels.
        notes: sentences for the user about how the paths were read.
    """

    points_px: FloatArray
    visible: NDArray[np.bool_]
    canvas: Size
    notes: tuple[str, ...] = field(default=(), compare=False)

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
        cls,
        paths_canvas: Sequence[FloatArray | DrawnPath],
        canvas: Size,
        frames: int,
        size: Size,
        mode: Mode = "exact",
    ) -> Trajectories:
        """Samples each path once per frame and scales it from its canvas to the video.

        Args:
            paths_canvas: paths, or ``[P, 2]`` arrays, in canvas units. Paths may differ in length.
            canvas: size of the canvas on which the paths were drawn.
            frames: T >= 2.
            size: the video's size in pixels.
            mode: ``exact`` keeps fractions and uses the whole path. ``reference`` samples as the public code: it
                truncates to whole numbers and drops the tail of a path with more points than frames.

        Raises:
            ValueError: no path moves, a path lies far outside the canvas, most points lie outside it, or a value is out
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
        notes: list[str] = []
        paths = [path if isinstance(path, DrawnPath) else DrawnPath(path) for path in paths_canvas]
        paths = _hide_points(paths, canvas, notes)
        single = sum(int(path.shown.sum()) < 2 for path in paths)
        if single == len(paths):
            raise ValueError(
                f"expected at least two points in one of the paths, got {single} path(s) of one point: add a second "
                "point, because a point that stands still has no effect"
            )
        if single:
            notes.append(
                f"{single} of {len(paths)} paths have one point: they have no effect and do not hold an object in place"
            )
        _check_times(paths, frames, notes)
        extent = np.array(canvas, dtype=np.float64)
        if mode == "reference":
            if not all(path.plain for path in paths):
                raise ValueError(
                    "expected paths without frames, pauses or hidden points in mode reference, got some: use mode exact"
                )
            sampled = [resample_reference(path.points_canvas, frames) for path in paths]
            points = np.trunc(np.stack(sampled, axis=1) * np.array(size) / extent)
            visible = np.ones(points.shape[:2], dtype=bool)
        else:
            samples = [path.sample(frames) for path in paths]
            points = np.stack([points for points, _ in samples], axis=1) * (np.array(size, dtype=np.float64) / extent)
            visible = np.stack([shown for _, shown in samples], axis=1)
        if not np.ptp(points, axis=0).any():
            raise ValueError(
                f"expected a path that moves, got {len(paths)} that stand still: add a different point to one of them"
            )
        return cls(points, visible, size, tuple(notes))

    @property
    def moves(self) -> bool:
        """Whether a point moves between two frames in which it is visible."""
        seen = self.visible[:-1] & self.visible[1:]
        return bool((np.diff(self.points_px, axis=0).any(axis=-1) & seen).any())

    @property
    def outside(self) -> int:
        """Number of visible points outside the frame. A flow map moves them to its edge."""
        return int(((self._clamp_points() != self.points_px).any(axis=-1) & self.visible).sum())

    def _clamp_points(self) -> FloatArray:
        """Moves points ``[T, N, 2]`` into the frame. NaN becomes 0."""
        return np.clip(np.nan_to_num(self.points_px), 0, np.array(self.canvas, dtype=np.float64) - 1)

    def fit_to(self, size: Size, fill: bool = False) -> Trajectories:
        """Scales the points to a frame of another size, around its centre.

        Args:
            size: the frame's size in pixels.
            fill: with another shape, the canvas fills the frame and a part of it lies outside. Otherwise the whole
                canvas lies inside.
        """
        canvas, extent = np.array(self.canvas, dtype=np.float64), np.array(size, dtype=np.float64)
        scale = (extent / canvas).max() if fill else (extent / canvas).min()
        corner_px = (extent - scale * canvas) / 2
        # Pixel centres have whole coordinates, so the scale applies to pixel edges.
        points_px = (self.points_px + 0.5) * scale + corner_px - 0.5
        return Trajectories(points_px, self.visible, size, self.notes)

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


def tracked_points(
    points_px: FloatArray, confidence: FloatArray | None, canvas: Size, frames: int | None = None
) -> Trajectories:
    """Reads the arrays of a tracker. A point without a position, or many frames away, is hidden.

    Args:
        points_px: ``[T, N, 2]`` in pixels of the canvas, or ``[N, T, 2]`` as TAPIR has it if ``frames`` is given. A
            leading 1 is allowed, as CoTracker has it.
        confidence: ``[T, N]``, ``[T, 1]``, or the same with a 1 before or behind. A point is visible from 0.5.
        canvas: the video's size in pixels.
        frames: the video's frames T, where they are known.

    Raises:
        ValueError: the shapes do not fit, or there are more than 1,025 frames.
    """
    points = points_px[0] if points_px.ndim == 4 and len(points_px) == 1 else points_px
    given = np.ones(points.shape[:2]) if confidence is None else confidence
    while given.ndim > 2 and 1 in (len(given), given.shape[-1]):
        given = given[0] if len(given) == 1 else given[..., 0]
    if points.ndim == 3 and frames is not None and points.shape[1] == frames != len(points):
        points = points.swapaxes(0, 1)
        given = given.T if given.ndim == 2 and given.shape == points.shape[1::-1] else given
    if points.ndim != 3 or points.shape[2] != 2 or given.ndim != 2 or given.shape[1] not in (1, points.shape[1]):
        raise ValueError(
            f"expected TRACKS of points [T, N, 2] and visibility [T, N], got {points_px.shape} and {given.shape}: "
            "connect a node that gives core's TRACKS"
        )
    if len(given) != len(points) or len(points) > MAX_FRAMES:
        raise ValueError(
            f"expected at most {MAX_FRAMES} frames, as many of visibility as of points, got {len(points)} and "
            f"{len(given)}: connect a node that gives core's TRACKS"
        )
    with np.errstate(invalid="ignore"):
        known = np.asarray((np.abs(points) <= _FARTHEST * max(canvas)).all(axis=-1))  # also False for NaN
    visible = np.broadcast_to(given >= VISIBLE_FROM, known.shape) & known
    if not known.all():  # a hidden point lies between its neighbours in time, so that no later node meets NaN
        points = points.copy()
        for column in np.flatnonzero(~known.all(axis=0)):
            path = DrawnPath(np.where(known[:, column, None], points[:, column], np.nan))
            points[:, column] = np.where(known[:, column, None], points[:, column], path.sample(len(points))[0])
    return Trajectories(points, visible, canvas)


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


def _check_times(paths: Sequence[DrawnPath], frames: int, notes: list[str]) -> None:
    """Checks that the written frames fall into the video.

    Raises:
        ValueError: a path begins after the last frame.
    """
    for number, path in enumerate(paths, 1):
        if path.frames is None or path.frames[-1] <= frames - 1:
            continue
        if path.frames[0] >= frames - 1:
            raise ValueError(
                f"expected frames 0 to {frames - 1}, got {path.frames[0]:g} as the first of path {number}: increase "
                "frames or count from 0"
            )
        notes.append(
            f"path {number} goes on to frame {path.frames[-1]:g}, after the last frame {frames - 1}: its end is "
            "not used"
        )


def _hide_points(paths: Sequence[DrawnPath], canvas: Size, notes: list[str]) -> list[DrawnPath]:
    """Hides what trackers write for points that they do not see, and points far outside beside others inside.

    NaN is hidden, and so are (-100, -100), a negative point that is repeated, and points more than half a canvas
    outside.

    Raises:
        ValueError: the paths were drawn on another canvas: a whole path is far outside, or most points are outside.
    """
    extent = np.array(canvas, dtype=np.float64)
    hidden_paths, inside, outside, hidden = [], 0, 0, 0
    for number, path in enumerate(paths, 1):
        points, shown = path.points_canvas, path.shown
        with np.errstate(invalid="ignore"):
            negative = shown & (points < 0).all(axis=-1)
            far = shown & ((points < -extent / 2) | (points > 1.5 * extent)).any(axis=-1)
            out = shown & ((points < 0) | (points > extent)).any(axis=-1)
        repeats = np.zeros(len(points), dtype=bool)
        repeats[1:] = (points[1:] == points[:-1]).all(axis=-1)
        repeats[:-1] |= repeats[1:]
        marked = negative & ((points == _UNSEEN).all(axis=-1) | repeats)
        far &= ~marked
        if far.any() and (shown & ~far & ~marked).sum() < 2:
            x, y = points[far][0]
            raise ValueError(
                f"expected points on the {canvas} canvas (or a little outside), got ({x:g}, {y:g}) in path {number}: "
                "set the canvas to the size that the path was drawn on"
            )
        inside += int((shown & ~out).sum())
        outside += int((out & ~marked).sum())
        hide = marked | far | ~shown
        hidden += int(hide.sum())
        hidden_paths.append(replace(path, points_canvas=np.where(hide[:, None], np.nan, points)))
    if outside > inside:
        raise ValueError(
            f"expected points on the {canvas} canvas, got {outside} of {inside + outside} outside: "
            "set the canvas to the size that the paths were drawn on"
        )
    if hidden:
        notes.append(
            f"{hidden} of {sum(len(path.points_canvas) for path in paths)} points are hidden or far outside the "
            f"{canvas} canvas and were made invisible: if the paths were drawn on another size, set the canvas to it"
        )
    return hidden_paths
