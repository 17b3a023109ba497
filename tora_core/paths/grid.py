"""Even grids of points, and selection of points by a mask."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from ..video import Size
from .drawn_path import FloatArray


def grid_points(
    size: Size, spacing_px: float, margin_px: float = 0.0, mask: NDArray[np.bool_] | None = None
) -> FloatArray:
    """Places points on an even grid that is centred in the frame.

    Args:
        size: the frame's size in pixels.
        spacing_px: distance between neighbours, above 0.
        margin_px: width of the area without points along every edge, at least 0.
        mask: ``[H, W]``. Only points where it is True are returned.

    Returns:
        ``[N, 2]`` (x, y) in pixels, row by row, N >= 1.

    Raises:
        ValueError: the spacing or margin is out of range, the mask has another size, or no point is left.
    """
    if not spacing_px > 0 or not margin_px >= 0:
        raise ValueError(
            f"expected a spacing above 0 px and a margin of at least 0, got {spacing_px:g} and {margin_px:g}: "
            "change the value that is out of range"
        )
    x, y = (_place_centred(length, spacing_px, margin_px) for length in size)
    points_px = mesh_points(x, y)
    if mask is not None:
        check_mask(mask, size)
        points_px = points_px[is_selected(points_px, mask)]
    if not len(points_px):
        raise ValueError(
            f"expected a grid of at least one point in {size}, got none of {len(x) * len(y)} (spacing {spacing_px:g} "
            f"px, margin {margin_px:g} px{'' if mask is None else ', inside the mask'}): use a smaller spacing or "
            "margin, or a larger mask"
        )
    return points_px


def mesh_points(x: FloatArray, y: FloatArray) -> FloatArray:
    """Combines column and row positions into points ``[N, 2]``, row by row."""
    return np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2)


def check_mask(mask: NDArray[np.bool_], size: Size) -> None:
    """Checks that a mask ``[H, W]`` has the frame's size.

    Raises:
        ValueError: the mask has another size. The message states both.
    """
    if mask.shape != (size.height, size.width):
        raise ValueError(f"expected a mask of {size}, got {mask.shape[1]}x{mask.shape[0]}: resize it to the video")


def is_selected(points_px: FloatArray, mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Whether a mask ``[H, W]`` selects each of the points ``[N, 2]``. Points outside the frame are not selected."""
    height, width = mask.shape
    column, row = np.rint(points_px).astype(np.int64).T
    inside = (column >= 0) & (row >= 0) & (column < width) & (row < height)
    selected = np.zeros(len(points_px), dtype=bool)
    selected[inside] = mask[row[inside], column[inside]]
    return selected


def _place_centred(length: int, spacing_px: float, margin_px: float) -> FloatArray:
    """Places as many positions ``[n]`` along an axis as fit between the margins, centred."""
    count = max(0, math.floor((length - 1 - 2 * margin_px) / spacing_px) + 1)
    return np.asarray((length - 1) / 2 + spacing_px * (np.arange(count) - (count - 1) / 2), dtype=np.float64)
