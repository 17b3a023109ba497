"""Reads coordinates of any known form as paths in canvas space.

The editor reads the same forms (``web/src/coordinates.ts``). Tests of both read the same texts in
``tests/coordinates``.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from .axes import order_axes, read_number_array
from .drawn_path import DrawnPath, FloatArray, Reading, read_canvas
from .records import (
    TIME_KEYS,
    TRACK_KEYS,
    build_path,
    check_path_count,
    excerpt,
    group_records,
    is_number_text,
    to_number,
)
from .svg import looks_like_svg, read_svg
from .tables import read_keyframes, read_table
from .typed_text import MAX_POINTS, clean_text, decode_text

_MAX_DEPTH = 32
_LIST_KEYS = ("coordinates", "points", "positive", "points_store")
_NESTED_KEYS = ("splines", "paths", "tracks", "trajectories")
_SHAPES = (
    'expected coordinates such as [{"x": 10, "y": 20}, {"x": 30, "y": 40}], [[10, 20], [30, 40]], '
    "a list of such paths, or one 'x,y' per line with an empty line between paths"
)
_WIDGET = re.compile(r"(?:^|, )(\w+): ")
"""A widget in the text of KJNodes' WidgetToString with all widgets: ``name: value, name: value``."""


def parse_coordinates(coordinates: Any) -> list[FloatArray]:
    """Reads paths from text or plain Python data. See ``read_coordinates``.

    >>> [path.tolist() for path in parse_coordinates('[[{"x": 1, "y": 2}], [[3, 4], [5, 6]]]')]
    [[[1.0, 2.0]], [[3.0, 4.0], [5.0, 6.0]]]

    Returns:
        One ``[P, 2]`` array (x, y) per path, P >= 1, in the units of the text. NaN is a hidden point.

    Raises:
        ValueError: see ``read_coordinates``.
    """
    return [path.points_canvas for path in read_coordinates(coordinates).paths]


def read_coordinates(coordinates: Any, frames: int | None = None) -> Reading:
    """Reads paths with their times, hidden points and canvas from text or plain Python data.

    docs/coordinates.md lists the forms.

    Args:
        coordinates: a text, lists and dicts, an array or a tensor.
        frames: the video's frames T. An array with this many rows is read as frames first.

    Raises:
        ValueError: the text is empty, its form is unknown, a value is no number, or there are more than 1,024 paths or
            100,000 points.
    """
    try:
        reading = _read(coordinates, Reader(frames))
    except RecursionError as error:
        raise ValueError(f"{_SHAPES}; got lists that are nested too deeply: remove the outer brackets") from error
    reading.paths = [path for path in reading.paths if len(path.points_canvas)]
    if not reading.paths:
        raise ValueError(f"{_SHAPES}; got no path in {excerpt(coordinates)}: add at least one point")
    check_path_count(len(reading.paths))
    points = sum(len(path.points_canvas) for path in reading.paths)
    if points > MAX_POINTS:
        raise ValueError(f"expected at most {MAX_POINTS} points, got {points}: use fewer points per path")
    return reading


@dataclass(frozen=True)
class Reader:
    """What is known while a value is read: the video's frames, the depth, and the paths counted so far."""

    frames: int | None
    depth: int = 0
    counter: Iterator[int] = field(default_factory=lambda: itertools.count(1))


def _read(data: Any, reader: Reader) -> Reading:
    """Reads paths from a value of any kind."""
    if isinstance(data, (bytes, bytearray)):
        data = data.decode("utf-8", errors="replace")
    if isinstance(data, str):
        return _read_text(data, reader)
    if hasattr(data, "tolist"):  # a tensor or an array
        data = data.tolist()
    if isinstance(data, dict):
        return _read_dict(data, reader)
    if not isinstance(data, (list, tuple)):
        raise ValueError(f"{_SHAPES}; got {excerpt(data)}: paste text or a list of points")
    return _read_list(list(data), reader)


