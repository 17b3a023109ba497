"""Reads the outlines of SVG drawings as paths of even speed."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Any

import numpy as np

from .arc_length import arc_length
from .drawn_path import DrawnPath, FloatArray, Reading, read_canvas
from .records import check_path_count
from .typed_text import MAX_POINTS, NUMBER

SAMPLES_PER_CURVE = 32
"""Points per curve. The editor uses the same number."""
_MAX_DATA = 500_000
_DATA = re.compile(r"[Mm]\s*[-+.\d][-+.,\d\seEMmLlHhVvCcSsQqTtAaZz]*\Z")
_ATTRIBUTE = re.compile(r"""(?<![\w-])(d|points)\s*=\s*(["'])(.*?)\2""", re.DOTALL)
_VIEW_BOX = re.compile(rf"""viewBox\s*=\s*["']\s*({NUMBER})[\s,]+({NUMBER})[\s,]+({NUMBER})[\s,]+({NUMBER})\s*["']""")


def looks_like_svg(text: str) -> bool:
    """Whether a text is an SVG file, an element of one, or the data of a path (``M10 20 L30 40``)."""
    return text.startswith(("<", "d=", "d =")) or _DATA.match(text) is not None


def read_svg(text: str) -> Reading:
    """Reads every ``path``, ``polyline`` and ``polygon``. Each of their parts is a path, travelled at even speed.

    Args:
        text: an SVG file, an element, or path data. A ``viewBox`` is the canvas.

    Raises:
        ValueError: the text holds no path, or its data is wrong.
    """
    data = text.strip()
    found = [("d", data)] if _DATA.match(data) else [(name, data) for name, _, data in _ATTRIBUTE.findall(text)]
    check_path_count(len(found))
    box = _VIEW_BOX.search(text)
    left, top, width, height = (float(side) for side in box.groups()) if box else (0.0, 0.0, 0.0, 0.0)
    reading = Reading(canvas=read_canvas(width, height))
    if "transform" in text:
        reading.notes.append("transform attributes were not used: apply them in the drawing program")
    for name, data in found:
        for line in _read_data(data if name == "d" else f"M{data}"):
            length = arc_length(line)
            parts = length / length[-1] if len(line) > 1 and length[-1] > 0 else None
            reading.paths.append(DrawnPath(line - (left, top), parts=parts))
    if not reading.paths:
        raise ValueError(f"expected SVG with a path, got {text[:40]!r}: convert shapes to paths in the drawing program")
    return reading


def _read_data(data: str) -> list[FloatArray]:
    """Reads path data as lines ``[P, 2]``, one per part of the path."""
    if len(data) > _MAX_DATA:
        raise ValueError(f"expected at most {_MAX_DATA} characters of path data, got {len(data)}: simplify the path")
    try:
        lines = _sample_data(data)
    except (TypeError, IndexError, AttributeError, ArithmeticError, ValueError) as error:  # of damaged data
        raise ValueError(f"expected path data such as M10 20 L30 40, got {data[:40]!r}: correct it") from error
    if lines is None:
        raise ValueError(f"expected at most {MAX_POINTS} points, got more in {data[:40]!r}: simplify the path")
    for line in lines:
        if not np.isfinite(line).all():
            raise ValueError(f"expected finite numbers in path data, got {data[:40]!r}: correct it")
    return [_without_repeats(line) for line in lines]


def _sample_data(data: str) -> list[FloatArray] | None:
    """Samples path data: the ends of straight lines, and ``SAMPLES_PER_CURVE`` points of each curve. None: too many."""
    import svgelements

    segments = list(svgelements.Path(data))
    straight = (svgelements.Move, svgelements.Line, svgelements.Close)
    if len(segments) + SAMPLES_PER_CURVE * sum(not isinstance(each, straight) for each in segments) > MAX_POINTS:
        return None
    lines: list[list[Any]] = []
    for segment in segments:
        if isinstance(segment, svgelements.Move):
            lines.append([segment.end])
        elif lines and segment.end is not None:
            steps = 1 if isinstance(segment, straight) else SAMPLES_PER_CURVE
            lines[-1] += [segment.point(step / steps) for step in range(1, steps + 1)]
    return [np.array([(point.x, point.y) for point in line], dtype=np.float64) for line in lines]


def _without_repeats(line: FloatArray) -> FloatArray:
    """Removes points that equal the one before them, because they take no time."""
    kept = [0] + [after for before, after in pairwise(range(len(line))) if (line[before] != line[after]).any()]
    return line[kept]
