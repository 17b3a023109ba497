"""Reads coordinates in many text formats as paths in canvas space."""

from __future__ import annotations

import ast
import json
import math
import re
import unicodedata
from numbers import Real
from typing import Any

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]

MAX_PATHS = 1024
MAX_POINTS = 100_000
MAX_TEXT = 4_000_000
"""Most characters of a text: 100,000 points of 40 characters."""
_MAX_PYTHON = 200_000
"""Most characters that Python's own parser reads, because it needs about 2 seconds and 0.5 GB per million."""
MAX_LINE = 200
"""Most characters of an ``x,y`` line. A longer line is read as another format."""
_LIST_KEYS = ("points", "coordinates", "positive")
_NESTED_KEYS = ("splines", "paths", "tracks")
_NUMBER = r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?|[-+]?(?:nan|inf(?:inity)?)"
_LINE = re.compile(rf"^\s*[\(\[]?\s*({_NUMBER})\s*[,;\s]\s*({_NUMBER})\s*[\)\]]?\s*,?\s*$", re.IGNORECASE)
_TRAILING_COMMA = re.compile(r",(\s*[\]}])")
_BETWEEN_VALUES = re.compile(r"[\s,;]*")
_PYTHON_TO_JSON = str.maketrans("()'", '[]"')
_TYPED_CHARACTERS: dict[str, str | int | None] = {
    **dict.fromkeys("\u2212\u2010\u2011\u2012\u2013\u2014", "-"),
    **dict.fromkeys("\u201c\u201d\u201e\u00ab\u00bb", '"'),
    **dict.fromkeys("\u2018\u2019\u201a", "'"),
    **dict.fromkeys("\u200b\u200c\u200d\u2060\ufeff", ""),
    "\u3001": ",",
}
"""What keyboards and web pages put in place of plain characters: dashes, quotes, zero-width characters, commas."""
_TYPED_TO_PLAIN = str.maketrans(_TYPED_CHARACTERS)
_SHAPES = (
    'expected coordinates such as [{"x": 10, "y": 20}, {"x": 30, "y": 40}], [[10, 20], [30, 40]], '
    "a list of such paths, or one 'x,y' per line with an empty line between paths"
)


def parse_coordinates(coordinates: Any) -> list[FloatArray]:
    """Reads paths from text or plain Python data (Tora's ``x,y`` files, KJNodes' strings, TRACKS-style JSON).

    Accepts a flat list of ``{x, y}``, a nested list, a single dict, a list of strings, single quotes, ``[x, y]`` pairs,
    ``x,y`` lines (an empty line starts the next path), and KJNodes' points store. Paths may differ in length.

    >>> [path.tolist() for path in parse_coordinates('[[{"x": 1, "y": 2}], [[3, 4], [5, 6]]]')]
    [[[1.0, 2.0]], [[3.0, 4.0], [5.0, 6.0]]]

    Returns:
        One ``[P, 2]`` array (x, y) per path, P >= 1, in the units of the text.

    Raises:
        ValueError: the text is empty, its format is unknown, a value is not a finite number, or there are more than
            1,024 paths or 100,000 points.
    """
    try:
        paths = [path for path in _read(coordinates) if path]
    except RecursionError as error:
        raise ValueError(f"{_SHAPES}; got lists that are nested too deeply: remove the outer brackets") from error
    if not paths:
        raise ValueError(f"{_SHAPES}; got no path in {_excerpt(coordinates)}: add at least one point")
    if len(paths) > MAX_PATHS:
        raise ValueError(
            f"expected at most {MAX_PATHS} paths, got {len(paths)}: keep one of every {-(-len(paths) // MAX_PATHS)}"
        )
    points = sum(len(path) for path in paths)
    if points > MAX_POINTS:
        raise ValueError(f"expected at most {MAX_POINTS} points, got {points}: use fewer points per path")
    return [_to_array(path, number) for number, path in enumerate(paths, 1)]


def clean_text(text: str) -> str:
    """Replaces what keyboards and web pages put in place of plain characters, such as full-width digits."""
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text).translate(_TYPED_TO_PLAIN)
    return text.strip()


def _read(data: Any) -> list[list[Any]]:
    """Reads paths as lists of (x, y) pairs. Paths may be empty, and the numbers are not checked yet."""
    if isinstance(data, (bytes, bytearray)):
        data = data.decode("utf-8", errors="replace")
    if isinstance(data, str):
        return _read_text(data)
    if hasattr(data, "tolist"):  # a tensor or an array
        data = data.tolist()
    if isinstance(data, dict):
        return _read_dict(data)
    if not isinstance(data, (list, tuple)):
        raise ValueError(f"{_SHAPES}; got {_excerpt(data)}: paste text or a list of points")
    if _is_point(data):
        return [[data]]
    if data and not any(isinstance(item, (list, tuple, dict, str)) or hasattr(item, "tolist") for item in data):
        raise ValueError(f"{_SHAPES}; got a flat list of values, {_excerpt(data)}: group them into [x, y] pairs")
    if data and all(_is_point(item) for item in data):
        return [[_to_pair(item) for item in data]]
    return [path for item in data for path in _read(item)]


