"""A depth map: the distance of every pixel of the first frame, and what it hides when the camera moves."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from ..progress import ProgressCallback
from ..video import Size
from .camera_move import CameraViews
from .drawn_path import FloatArray

_SAME_SURFACE = 0.02
"""Part of its distance that a point may lie behind the nearest surface and still belong to it."""
_MOST_MAGNIFIED = 8
"""Most cells along a side that one cell of the first frame fills in another."""
_CELLS = 90_000
"""About how many cells a frame has when surfaces are drawn. Larger frames have cells of several pixels."""


@dataclass(frozen=True)
class DepthMap:
    """Distances along the optical axis, in any unit.

    Args:
        distances: ``[H, W]``, above 0.
        focal_px: focal length of the first frame.
    """

    distances: FloatArray
    focal_px: float

    @classmethod
    def from_picture(
        cls, grey: FloatArray, far_over_near: float = 4.0, field_of_view: float = 60.0, near_is_white: bool = True
    ) -> DepthMap:
        """Reads a picture of depth. Only ratios of distances matter, so the nearest possible distance is 1.

        Args:
            grey: ``[H, W]`` in 0..1.
            far_over_near: how many times farther the end of the scale is than its start, at least 1.
            field_of_view: horizontal, in degrees, 1..170.
            near_is_white: grey is linear in 1/distance and white is near, as Depth Anything and MoGe draw it. Otherwise
                grey is linear in the distance and white is far.

        Raises:
            ValueError: a number is out of range, or the picture holds values that are not finite.
        """
        if not far_over_near >= 1 or not 1 <= field_of_view <= 170:
            raise ValueError(
                "expected a farthest distance of at least 1 and a field of view of 1 to 170 degrees, got "
                f"{far_over_near:g} and {field_of_view:g}: change the value that is out of range"
            )
        if not np.isfinite(grey).all():
            raise ValueError("expected a depth picture of finite values, got NaN or infinity: connect another picture")
        level = grey.clip(0, 1)
        if near_is_white:
            distances = 1 / (1 / far_over_near + level * (1 - 1 / far_over_near))
        else:
            distances = 1 + level * (far_over_near - 1)
        return cls(distances, focal_length_px(grey.shape[1], field_of_view))

    @classmethod
    def flat(cls, size: Size, field_of_view: float = 60.0) -> DepthMap:
        """Creates the depth map of a wall."""
        return cls(np.ones((size.height, size.width)), focal_length_px(size.width, field_of_view))

    @property
    def size(self) -> Size:
        height, width = self.distances.shape
        return Size(width, height)

    @property
    def subject(self) -> float:
        """Distance of what is in the middle: the median of the middle third."""
        height, width = self.distances.shape
        top, left = height // 3, width // 3
        return float(np.median(self.distances[top : height - top, left : width - left]))

    @property
    def is_flat(self) -> bool:
        return bool(self.distances.min() == self.distances.max())

    def distances_at(self, points_px: FloatArray) -> FloatArray:
        """Reads the distance at points ``[N, 2]``. Outside the frame, that of its edge counts."""
        column, row = self._nearest_pixels(points_px)
        return self.distances[row, column]

    def unproject(self, points_px: FloatArray, distances: FloatArray) -> FloatArray:
        """Places points ``[..., 2]`` of the first frame in space, ``[..., 3]``, at these distances ``[...]``."""
        offset = (points_px - np.array(self.size) / 2) / self.focal_px
        return np.concatenate([offset, np.ones_like(offset[..., :1])], axis=-1) * distances[..., None]

    def find_visible(
        self, views: CameraViews, starts_px: FloatArray, progress: ProgressCallback | None = None
    ) -> NDArray[np.bool_]:
        """Finds which points of the first frame no nearer surface covers, ``[T, N]``.

        A point outside the frame, or behind the camera, is not visible.

        Args:
            views: the cameras.
            starts_px: ``[N, 2]`` in the first frame.
            progress: called after each frame.
        """
        points = self.unproject(starts_px, self.distances_at(starts_px))
        points_px, distances = views.project(points)
        with np.errstate(invalid="ignore"):
            inside = ((points_px >= 0) & (points_px <= np.array(self.size) - 1)).all(axis=-1) & (distances > 0)
        if self.is_flat:
            return np.asarray(inside)
        buffer = _SurfaceBuffer(self)
        reach = distances * (1 - _SAME_SURFACE - 2 * buffer.step * self._slopes_at(starts_px))
        nearest, drawn = None, None
        for frame in range(len(views)):
            seen = inside[frame]
            if seen.any():
                view = views.at(frame)
                if nearest is None or drawn is None or not view.equals(drawn):
                    nearest, drawn = buffer.draw(view), view
                column, row = buffer.cells_of(points_px[frame, seen])
                inside[frame, seen] = nearest[row, column] >= reach[frame, seen]
            if progress is not None:
                progress(frame + 1, len(views))
        return np.asarray(inside)

    def _slopes_at(self, points_px: FloatArray) -> FloatArray:
        """Returns the relative change of the distance from pixel to pixel, on the flatter side of each axis."""
        padded = np.pad(self.distances, 1, mode="edge")
        slopes = np.zeros_like(self.distances)
        for before, after in (
            (padded[1:-1, :-2], padded[1:-1, 2:]),
            (padded[:-2, 1:-1], padded[2:, 1:-1]),
        ):
            step = np.minimum(np.abs(self.distances - before), np.abs(after - self.distances))
            slopes = np.maximum(slopes, step / self.distances)
        column, row = self._nearest_pixels(points_px)
        return slopes[row, column]

    def _nearest_pixels(self, points_px: FloatArray) -> tuple[NDArray[np.int_], NDArray[np.int_]]:
        """Returns the columns and rows of the nearest pixels of the frame."""
        column, row = np.rint(points_px).clip(0, np.array(self.size) - 1).astype(int).T
        return column, row


class _SurfaceBuffer:
    """Draws the nearest surface of a depth map as a camera sees it, in cells of one or more pixels.

    Args:
        depth: the depth map.
    """

    def __init__(self, depth: DepthMap) -> None:
        width, height = depth.size
        self.step = max(1, round((width * height / _CELLS) ** 0.5))
        """Side of a cell in pixels."""
        self._width, self._height = -(-width // self.step), -(-height // self.step)
        padding = ((0, self._height * self.step - height), (0, self._width * self.step - width))
        blocks = np.pad(depth.distances, padding, mode="edge").reshape(self._height, self.step, self._width, self.step)
        self._distances = blocks.min(axis=(1, 3)).ravel()  # the nearest pixel of a cell covers it
        x, y = np.meshgrid(np.arange(self._width), np.arange(self._height))
        middles_px = np.stack([x, y], axis=-1).reshape(-1, 2) * self.step + (self.step - 1) / 2
        self._surface = depth.unproject(middles_px, self._distances)
        self._focal_px = depth.focal_px

    def cells_of(self, points_px: FloatArray) -> tuple[NDArray[np.int_], NDArray[np.int_]]:
        """Returns the columns and rows of the cells that hold points ``[N, 2]`` inside the frame."""
        column, row = np.floor((points_px + 0.5) / self.step).astype(int).T
        return column.clip(0, self._width - 1), row.clip(0, self._height - 1)

    def draw(self, view: CameraViews) -> FloatArray:
        """Draws the distance of the nearest surface in every cell, ``[rows, columns]``. Infinite: nothing is there.

        Each cell of the first frame fills a square that grows with its magnification, so that no holes appear.
        """
        points_px, distances = (each[0] for each in view.project(self._surface))
        cells = (points_px + 0.5) / self.step - 0.5
        buffer = torch.full((self._height * self._width,), torch.inf, dtype=torch.float64)
        with np.errstate(divide="ignore", invalid="ignore"):
            magnified = view.focal_px[0] / self._focal_px * self._distances / distances
        sides = np.ceil(magnified).clip(1, _MOST_MAGNIFIED - 1) + 1
        in_front = distances > 0
        first = np.floor(cells - (sides[:, None] - 2) / 2)
        for side in np.unique(sides[in_front]).astype(int):
            chosen = in_front & (sides == side)
            column, row = first[chosen].T.clip(-side, max(self._width, self._height)).astype(np.int64)
            depth = torch.from_numpy(distances[chosen])
            for down in range(side):
                for along in range(side):
                    x, y = column + along, row + down
                    valid = (x >= 0) & (x < self._width) & (y >= 0) & (y < self._height)
                    places = torch.from_numpy(y[valid] * self._width + x[valid])
                    buffer.scatter_reduce_(0, places, depth[torch.from_numpy(valid)], "amin")
        return np.asarray(buffer.view(self._height, self._width).numpy())


def focal_length_px(width: int, field_of_view: float) -> float:
    """Converts a horizontal field of view in degrees to a focal length in pixels."""
    return float(width / 2 / np.tan(np.radians(field_of_view) / 2))
