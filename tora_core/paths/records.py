"""Reads points that have names for their values: dicts, or rows of a table."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from numbers import Real
from typing import Any

import numpy as np

from .drawn_path import DrawnPath, Reading, time_points
from .typed_text import FORMS

TIME_KEYS = ("frame", "t", "time", "frame_number", "frame_index", "frame_id", "seconds")
VISIBLE_KEYS = {"visible", "visibility", "confidence", "likelihood"}
HIDDEN_KEYS = {"occluded", "hidden"}
TRACK_KEYS = {"track", "track_id", "path", "path_id", "point_id", "object", "object_id", "trajectory", "id"}
MAX_PATHS = 1024
VISIBLE_FROM = 0.5
"""Smallest confidence of a visible point."""
_FLAGS = {"true": 1.0, "false": 0.0, "yes": 1.0, "no": 0.0}


def build_path(records: Sequence[Mapping[str, Any]], number: int) -> tuple[DrawnPath, list[str]]:
    """Builds one path from records with x and y, and perhaps a time and a visibility.

    Args:
        records: the points, at least one.
        number: number of the path, for errors.

    Returns:
        The path, and notes for the user.

    Raises:
        ValueError: a value is no number, or the times do not fit.
    """
    unit = next((key for key in TIME_KEYS if any(record.get(key) is not None for record in records)), None)
    points, times = [], []
    for index, record in enumerate(records, 1):
        x, y = to_number(record["x"], number, index, "x"), to_number(record["y"], number, index, "y")
        shown = len(record) == 2 or _is_shown(record, number, index)
        points.append((x, y) if shown else (math.nan, math.nan))
        time = None if unit is None else record.get(unit)
        times.append(None if time is None else to_number(time, number, index, str(unit)))
    return time_points(np.array(points, dtype=np.float64).reshape(-1, 2), number, times, unit or "frame")


def group_records(records: Sequence[Mapping[str, Any]]) -> Reading:
    """Groups records by the path that they name, in the order of their first points.

    Raises:
        ValueError: see ``build_path``.
    """
    groups: dict[str, list[Mapping[str, Any]]] = {}
    for record in records:
        groups.setdefault(str(next((record[key] for key in record if key in TRACK_KEYS), None)), []).append(record)
    check_path_count(len(groups))
    reading = Reading()
    for number, group in enumerate(groups.values(), 1):
        path, notes = build_path(group, number)
        reading.paths.append(path)
        reading.notes += notes
    return reading


def check_path_count(count: int) -> None:
    """Checks that there are not too many paths.

    Raises:
        ValueError: there are more than 1,024.
    """
    if count > MAX_PATHS:
        raise ValueError(f"expected at most {MAX_PATHS} paths, got {count}: keep one of every {-(-count // MAX_PATHS)}")


def to_number(value: Any, number: int, index: int, name: str) -> float:
    """Reads a number. None is NaN. ``number`` and ``index`` name the path and the point, for errors.

    Raises:
        ValueError: the value is no finite number.
    """
    if type(value) is float and math.isfinite(value):
        return value
    if value is None:
        return math.nan
    if name in VISIBLE_KEYS | HIDDEN_KEYS:
        value = float(value) if isinstance(value, bool) else _FLAGS.get(str(value).lower(), value)
    if isinstance(value, str) and is_number_text(value):
        value = float(value)
    if isinstance(value, bool) or not isinstance(value, Real) or not (is_finite(value) or value != value):
        raise ValueError(
            f"expected finite numbers, got {name} = {excerpt(value)} at point {index} of path {number}: "
            f"correct or delete this point. Write {FORMS}"
        )
    return float(value)


def is_number_text(text: str) -> bool:
    """Whether a text in quotes is a number."""
    try:
        float(text)
    except ValueError:
        return False
    return len(text) < 64 and "_" not in text


def is_finite(value: Real | float) -> bool:
    """Whether a number is finite as a float."""
    try:
        return math.isfinite(value)
    except OverflowError:  # an integer too large for a float
        return False


def excerpt(data: Any) -> str:
    """Shortens data to 80 characters for an error message."""
    text = repr(data[:80] if isinstance(data, (str, bytes)) else data)
    return text if len(text) <= 80 else f"{text[:77]}..."


def _is_shown(record: Mapping[str, Any], number: int, index: int) -> bool:
    """Whether neither a visibility nor an occlusion hides a point."""
    return all(
        to_number(record[key], number, index, key) >= VISIBLE_FROM for key in VISIBLE_KEYS & record.keys()
    ) and all(to_number(record[key], number, index, key) < VISIBLE_FROM for key in HIDDEN_KEYS & record.keys())
