"""Reads tables of numbers: ``x,y`` lines as in Tora's files, CSV, and After Effects keyframes."""

from __future__ import annotations

import re
from itertools import pairwise

import numpy as np

from .drawn_path import DrawnPath, FloatArray, Reading, read_canvas, time_points
from .records import HIDDEN_KEYS, TIME_KEYS, TRACK_KEYS, VISIBLE_KEYS, check_path_count, group_records
from .typed_text import FORMS, NUMBER

_MAX_LINE = 2000
_VALUE = rf"(?:{NUMBER}|-?nan|-?inf(?:inity)?)"
_NUMBER_CELL = re.compile(rf"{_VALUE}\Z", re.IGNORECASE)
_PAIR = rf"{_VALUE}[ \t]*,[ \t]*{_VALUE}"
_PAIRS = re.compile(rf"{_PAIR}(?:(?:[ \t]*;[ \t]*|[ \t]+|[ \t]*->[ \t]*){_PAIR})+[;,]?\Z", re.IGNORECASE)
_DECIMAL_COMMAS = re.compile(r"([-+]?\d+),(\d+)[ \t]*;[ \t]*([-+]?\d+),(\d+)\Z")
_REMARK = re.compile(r"(?<![ \t])[ \t]+(?:#|//).*$")
_ANY_NUMBER = re.compile(_VALUE, re.IGNORECASE)
_WIDE = re.compile(r"([xy])_?(\d+)\Z")
_X = {"x", "x_pixels", "x_px", "pos_x", "x_pos", "position_x", "x_position", "center_x", "cx", "x_coord", "px"}
_Y = {"y", "y_pixels", "y_px", "pos_y", "y_pos", "position_y", "y_position", "center_y", "cy", "y_coord", "py"}
_INDEX = {"", "#", "index", "no", "nr", "n", "i", "unnamed:_0", "point"}


def read_table(text: str) -> Reading | None:
    """Reads lines of numbers, with or without a line of names above them.

    An empty line starts the next path. Several ``x,y`` pairs in a line are a path of their own. Semicolons between
    numbers with a comma make it a decimal comma: ``10,5;20,5`` is the point (10.5, 20.5).

    Returns:
        The paths, or None if the text has another form.

    Raises:
        ValueError: it is a table, but a line has other columns, or the columns do not say what is x and y.
    """
    written = [line for line in text.split("\n") if not line.lstrip().startswith(("#", "//"))]
    lines = [_strip(line) for line in written]
    if any(len(line) > _MAX_LINE and not _PAIRS.match(line) for line in lines):
        return None
    if any(line.startswith(("[[", "((", "{", "[{")) for line in lines):
        return None
    first = next((line for line in lines if line), "")
    names = _read_names(first)
    if names is not None:
        return _read_named(names, [line.strip() for line in written[lines.index(first) + 1 :]])
    rows: list[tuple[int, list[float]]] = []
    paths: list[list[list[float]]] = [[]]
    decimal = False
    for number, line in enumerate(lines, 1):
        if not line:
            paths.append([])
            continue
        if commas := _DECIMAL_COMMAS.match(line):
            cells = [float(f"{commas[1]}.{commas[2]}"), float(f"{commas[3]}.{commas[4]}")]
            decimal = True
        elif _PAIRS.match(line):
            values = [float(value) for value in _ANY_NUMBER.findall(line)]
            paths += [[[x, y] for x, y in zip(values[::2], values[1::2], strict=True)], []]
            continue
        elif (found := _read_numbers(line)) is None:
            if not rows or any(mark in line for mark in "[](){}\"'=:"):
                return None
            raise ValueError(f"expected x,y in every line, got {line[:40]!r} in line {number}: write {FORMS}")
        else:
            cells = found
        rows.append((number, cells))
        paths[-1].append(cells)
    notes = (
        ["commas between digits were read as decimal commas, because semicolons separate x and y"] if decimal else []
    )
    return _build([path for path in paths if path], rows, notes)


def _strip(line: str) -> str:
    """Removes spaces, a comment at the end, one pair of brackets, and a comma at the end."""
    line = _REMARK.sub("", line).strip()
    line = line.rstrip(",").rstrip()
    if re.match(r"[(\[]\s*[^()\[\]{},;\s]+\s*[,;\s]\s*[^()\[\]{},;\s]+\s*[)\]]\Z", line):
        line = line[1:-1].strip().rstrip(",").rstrip()
    return line


def _cells(line: str) -> list[str]:
    """Splits a line at tabs, semicolons or commas, or else at spaces. Quotes around a cell are removed."""
    separator = next((mark for mark in "\t;," if mark in line), None)
    cells = line.split(separator)
    return [cell.strip().strip("\"'").strip() for cell in cells]


def _read_numbers(line: str) -> list[float] | None:
    """Reads a line of at least two numbers. Returns None for any other line."""
    cells = _cells(line)
    if len(cells) < 2 or not all(_NUMBER_CELL.match(cell) for cell in cells):
        return None
    return [float(cell) for cell in cells]


