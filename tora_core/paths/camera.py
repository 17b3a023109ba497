"""Camera moves as paths: a grid of points over the frame that moves as the picture would, and objects before it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..video import Size
from .coordinates import FloatArray
from .easing import EASES
from .grid import check_mask, is_selected, mesh_points
from .trajectories import Trajectories
from .transforms import combine, rotation_matrix

MAX_POINTS = 4096
"""Of a grid; a denser one adds nothing that a 99 pixel blur would keep apart."""


@dataclass(frozen=True)
class CameraMove:
    """What the camera does from the first frame to the last; all at once, around the frame's centre.

    Args:
        pan: turns right by this part of the frame's width: the picture moves left.
        tilt: turns up by this part of the height: the picture moves down.
        zoom: how much larger the picture ends, by focal length: every frame by the same factor.
        roll: turns clockwise by degrees: the picture turns anticlockwise.
        dolly: moves towards a wall by this part of its distance, below 1: the picture grows ever faster. Negative
            moves away.
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
            raise ValueError(f"expected a zoom above 0 (1 is none, 2 twice as large), got {self.zoom:g}")
        if self.dolly >= 1:
            raise ValueError(f"expected a dolly below 1 (1 reaches the wall), got {self.dolly:g}")
        if self.ease not in EASES:
            raise ValueError(f"expected an ease of {tuple(EASES)}, got {self.ease!r}")

    def matrices(self, frames: int, size: Size) -> FloatArray:
        """Where the picture's points stand at each frame: affine maps of pixels ``[T, 2, 3]``, identity at first."""
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
    """A grid of paths that move as the camera's picture does, and objects that move relative to it.

    The grid reaches beyond the frame, so that what comes into view moves as well; a point is visible while it is
    inside the frame.

    Args:
        move: the camera's.
        frames: T >= 2; that of ``objects`` where given.
        size: the video's size in pixels.
        spacing_px: between neighbours at the first frame.
        margin_px: kept free along the frame's edges.
        keep_off: ``[H, W]``; points that start where it is true are left out: an object that moves by itself.
        objects: paths as they would be with a camera that stands still.

    Raises:
        ValueError: the camera stands still and no object moves, sizes differ, or no point is left.
    """
    if frames < 2:
        raise ValueError(f"expected at least 2 frames, got {frames}")
    if spacing_px < 1:
        raise ValueError(f"expected a spacing of at least 1 px, got {spacing_px:g}")
    if objects is not None and (objects.frames, objects.canvas) != (frames, size):
        raise ValueError(
            f"expected objects of {frames} frames of {size}, got {objects.frames} frames of {objects.canvas}: "
            "use the same frames and size, or Tora Trajectory Retime"
        )
    if keep_off is not None:
        check_mask(keep_off, size)
    maps = move.matrices(frames, size)
    if objects is None and np.allclose(maps, maps[0]):
        raise ValueError("the camera stands still, so it steers nothing: set pan, tilt, zoom, roll or dolly")
    starts_px = _grid(maps, size, spacing_px)
    if keep_off is not None:
        starts_px = starts_px[~is_selected(starts_px, keep_off)]
    points_px = _apply_maps(maps, np.broadcast_to(starts_px, (frames, *starts_px.shape)))  # [T, N, 2]
    low, high = margin_px, np.array(size) - 1 - margin_px
    visible = np.asarray(((points_px >= low) & (points_px <= high)).all(axis=-1))
    used = (visible[1:] & visible[:-1]).any(axis=0)
    if not used.any():
        raise ValueError(f"no point of the grid is left inside the {size} frame: use a smaller spacing, margin or mask")
    grid = Trajectories(points_px[:, used], visible[:, used], size)
    if objects is None:
        return grid
    return combine([Trajectories(_apply_maps(maps, objects.points_px), objects.visible, size), grid])


def _apply_maps(maps: FloatArray, points_px: FloatArray) -> FloatArray:
    """``[T, 2, 3]`` maps of ``[T, N, 2]`` points."""
    return points_px @ maps[:, :, :2].transpose(0, 2, 1) + maps[:, None, :, 2]


def _grid(maps: FloatArray, size: Size, spacing_px: float) -> FloatArray:
    """Points ``[N, 2]`` centred in the frame, over all of the picture that is ever seen."""
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
            f"expected a grid of at most {MAX_POINTS} points, got {int(counts.prod())}: use a larger spacing than "
            f"{spacing_px:g} px, or a smaller move"
        )
    x, y = (centre[axis] + spacing_px * np.arange(first[axis], last[axis] + 1) for axis in range(2))
    return mesh_points(x, y)
