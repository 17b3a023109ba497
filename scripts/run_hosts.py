"""Runs the host tests on several ComfyUIs and prints a table: ``COMFYUI_PATHS=A:B python -m scripts.run_hosts``."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple


class HostResult(NamedTuple):
    """What one ComfyUI gave: its version, counts by outcome, and the names of the tests that failed."""

    version: str
    counts: dict[str, int]
    failed: list[str]


def main() -> None:
    places = [Path(place).expanduser() for place in os.environ.get("COMFYUI_PATHS", "").split(os.pathsep) if place]
    if not places:
        sys.exit("error: expected folders of ComfyUI in COMFYUI_PATHS, joined by ':', got none")
    results = [run_host(place, sys.argv[1:] or ["tests/host"]) for place in places]
    sys.stdout.write(format_table(results))
    sys.exit(any(result.failed or not result.counts.get("passed") for result in results))


def run_host(place: Path, tests: list[str]) -> HostResult:
    """Runs the tests with one ComfyUI. Its output is shown as it comes."""
    command = [sys.executable, "-m", "pytest", "-c", "tests/pytest.ini", "--rootdir", ".", "-rf", *tests]
    lines = []
    environment = os.environ | {"COMFYUI_PATH": str(place)}
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        for line in process.stdout:
            sys.stdout.write(line)
            sys.stdout.flush()
            lines.append(line)
    return read_result(read_version(place), lines)


def read_version(place: Path) -> str:
    """Reads the version of a ComfyUI. Raises FileNotFoundError if the folder holds none."""
    text = (place / "comfyui_version.py").read_text(encoding="utf-8")
    found = re.search(r"__version__ = \"([^\"]+)\"", text)
    return found[1] if found else "unknown"


def read_result(version: str, lines: list[str]) -> HostResult:
    """Reads counts and failed tests from pytest's output."""
    counts = {
        name: int(count) for count, name in re.findall(r"(\d+) (passed|failed|skipped|error)", "".join(lines[-3:]))
    }
    failed = [match[1] for line in lines if (match := re.match(r"(?:FAILED|ERROR) (\S+)", line))]
    return HostResult(version, counts, failed)


def format_table(results: list[HostResult]) -> str:
    """Writes the results as a Markdown table."""
    rows = [
        f"| {result.version} | {result.counts.get('passed', 0)} | {len(result.failed)} "
        f"| {result.counts.get('skipped', 0)} | {', '.join(result.failed)} |\n"
        for result in results
    ]
    return "| ComfyUI | passed | failed | skipped | what failed |\n| --- | --- | --- | --- | --- |\n" + "".join(rows)


if __name__ == "__main__":
    main()
