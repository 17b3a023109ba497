"""The page that the GPU tests write: the machine, the measured figures, and the result of each test."""

from __future__ import annotations

import importlib.metadata
import platform
import subprocess
from pathlib import Path
from typing import NamedTuple

import pytest
import torch

FILE = Path("gpu_report.md")
_PACKAGES = ("torch", "triton", "diffusers", "safetensors", "comfy-aimdo", "comfy-kitchen")


class _Result(NamedTuple):
    test: str
    outcome: str
    seconds: float
    reason: str


class Report:
    """A plugin of pytest that collects results and figures."""

    def __init__(self) -> None:
        self._results: list[_Result] = []
        self._figures: list[tuple[str, str]] = []

    def add_figure(self, what: str, value: str) -> None:
        """Adds a measured figure, with its unit."""
        self._figures.append((what, value))

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.when == "call" or report.outcome != "passed":
            reason = "" if report.passed else report.longreprtext.strip().splitlines()[-1].replace("|", "\\|")
            name = report.nodeid.rpartition("/")[2]
            self._results.append(_Result(name, report.outcome, report.duration, reason))

    def pytest_sessionfinish(self) -> None:
        if torch.cuda.is_available() and self._results:
            FILE.write_text(self.text)

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        if torch.cuda.is_available() and self._results:
            terminalreporter.write_line(f"the report is in {FILE.resolve()}")

    @property
    def text(self) -> str:
        """The page in Markdown."""
        card = torch.cuda.get_device_properties(0)
        lines = [
            f"# ComfyUI-Tora on {card.name}",
            "",
            f"{card.total_memory / 1e9:.1f} GB, compute {card.major}.{card.minor}, CUDA {torch.version.cuda} "
            f"(driver {_find_driver()}), {platform.system()}, Python {platform.python_version()}",
            "",
            ", ".join(f"{name} {version}" for name in _PACKAGES if (version := _find_version(name))),
            "",
            "| figure | value |",
            "| --- | --- |",
            *(f"| {what} | {value} |" for what, value in self._figures),
            "",
            "| test | result | seconds | reason |",
            "| --- | --- | --- | --- |",
            *(f"| {name} | {outcome} | {seconds:.1f} | {reason} |" for name, outcome, seconds, reason in self._results),
        ]
        return "\n".join(lines) + "\n"


def _find_driver() -> str:
    command = ["nvidia-smi", "--query-gpu=driver_version", "--format=csv,noheader", "--id=0"]
    try:
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return "unknown"


def _find_version(package: str) -> str | None:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None
