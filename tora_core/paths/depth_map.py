"""A depth map: the distance of every pixel of the first frame, and what it hides when the camera moves."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from ..video import Size
from .camera_move import CameraViews
from .drawn_path import FloatArray

_SAME_SURFACE = 0.02
"""Part of its distance that a point may lie behind the nearest surface and still belong to it."""
_MOST_MAGNIFIED = 8
"""Most pixels along a side that one pixel of the first frame fills in another."""


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

    def find_visible(self, views: CameraViews, starts_px: FloatArray) -> NDArray[np.bool_]:
        """Finds which points of the first frame no nearer surface covers, ``[T, N]``.

        A point outside the frame, or behind the camera, is not visible.

        Args:
            views: the cameras.
            starts_px: ``[N, 2]`` in the first frame.
        """
        points = self.unproject(starts_px, self.distances_at(starts_px))
        points_px, distances = views.project(points)
        with np.errstate(invalid="ignore"):
            inside = ((points_px >= 0) & (points_px <= np.array(self.size) - 1)).all(axis=-1) & (distances > 0)
        if self.is_flat:
            return np.asarray(inside)
        reach = distances * (1 - _SAME_SURFACE - 2 * self._slopes_at(starts_px))
        width, height = self.size
        pixels = np.stack(np.meshgrid(np.arange(width), np.arange(height)), axis=-1).reshape(-1, 2).astype(np.float64)
        surface = self.unproject(pixels, self.distances.ravel())
        for frame in range(len(views.focal_px)):
            if not inside[frame].any():
                continue
            nearest = self._draw_nearest(views, frame, surface)
            column, row = np.rint(points_px[frame, inside[frame]]).astype(int).T
            inside[frame, inside[frame]] = nearest[row, column] >= reach[frame, inside[frame]]
        return np.asarray(inside)

    def _draw_nearest(self, views: CameraViews, frame: int, surface: FloatArray) -> FloatArray:
        """Draws the distance of the nearest surface at every pixel of a frame, ``[H, W]``. Infinite: nothing is there.

        Each pixel of the first frame fills a square that grows with its magnification, so that no holes appear.
        """
        width, height = self.size
        view = CameraViews(
            views.positions[frame : frame + 1],
            views.rotations[frame : frame + 1],
            views.focal_px[frame : frame + 1],
            views.size,
        )
        points_px, distances = (each[0] for each in view.project(surface))
        buffer = torch.full((height * width,), torch.inf, dtype=torch.float64)
        with np.errstate(divide="ignore", invalid="ignore"):
            magnified = views.focal_px[frame] / self.focal_px * self.distances.ravel() / distances
        sides = np.ceil(magnified).clip(1, _MOST_MAGNIFIED - 1) + 1
        in_front = distances > 0
        first = np.floor(points_px - (sides[:, None] - 2) / 2)
        for side in np.unique(sides[in_front]).astype(int):
            chosen = in_front & (sides == side)
            column, row = first[chosen].T.clip(-side, max(width, height)).astype(np.int64)
            depth = torch.from_numpy(distances[chosen])
            for down in range(side):
                for along in range(side):
                    x, y = column + along, row + down
                    valid = (x >= 0) & (x < width) & (y >= 0) & (y < height)
                    places = torch.from_numpy(y[valid] * width + x[valid])
                    buffer.scatter_reduce_(0, places, depth[torch.from_numpy(valid)], "amin")
        return np.asarray(buffer.view(height, width).numpy())

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


def focal_length_px(width: int, field_of_view: float) -> float:
    """Converts a horizontal field of view in degrees to a focal length in pixels."""
    return float(width / 2 / np.tan(np.radians(field_of_view) / 2))