def _read_text(text: str, reader: Reader) -> Reading:
    """Reads paths from a text in any notation."""
    text = clean_text(text)
    if not text:
        raise ValueError(f"{_SHAPES}; got an empty text: enter at least one path")
    if text.lstrip().startswith("Adobe After Effects"):
        return read_keyframes(text)
    if looks_like_svg(text.lstrip()):
        return read_svg(text)
    table = read_table(text)
    if table is not None:
        return table
    if widgets := _read_widgets(text, reader):
        return widgets
    return _read(decode_text(text), _deeper(reader))


def _read_widgets(text: str, reader: Reader) -> Reading | None:
    """Reads what KJNodes' WidgetToString writes for all widgets of a node. Returns None for any other text."""
    names = {match[1]: match.end() for match in _WIDGET.finditer(text)}
    name = next((name for name in ("coordinates", "points_store") if name in names), None)
    if name is None or not text[names[name] :].startswith(("[", "{")):
        return None
    following = min((match.start() for match in _WIDGET.finditer(text) if match.start() > names[name]), default=None)
    reading = _read(decode_text(text[names[name] : following]), _deeper(reader))
    sides = [re.match(r"\d+", text[names[side] :]) for side in ("mask_width", "mask_height") if side in names]
    if len(sides) == 2 and sides[0] and sides[1]:
        reading.canvas = read_canvas(float(sides[0][0]), float(sides[1][0]))
    return reading


def _read_list(data: list[Any], reader: Reader) -> Reading:
    """Reads a point, a path, a list of paths, records of several paths, or an array."""
    array = read_number_array(data)
    if array is not None:
        array, notes = order_axes(array, reader.frames)
        return Reading([DrawnPath(path) for path in array.swapaxes(0, 1)], notes=notes)
    if _is_point(data):
        return _build_path([data], reader)
    if data and not any(isinstance(item, (list, tuple, dict, str)) or hasattr(item, "tolist") for item in data):
        raise ValueError(f"{_SHAPES}; got a flat list of values, {excerpt(data)}: group them into [x, y] pairs")
    if data and all(_is_point(item) for item in data):
        if any(isinstance(item, dict) and not TRACK_KEYS.isdisjoint(item) for item in data):
            return group_records(data)
        return _build_path(data, reader)
    return _join(_read(item, _deeper(reader)) for item in data)


def _read_dict(data: dict[Any, Any], reader: Reader) -> Reading:
    """Reads a point, a path with lists of x and y, or the first known key that holds paths."""
    if "x" in data and "y" in data:
        x, y = data["x"], data["y"]
        if isinstance(x, list) and isinstance(y, list):
            if len(x) != len(y):
                raise ValueError(
                    f"expected as many x as y values, got {len(x)} and {len(y)}: give every point an x and a y"
                )
            times = next((data[key] for key in TIME_KEYS if isinstance(data.get(key), list)), [None] * len(x))
            if len(times) != len(x):
                raise ValueError(f"expected as many times as points, got {len(times)} and {len(x)}: add the missing")
            return _build_path([{"x": a, "y": b, "t": t} for a, b, t in zip(x, y, times, strict=True)], reader)
        return _build_path([data], reader)
    if "version" in data and "tracks" in data:
        raise ValueError(
            f"{_SHAPES}; got the drawing of a trajectory editor, whose points are parts of a frame: use it in Tora "
            "Trajectory From Text or the editor"
        )
    if "start_p_frames" in data or "coord_width" in data or "p_coordinates" in data:
        return _read_power_spline(data, reader)
    if data.get("on") is False:
        return Reading(notes=[f"{data.get('name') or 'a path'} is switched off and was left out"])
    for key in (*_LIST_KEYS, *_NESTED_KEYS):
        if data.get(key) not in (None, "", "[]", []):
            reading = _read(data[key], _deeper(reader))
            rest = (
                to_number(data.get("a_pause", 0), 1, 1, "a_pause"),
                to_number(data.get("z_pause", 0), 1, 1, "z_pause"),
            )
            if rest != (0.0, 0.0):
                reading.paths = [DrawnPath(path.points_canvas, rest=rest) for path in reading.paths]
            return reading
    if any(key in data for key in (*_LIST_KEYS, *_NESTED_KEYS)):
        return Reading()
    names = sorted(str(key)[:20] for key in data)[:8]
    raise ValueError(f"{_SHAPES}; got a dict with the keys {names}: use x and y, or points")


