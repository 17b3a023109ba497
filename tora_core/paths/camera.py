"""Camera moves as paths: a grid of points that moves as the picture would, and object paths in front of it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..video import Size
from .drawn_path import FloatArray
from .easing import EASES
from .grid import check_mask, is_selected, mesh_points
from .trajectories import Trajectories
from .transforms import combine, rotation_matrix

MAX_POINTS = 4096
"""Most points of a grid. The 99 px blur would merge the points of a denser grid."""


@dataclass(frozen=True)
class CameraMove:
    """A camera move from the first frame to the last. All its parts happen together, around the frame's centre.

    Args:
        pan: turn to the right, as a fraction of the frame's width. The picture moves left.
        tilt: turn upwards, as a fraction of the frame's height. The picture moves down.
        zoom: size of the picture at the end, relative to the start, by focal length. With a linear ease, it grows by
            the same factor every frame.
        roll: clockwise turn in degrees. The picture turns anticlockwise.
        dolly: move towards a wall, as a fraction of its distance, below 1. The picture grows faster and faster.
            Negative values move away.
        ease: one of ``easing.EASES``.
    """

    pan: float = 0.0
    tilt: float = 0.0
    zoom: float = 1.0
    roll: float = 0.0
    dolly: float = 0.0
    ease: str = "linear"

    def __post_init__(self) -> None:
        if self.zoom <= 0:
            raise ValueError(f"expected a zoom above 0, got {self.zoom:g}: use 1 for no zoom, 2 for twice as large")
        if self.dolly >= 1:
            raise ValueError(f"expected a dolly below 1, got {self.dolly:g}: 1 reaches the wall, use for example 0.5")
        if self.ease not in EASES:
            raise ValueError(f"expected an ease of {tuple(EASES)}, got {self.ease!r}: choose one of these")

    def matrices(self, frames: int, size: Size) -> FloatArray:
        """Computes the affine map of the picture at each frame, ``[T, 2, 3]`` in pixels. The first is the identity."""
        time = EASES[self.ease](np.linspace(0.0, 1.0, frames))
        centre_px, extent_px = np.array(size) / 2, np.array(size, dtype=np.float64)
        scale = self.zoom**time / (1 - self.dolly * time)
        linear = scale[:, None, None] * rotation_matrix(-self.roll * time)  # [T, 2, 2]
        moved_px = time[:, None] * np.array([-self.pan, self.tilt]) * extent_px  # [T, 2]
        return np.concatenate([linear, (centre_px + moved_px - linear @ centre_px)[..., None]], axis=-1)


def camera_trajectories(
    move: CameraMove,
    frames: int,
    size: Size,
    spacing_px: float = 64.0,
    margin_px: float = 0.0,
    keep_off: NDArray[np.bool_] | None = None,
    objects: Trajectories | None = None,
) -> Trajectories:
    """Creates a grid of paths that moves as the camera's picture does, and adds the camera move to object paths.

    The grid extends beyond the frame, so areas that come into view move too. A point is visible while it is inside
    the frame and outside its margin.

    Args:
        move: the camera move.
        frames: T >= 2. Must equal the frames of ``objects``.
        size: the video's size in pixels. Must equal the canvas of ``objects``.
        spacing_px: distance between neighbouring points at the first frame, at least 1.
        margin_px: width of the area along the frame's edges where points are invisible.
        keep_off: ``[H, W]``. Points that start where it is True are left out, for objects that move by themselves.
        objects: object paths for a camera that stands still.

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
    maps = move.matrices(frames, size)
    if objects is None and np.allclose(maps, maps[0]):
        raise ValueError(
            "expected a camera that moves, got one that stands still: set pan, tilt, zoom, roll or dolly, or connect "
            "objects"
        )
    starts_px = _place_grid(maps, size, spacing_px)
    if keep_off is not None:
        starts_px = starts_px[~is_selected(starts_px, keep_off)]
    points_px = _apply_maps(maps, np.broadcast_to(starts_px, (frames, *starts_px.shape)))  # [T, N, 2]
    low, high = margin_px, np.array(size) - 1 - margin_px
    visible = np.asarray(((points_px >= low) & (points_px <= high)).all(axis=-1))
    used = (visible[1:] & visible[:-1]).any(axis=0)
    if not used.any():
        raise ValueError(
            f"expected at least one grid point inside the {size} frame in two frames in a row, got none: use a smaller "
            "spacing, margin, mask or camera move"
        )
    grid = Trajectories(points_px[:, used], visible[:, used], size)
    if objects is None:
        return grid
    return combine([Trajectories(_apply_maps(maps, objects.points_px), objects.visible, size), grid])


def _apply_maps(maps: FloatArray, points_px: FloatArray) -> FloatArray:
    """Applies affine maps ``[T, 2, 3]`` to points ``[T, N, 2]``."""
    return points_px @ maps[:, :, :2].transpose(0, 2, 1) + maps[:, None, :, 2]


def _place_grid(maps: FloatArray, size: Size, spacing_px: float) -> FloatArray:
    """Places points ``[N, 2]`` over all areas that come into view during the move, centred in the frame."""
    width, height = size
    corners_px = np.array([[0, 0], [width - 1, 0], [0, height - 1], [width - 1, height - 1]], dtype=np.float64)
    inverse = np.linalg.inv(maps[:, :, :2])
    seen_px = (corners_px - maps[:, None, :, 2]) @ inverse.transpose(0, 2, 1)  # [T, 4, 2]
    low, high = seen_px.min(axis=(0, 1)), seen_px.max(axis=(0, 1))
    centre = (np.array(size) - 1) / 2
    first, last = np.ceil((low - centre) / spacing_px), np.floor((high - centre) / spacing_px)
    counts = last - first + 1
    if counts.prod() > MAX_POINTS:
        raise ValueError(
            f"expected a grid of at most {MAX_POINTS} points, got {int(counts.prod())}: use a spacing above "
            f"{spacing_px:g} px, or a smaller camera move"
        )
    x, y = (centre[axis] + spacing_px * np.arange(first[axis], last[axis] + 1) for axis in range(2))
    return mesh_points(x, y)
