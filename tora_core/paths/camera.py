"""Camera moves as paths: a grid of points that moves as the picture would, and object paths in front of it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..progress import ProgressCallback
from ..video import Size
from .camera_move import CameraMove, CameraViews
from .depth_map import DepthMap
from .drawn_path import FloatArray
from .grid import check_mask, is_selected, mesh_points
from .trajectories import Trajectories
from .transforms import combine

MAX_POINTS = 4096
"""Most points of a grid. The 99 px blur would merge the points of a denser grid."""
_MOST_AROUND = 1.5
"""Widest strip around the frame in which points start, in frames. With depth, far points could start anywhere."""
_STILL_PX = 1e-6
_FAR_PX = 1e4
"""Where points go that leave the frame, so that their coordinates stay finite."""


def camera_trajectories(
    move: CameraMove,
    frames: int,
    size: Size,
    spacing_px: float = 64.0,
    margin_px: float = 0.0,
    keep_off: NDArray[np.bool_] | None = None,
    objects: Trajectories | None = None,
    depth: DepthMap | None = None,
    progress: ProgressCallback | None = None,
) -> Trajectories:
    """Creates a grid of paths that moves as the camera's picture does, and adds the camera move to object paths.

    The grid extends beyond the frame, so areas that come into view move too. A point is visible while it is inside
    the frame and outside its margin, and with depth while nothing nearer covers it.

    Args:
        move: the camera move.
        frames: T >= 2. Must equal the frames of ``objects``.
        size: the video's size in pixels. Must equal the canvas of ``objects``.
        spacing_px: distance between neighbouring points at the first frame, at least 1.
        margin_px: width of the area along the frame's edges where points are invisible.
        keep_off: ``[H, W]``. Points that start where it is True are left out, for objects that move by themselves.
        objects: object paths for a camera that stands still. With depth, each keeps the distance of its first point.
        depth: distances in the first frame, of the video's size. None is a wall, on which turns of the camera only
            shift the picture.
        progress: called after each frame, with depth.

    Raises:
        ValueError: the camera stands still and there are no objects, sizes or frames differ, a value is out of range,
            or no point is left.
    """
    if frames < 2:
        raise ValueError(f"expected at least 2 frames, got {frames}: increase frames")
    if spacing_px < 1:
        raise ValueError(f"expected a spacing of at least 1 px, got {spacing_px:g}: increase the spacing")
    if objects is not None and (objects.frames, objects.canvas) != (frames, size):
        raise ValueError(
            f"expected objects of {frames} frames of {size}, got {objects.frames} frames of {objects.canvas}: "
            "set the same size, and change the frames with Tora Trajectory Retime"
        )
    if keep_off is not None:
        check_mask(keep_off, size)
    if depth is not None and depth.size != size:
        raise ValueError(f"expected a depth map of {size}, got {depth.size}: resize it to the video")
    if objects is None and move.stands_still:
        raise ValueError(
            "expected a camera that moves, got one that stands still: set pan, tilt, zoom, roll, dolly or a preset, or "
            "connect objects"
        )
    if depth is None and move.needs_space:
        depth = DepthMap.flat(size)
    scene = _Wall(move.matrices(frames, size), size) if depth is None else _Scene.of(move, frames, depth, progress)
    starts_px = _place_grid(scene.find_bounds(), size, spacing_px, scene.most_starts)
    if keep_off is not None:
        starts_px = starts_px[~is_selected(starts_px, keep_off)]
    points_px, uncovered = scene.move_points(starts_px)
    if objects is None and len(starts_px) and np.ptp(points_px, axis=0).max(initial=0.0) < _STILL_PX:
        raise ValueError(
            "expected a camera move that changes the picture, got one that does not, as a dolly zoom in front of a "
            "wall: connect a depth picture"
        )
    low, high = margin_px, np.array(size) - 1 - margin_px
    visible = np.asarray(((points_px >= low) & (points_px <= high)).all(axis=-1)) & uncovered
    used = (visible[1:] & visible[:-1]).any(axis=0)
    if not used.any():
        raise ValueError(
            f"expected at least one grid point inside the {size} frame in two frames in a row, got none: use a smaller "
            "spacing, margin, mask or camera move"
        )
    if used.sum() > MAX_POINTS:
        raise _too_many(int(used.sum()), MAX_POINTS, spacing_px)
    grid = Trajectories(points_px[:, used], visible[:, used], size)
    return grid if objects is None else combine([scene.move_objects(objects), grid])


class _Wall:
    """A flat scene, which moves by affine maps ``[T, 2, 3]``."""

    most_starts = MAX_POINTS

    def __init__(self, maps: FloatArray, size: Size) -> None:
        self._maps, self._size = maps, size

    def find_bounds(self) -> tuple[FloatArray, FloatArray]:
        """Finds the corners of the area of the first frame that comes into view."""
        inverse = np.linalg.inv(self._maps[:, :, :2])
        seen_px = (_corners(self._size) - self._maps[:, None, :, 2]) @ inverse.transpose(0, 2, 1)  # [T, 4, 2]
        return seen_px.min(axis=(0, 1)), seen_px.max(axis=(0, 1))

    def move_points(self, starts_px: FloatArray) -> tuple[FloatArray, NDArray[np.bool_]]:
        """Moves points ``[N, 2]`` to ``[T, N, 2]``. Nothing covers them."""
        points_px = self._apply(np.broadcast_to(starts_px, (len(self._maps), *starts_px.shape)))
        return points_px, np.ones(points_px.shape[:2], dtype=bool)

    def move_objects(self, objects: Trajectories) -> Trajectories:
        return Trajectories(self._apply(objects.points_px), objects.visible, objects.canvas)

    def _apply(self, points_px: FloatArray) -> FloatArray:
        return points_px @ self._maps[:, :, :2].transpose(0, 2, 1) + self._maps[:, None, :, 2]


class _Scene:
    """A scene with depth, seen by a camera that moves in space."""

    most_starts = 1 << 14  # many of them never come into view

    def __init__(self, views: CameraViews, depth: DepthMap, progress: ProgressCallback | None) -> None:
        self._views, self._depth, self._progress = views, depth, progress

    @classmethod
    def of(cls, move: CameraMove, frames: int, depth: DepthMap, progress: ProgressCallback | None) -> _Scene:
        return cls(move.views(frames, depth.size, depth.focal_px, depth.subject), depth, progress)

    def find_bounds(self) -> tuple[FloatArray, FloatArray]:
        """Finds the corners of the area of the first frame that comes into view, nearest and farthest."""
        views, size = self._views, self._depth.size
        offset = (_corners(size) - np.array(size) / 2) / views.focal_px[:, None, None]  # [T, 4, 2]
        rays = np.concatenate([offset, np.ones_like(offset[..., :1])], axis=-1) @ views.rotations  # into space
        seen = []
        for distance in (self._depth.distances.min(), self._depth.distances.max()):
            with np.errstate(divide="ignore", invalid="ignore"):
                steps = (distance - views.positions[:, None, 2]) / rays[..., 2]
            hit = views.positions[:, None] + np.where(steps > 0, steps, 0.0)[..., None] * rays
            seen.append(self._depth.focal_px * hit[..., :2] / distance + np.array(size) / 2)
        extent = np.array(size, dtype=np.float64)
        seen_px = np.concatenate([*seen, np.broadcast_to(_corners(size), seen[0].shape)])
        seen_px = seen_px.clip(-_MOST_AROUND * extent, (1 + _MOST_AROUND) * extent)
        return seen_px.min(axis=(0, 1)), seen_px.max(axis=(0, 1))

    def move_points(self, starts_px: FloatArray) -> tuple[FloatArray, NDArray[np.bool_]]:
        """Moves points ``[N, 2]`` to ``[T, N, 2]``, and finds where nothing covers them."""
        points = self._depth.unproject(starts_px, self._depth.distances_at(starts_px))
        points_px, _ = self._views.project(points)
        return points_px.clip(-_FAR_PX, _FAR_PX), self._depth.find_visible(self._views, starts_px, self._progress)

    def move_objects(self, objects: Trajectories) -> Trajectories:
        """Adds the camera move to paths. Each keeps the distance that its first visible point has."""
        first = objects.visible.argmax(axis=0)
        distances = self._depth.distances_at(objects.points_px[first, np.arange(len(first))])
        in_space = self._depth.unproject(objects.points_px, np.broadcast_to(distances, objects.visible.shape))
        points_px, in_front = self._views.project(in_space)
        return Trajectories(points_px.clip(-_FAR_PX, _FAR_PX), objects.visible & (in_front > 0), objects.canvas)


def _corners(size: Size) -> FloatArray:
    """Returns the middles of the corner pixels, ``[4, 2]``."""
    width, height = size
    return np.array([[0, 0], [width - 1, 0], [0, height - 1], [width - 1, height - 1]], dtype=np.float64)


def _place_grid(bounds_px: tuple[FloatArray, FloatArray], size: Size, spacing_px: float, most: int) -> FloatArray:
    """Places points ``[N, 2]`` between two corners, on a grid that is centred in the frame. ``most`` is their limit."""
    low, high = bounds_px
    centre = (np.array(size) - 1) / 2
    first, last = np.ceil((low - centre) / spacing_px), np.floor((high - centre) / spacing_px)
    counts = last - first + 1
    if counts.prod() > most:
        raise _too_many(int(counts.prod()), most, spacing_px)
    x, y = (centre[axis] + spacing_px * np.arange(first[axis], last[axis] + 1) for axis in range(2))
    return mesh_points(x, y)


def _too_many(count: int, most: int, spacing_px: float) -> ValueError:
    return ValueError(
        f"expected a grid of at most {most} points, got {count}: use a spacing above {spacing_px:g} px, or a "
        "smaller camera move"
    )
