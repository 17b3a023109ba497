"""Results files: JSON lines, one row per measured video."""

from __future__ import annotations

import json
from pathlib import Path

from .measuring import Row

_FIRST_KEY = '{"name": '
"""Start of every line of a results file. A file with another start was not written by this command."""


def read_results(out: Path) -> list[Row]:
    """Reads the rows of a results file and removes an incomplete last line of an interrupted run.

    Raises:
        ValueError: the file is not a results file of this command. The file stays unchanged.
    """
    if not out.exists():
        return []
    whole, _, rest = out.read_bytes().rpartition(b"\n")
    lines = whole.decode(errors="replace").split("\n") if whole else []
    start = rest[: len(_FIRST_KEY)].decode(errors="replace")
    try:
        if not all(line.startswith(_FIRST_KEY) for line in lines) or not _FIRST_KEY.startswith(start):
            raise ValueError(f"a line does not start with {_FIRST_KEY}")
        rows = [_parse_row(line) for line in lines]
    except ValueError as error:
        raise ValueError(f"expected a results file of this command, got {out} ({error}): give another --out") from error
    if rest:
        with out.open("r+b") as file:
            file.truncate(len(whole) + 1 if lines else 0)
    return rows


def _parse_row(line: str) -> Row:
    try:
        row: Row = json.loads(line)
    except ValueError as error:
        raise ValueError("a line is not valid JSON") from error
    if missing := sorted({"video", "tracks", "error"} - row.keys()):
        raise ValueError(f"a line has no {', '.join(missing)}")
    return row
