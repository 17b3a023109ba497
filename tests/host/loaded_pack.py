"""Fixtures that import the pack as ComfyUI does, in this process."""

from __future__ import annotations

import asyncio
import importlib.util
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pytest
from comfyui import COMFYUI, PACK

PACK_NAME = "custom_nodes_comfyui_tora"


@pytest.fixture(scope="session")
def comfyui() -> Path:
    assert COMFYUI is not None
    return COMFYUI


@pytest.fixture(scope="session")
def pack(comfyui: Path, tmp_path_factory: pytest.TempPathFactory) -> SimpleNamespace:
    """Imports the pack as ComfyUI does, with the host's real modules, on the CPU."""
    sys.path.insert(0, str(comfyui))
    import comfy.cli_args

    comfy.cli_args.args.cpu = True
    import folder_paths

    folder_paths.models_dir = str(tmp_path_factory.mktemp("models"))
    spec = importlib.util.spec_from_file_location(
        PACK_NAME, PACK / "__init__.py", submodule_search_locations=[str(PACK)]
    )
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[PACK_NAME] = module
    spec.loader.exec_module(module)

    def part(name: str) -> ModuleType:
        return importlib.import_module(f"{PACK_NAME}.{name}")

    extension = asyncio.run(module.comfy_entrypoint())
    asyncio.run(extension.on_load())
    return SimpleNamespace(
        part=part,
        extension=extension,
        base=part("nodes.host.base"),
        loading=part("nodes.host.loading"),
        encoding=part("nodes.host.encoding"),
        device=part("nodes.host.device"),
        steering=part("nodes.host.steering"),
        files=part("nodes.host.files"),
        sockets=part("nodes.host.sockets"),
    )