def _build(paths: list[list[list[float]]], rows: list[tuple[int, list[float]]], notes: list[str]) -> Reading | None:
    """Builds paths from rows without names: x and y, with a column before them that only counts the rows."""
    widths = {len(cells) for _, cells in rows}
    if len(widths) > 1:
        number, cells = next((number, cells) for number, cells in rows if len(cells) != len(rows[0][1]))
        raise ValueError(
            f"expected {len(rows[0][1])} numbers in every line, got {len(cells)} in line {number}: write {FORMS}"
        )
    if widths and max(widths) > 2:
        if widths != {3} or not all(_counts([row[0] for row in path]) for path in paths if len(path[0]) == 3):
            raise ValueError(
                f"expected x and y in every line, got {max(widths)} numbers: name the columns in the first line, "
                "such as 'frame,x,y' or 'x1,y1,x2,y2'"
            )
        paths = [[row[-2:] for row in path] for path in paths]
        notes = [*notes, "the first column counts the points and was not used"]
    if not paths:
        return None
    check_path_count(len(paths))
    return Reading([DrawnPath(_finite(path, number)) for number, path in enumerate(paths, 1)], notes=notes)


def _counts(column: list[float]) -> bool:
    """Whether a column is 0, 1, 2, … or 1, 2, 3, …"""
    return column[0] in (0.0, 1.0) and len(column) > 1 and all(b - a == 1 for a, b in pairwise(column))


def _finite(path: list[list[float]], number: int) -> FloatArray:
    """Converts rows to ``[P, 2]``. NaN is a hidden point, infinity an error."""
    points = np.array(path, dtype=np.float64).reshape(-1, 2)
    for index, axis in np.argwhere(np.isinf(points)):
        raise ValueError(
            f"expected finite numbers, got {'xy'[axis]} = inf at point {index + 1} of path {number}: "
            "correct or delete this point"
        )
    return points


def _read_names(line: str) -> list[str] | None:
    """Reads the line of names above a table. Returns None if the line holds no x and y."""
    if re.search(r"[\[\](){}]", line):
        return None
    names = [re.sub(r"[ \t.]+", "_", cell.lower()) for cell in _cells(line)]
    known = {"x" if name in _X else "y" if name in _Y else name for name in names}
    if len(names) < 2 or not ({"x", "y"} <= known or sum(bool(_WIDE.match(name)) for name in names) >= 2):
        return None
    return ["x" if name in _X else "y" if name in _Y else name for name in names]


def _read_named(names: list[str], lines: list[str]) -> Reading:
    """Reads rows under their names. Columns x1, y1, x2, y2 are two paths."""
    wide = sorted({int(match[2]) for match in map(_WIDE.match, names) if match})
    used = {"x", "y", *TIME_KEYS, *VISIBLE_KEYS, *HIDDEN_KEYS, *TRACK_KEYS, *_INDEX}
    unused = [name for name in names if name not in used and not _WIDE.match(name)]
    records: list[dict[str, object]] = []
    part = 0
    for number, line in enumerate(lines, 2):
        if not line:
            part += 1
            continue
        cells = _cells(line)
        if len(cells) != len(names):
            raise ValueError(
                f"expected {len(names)} values in every line, got {len(cells)} in line {number}: write "
                f"{', '.join(names)[:80]}"
            )
        row: dict[str, object] = {name: cell if cell else None for name, cell in zip(names, cells, strict=True)}
        row = {name: value for name, value in row.items() if name not in _INDEX and name not in unused}
        if "x" in row and "y" in row:
            records.append(row if not TRACK_KEYS.isdisjoint(row) else {**row, "track": part})
        timed = {name: value for name, value in row.items() if name in TIME_KEYS}
        for column in wide:
            pair = {axis: row.get(f"{axis}{column}", row.get(f"{axis}_{column}")) for axis in "xy"}
            records.append({**pair, **timed, "track": column})
    if not records:
        raise ValueError(f"expected lines of numbers under {', '.join(names)[:80]}, got none: add one line per point")
    reading = group_records(records)
    if unused:
        reading.notes.append(f"columns without a use: {', '.join(unused)[:60]}")
    return reading


def read_keyframes(text: str) -> Reading:
    """Reads keyframes that were copied in After Effects: a head with the size, and tables of frames and pixels.

    Raises:
        ValueError: no table has columns of X and Y pixels.
    """
    sides = [re.search(rf"^\s*Source {side}\s+(\d+)", text, re.MULTILINE) for side in ("Width", "Height")]
    reading = Reading(canvas=read_canvas(*(float(side[1]) if side else 0.0 for side in sides)))
    for table in re.finditer(
        r"^[ \t]*Frame[ \t]+X pixels[ \t]+Y pixels[^\n]*\n((?:[ \t]*[-+\d.][^\n]*\n?)*)", text, re.MULTILINE
    ):
        rows = [_ANY_NUMBER.findall(line)[:3] for line in table[1].splitlines()]
        if not rows or any(len(row) < 3 for row in rows):
            continue
        values = np.array(rows, dtype=np.float64)
        path, notes = time_points(values[:, 1:], len(reading.paths) + 1, values[:, 0].tolist())
        reading.paths.append(path)
        reading.notes += notes
    if not reading.paths:
        raise ValueError(
            "expected keyframes with the columns Frame, X pixels, Y pixels, got none: select Position in After "
            "Effects, then copy"
        )
    return reading
