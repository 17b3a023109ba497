"""Fixtures that import the pack as ComfyUI does, in this process."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest
from comfyui import COMFYUI

from benchmarks.host import import_pack


@pytest.fixture(scope="session")
def comfyui() -> Path:
    assert COMFYUI is not None
    return COMFYUI


@pytest.fixture(scope="session")
def pack(comfyui: Path, tmp_path_factory: pytest.TempPathFactory) -> SimpleNamespace:
    """Imports the pack as ComfyUI does, with the host's real modules, on the CPU."""
    return import_pack(comfyui, tmp_path_factory.mktemp("models"), cpu=True)
