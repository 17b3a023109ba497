"""Fixtures of the GPU tests. Without CUDA all of them are skipped. At the end they write ``gpu_report.md``."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch
from comfyui import COMFYUI
from report import Report

from benchmarks.checkpoint import Files, write_checkpoint
from benchmarks.host import import_pack

_PLUGIN = "gpu report"


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.register(Report(), _PLUGIN)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if not torch.cuda.is_available():
        for item in items:
            if Path(__file__).parent in item.path.parents:
                item.add_marker(pytest.mark.skip(reason="no CUDA on this machine"))


@pytest.fixture
def record(pytestconfig: pytest.Config) -> Callable[[str, str], None]:
    """Adds a figure to the report."""
    report: Report = pytestconfig.pluginmanager.get_plugin(_PLUGIN)
    return report.add_figure


@pytest.fixture(scope="session")
def comfyui() -> Path:
    if COMFYUI is None:
        pytest.skip("no ComfyUI at COMFYUI_PATH, two folders up or ~/comfy/ComfyUI")
    return COMFYUI


@pytest.fixture(scope="session")
def pack(comfyui: Path, tmp_path_factory: pytest.TempPathFactory) -> SimpleNamespace:
    """Imports the pack as ComfyUI does, with the host's real modules, on the GPU."""
    return import_pack(comfyui, tmp_path_factory.mktemp("models"), cpu=False)


@pytest.fixture(scope="session")
def deep_files(tmp_path_factory: pytest.TempPathFactory) -> Files:
    """Writes a random CogVideoX and adapter with many narrow blocks: their motion is larger than anything else."""
    folder = tmp_path_factory.mktemp("deep")
    return write_checkpoint(folder, layers=40, heads=4, text_channels=64, with_vae=False)


@pytest.fixture(scope="session")
def wide_files(tmp_path_factory: pytest.TempPathFactory) -> Files:
    """Writes a random CogVideoX and adapter of the real width, with few blocks: 1 GB."""
    return write_checkpoint(tmp_path_factory.mktemp("wide"), layers=4, text_channels=64, with_vae=False)