def _read_power_spline(data: dict[str, Any], reader: Reader) -> Reading:
    """Reads the ``coord_out`` of a Power Spline editor: paths with pauses, on a canvas that it names."""
    whole = Reading()
    for key, group in (("coordinates", "c"), ("p_coordinates", "p")):
        if not data.get(key):
            continue
        part = _read(data[key], _deeper(reader))
        before, after, shown = (
            _group(data.get(name), group) for name in ("start_p_frames", "end_p_frames", "visibility")
        )
        for index, path in enumerate(part.paths):
            if _pick(shown, index, True) is False:
                whole.notes.append(f"path {index + 1} is hidden in its editor and was left out")
                continue
            rest = tuple(to_number(_pick(side, index, 0) or 0, index + 1, 1, "pause") for side in (before, after))
            # These editors count frames from 1.
            timed = None if path.frames is None else np.maximum(path.frames - 1, 0)
            whole.paths.append(DrawnPath(path.points_canvas, timed, path.parts, (rest[0], rest[1])))
        whole.notes += part.notes
        for name in ("offsets", "accelerations"):
            values = _group(data.get(name), group)
            if any(
                isinstance(value, (int, float)) and value
                for value in (values if isinstance(values, list) else [values])
            ):
                whole.notes.append(f"{name} of these paths are not used: set timing with pauses or frames")
    width, height = data.get("coord_width"), data.get("coord_height")
    if isinstance(width, (int, float)) and isinstance(height, (int, float)):
        whole.canvas = read_canvas(width, height)
    return whole


def _group(value: Any, group: str) -> Any:
    """Returns the part of a value that belongs to a group of paths."""
    return value.get(group) if isinstance(value, dict) else value


def _pick(value: Any, index: int, default: Any) -> Any:
    """Returns the entry of a list, or the single value."""
    if isinstance(value, list):
        return value[index] if index < len(value) else default
    return default if value is None else value


def _join(readings: Iterable[Reading]) -> Reading:
    """Joins readings to one. The first canvas counts."""
    whole = Reading()
    for reading in readings:
        whole.paths += reading.paths
        whole.notes += [note for note in reading.notes if note not in whole.notes]
        whole.canvas = whole.canvas or reading.canvas
    return whole


def _deeper(reader: Reader) -> Reader:
    """Goes one level down, so that text in text in text ends."""
    if reader.depth >= _MAX_DEPTH:
        raise ValueError(f"{_SHAPES}; got lists that are nested too deeply: remove the outer brackets")
    return Reader(reader.frames, reader.depth + 1, reader.counter)


def _is_point(item: Any) -> bool:
    """Whether an item is a single point: a dict with x and y, or a pair of values."""
    if isinstance(item, dict):
        return "x" in item and "y" in item and not isinstance(item["x"], list)
    return (
        isinstance(item, (list, tuple))
        and len(item) == 2
        and all(is_number_text(v) if isinstance(v, str) else not isinstance(v, (list, tuple, dict)) for v in item)
    )


def _build_path(points: list[Any], reader: Reader) -> Reading:
    """Builds one path from points, which are dicts or pairs."""
    records = [point if isinstance(point, dict) else {"x": point[0], "y": point[1]} for point in points]
    path, notes = build_path(records, next(reader.counter))
    return Reading([path], notes=notes)
