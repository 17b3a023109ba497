"""Tells the axes of an array of points apart: frames first, as trackers write them, or paths first, as people do."""

from __future__ import annotations

from typing import Any

import numpy as np

from .drawn_path import FloatArray

_SHORTEST_VIDEO = 9
"""Fewer rows than this are paths: the models make no shorter videos, and people draw few paths."""


def read_number_array(data: list[Any]) -> FloatArray | None:
    """Reads lists of equal lengths ``[A][B][2]`` or ``[1][A][B][2]`` with A, B > 1 or A long as an array.

    Returns None for any other list, and for few paths of a person.
    """
    while len(data) == 1 and isinstance(data[0], list) and data[0] and isinstance(data[0][0], list):
        data = data[0]
    if (
        len(data) < _SHORTEST_VIDEO
        or not isinstance(data[0], list)
        or not all(_is_row(row, len(data[0])) for row in data)
    ):
        return None
    try:
        return np.array(data, dtype=np.float64)
    except (TypeError, ValueError, OverflowError):
        return None


def _is_row(row: Any, length: int) -> bool:
    return (
        isinstance(row, list)
        and len(row) == length > 0
        and all(isinstance(point, list) and len(point) == 2 for point in row)
        and all(value is None or type(value) in (int, float) for point in row for value in point)
    )


def order_axes(points: FloatArray, frames: int | None) -> tuple[FloatArray, list[str]]:
    """Orders an array ``[A, B, 2]`` as ``[T, N, 2]``.

    Time is the axis along which points move in small steps, because different paths lie further apart. With fewer than
    9 rows, or rows of one point, there is nothing to compare: few rows are paths, many rows of one point are frames.

    Args:
        points: ``[A, B, 2]``.
        frames: the video's frames T. If only A equals it, a small difference is enough.

    Returns:
        The points, and a note if frames were found to be the first axis.

    Raises:
        ValueError: both axes could be time.
    """
    rows, columns = points.shape[:2]
    note = [f"read as {rows} frames of {columns} path(s), because points move little from row to row"]
    if columns == 1:
        return points, note
    if rows < _SHORTEST_VIDEO:
        return points.swapaxes(0, 1), []
    down, across = _mean_step(points, 0), _mean_step(points, 1)
    factor = 1.0 if frames is not None and rows == frames != columns else 2.0
    if down * factor < across:
        return points, note
    if across * 2 < down or (across < down and frames is not None and columns == frames != rows):
        return points.swapaxes(0, 1), []
    raise ValueError(
        f"expected to know which axis is time, got {rows} rows of {columns} points that move {down:.3g} from row to "
        f'row and {across:.3g} along a row: write {{"track_path": [frames][paths][x, y]}} or '
        '{"paths": [{"points": [[x, y], ...]}, ...]}'
    )


def _mean_step(points: FloatArray, axis: int) -> float:
    """Mean distance between neighbours along an axis, in the units of the points. Hidden points do not count."""
    steps = np.linalg.norm(np.diff(points, axis=axis), axis=-1)
    known = steps[np.isfinite(steps)]
    return float(known.mean()) if known.size else 0.0