def _read_text(text: str) -> list[list[Any]]:
    """Reads paths from ``x,y`` lines, JSON or Python notation."""
    if len(text) > MAX_TEXT:
        raise ValueError(f"expected at most {MAX_TEXT} characters, got {len(text)}: use fewer points")
    text = clean_text(text)
    if not text:
        raise ValueError(f"{_SHAPES}; got an empty text: enter at least one path")
    lines = _read_lines(text)
    if lines is not None:
        return lines
    return _read(_decode(text))


def _decode(text: str) -> Any:
    """Decodes JSON, several JSON values after each other, or Python notation (single quotes, tuples)."""
    for prepare in (str, _to_json):
        try:
            return _decode_values(prepare(text))
        except ValueError:
            continue
    try:
        if len(text) > _MAX_PYTHON:
            raise ValueError("too long for Python's parser")
        return ast.literal_eval(text)
    except (ValueError, SyntaxError, TypeError, MemoryError) as error:
        raise ValueError(
            f"{_SHAPES}; got {_excerpt(text)}, which has another format: check its brackets, quotes and commas"
        ) from error


def _to_json(text: str) -> str:
    """Converts Python notation to JSON: brackets for tuples, double quotes, no trailing commas."""
    return _TRAILING_COMMA.sub(r"\1", text.translate(_PYTHON_TO_JSON))


def _decode_values(text: str) -> Any:
    """Decodes one JSON value, or a list of several values, with or without commas between them."""
    decoder, values, at = json.JSONDecoder(), [], 0
    while at < len(text):
        value, at = decoder.raw_decode(text, at)
        values.append(value)
        at = _BETWEEN_VALUES.match(text, at).end()  # type: ignore[union-attr]
    return values[0] if len(values) == 1 else values


def _read_lines(text: str) -> list[list[Any]] | None:
    """Reads ``x,y`` lines as in the reference's example files. Returns None if the text has another format."""
    paths: list[list[Any]] = [[]]
    for line in text.splitlines():
        if not line.strip():
            paths.append([])
            continue
        match = _LINE.match(line) if len(line) <= MAX_LINE else None
        if match is None or line.lstrip().startswith(("[[", "((")):
            return None
        paths[-1].append((float(match[1]), float(match[2])))
    return paths


def _read_dict(data: dict[Any, Any]) -> list[list[Any]]:
    """Reads a point, a path with lists of x and y, or the first known key that holds paths."""
    if "x" in data and "y" in data:
        x, y = data["x"], data["y"]
        if isinstance(x, list) and isinstance(y, list):
            if len(x) != len(y):
                raise ValueError(
                    f"expected as many x as y values, got {len(x)} and {len(y)}: give every point an x and a y"
                )
            return [list(zip(x, y, strict=True))]
        return [[(x, y)]]
    if "version" in data and "tracks" in data:
        raise ValueError(
            f"{_SHAPES}; got the drawing of a trajectory editor, whose points are parts of a frame: use it in Tora "
            "Trajectory From Text or the editor"
        )
    for key in (*_LIST_KEYS, *_NESTED_KEYS):
        if key in data:
            return _read(data[key])
    raise ValueError(f"{_SHAPES}; got a dict with the keys {sorted(map(str, data))[:8]}: use x and y, or points")


def _is_point(item: Any) -> bool:
    """Whether an item is a single point: a dict with x and y, or a pair of values."""
    if isinstance(item, dict):
        return "x" in item and "y" in item and not isinstance(item["x"], list)
    return (
        isinstance(item, (list, tuple))
        and len(item) == 2
        and not any(isinstance(v, (list, tuple, dict, str)) for v in item)
    )


def _to_pair(item: Any) -> tuple[Any, Any]:
    """Converts a point to (x, y)."""
    return (item["x"], item["y"]) if isinstance(item, dict) else (item[0], item[1])


def _to_array(path: list[Any], number: int) -> FloatArray:
    """Checks the numbers of a path and converts it to ``[P, 2]``."""
    for index, pair in enumerate(path, 1):
        for axis, value in zip("xy", pair, strict=True):
            if isinstance(value, bool) or not isinstance(value, Real) or not is_finite(value):
                raise ValueError(
                    f"expected finite numbers, got {axis} = {_excerpt(value)} at point {index} of path {number}: "
                    "correct or delete this point"
                )
    return np.array(path, dtype=np.float64).reshape(-1, 2)


def is_finite(value: Real | float) -> bool:
    """Whether a number is finite as a float."""
    try:
        return math.isfinite(value)
    except OverflowError:  # an integer too large for a float
        return False


def _excerpt(data: Any) -> str:
    """Shortens data to 80 characters for an error message."""
    text = repr(data)
    return text if len(text) <= 80 else f"{text[:77]}..."
