"""The pack in a real ComfyUI, imported into this process as ComfyUI imports it. For benchmarks and tests."""

from __future__ import annotations

import asyncio
import importlib
import importlib.util
import os
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace

PACK = Path(__file__).parents[1]
PACK_NAME = "custom_nodes_comfyui_tora"


def find_comfyui() -> Path | None:
    """Finds ComfyUI: ``COMFYUI_PATH``, the one whose custom_nodes/ holds this pack, or comfy-cli's default folder."""
    places = [PACK.parents[1], Path.home() / "comfy" / "ComfyUI"]
    if named := os.environ.get("COMFYUI_PATH"):
        places.insert(0, Path(named))
    return next((place for place in places if (place / "main.py").is_file() and (place / "comfy").is_dir()), None)


def import_pack(comfyui: Path, models: Path, cpu: bool) -> SimpleNamespace:
    """Imports the pack with the host's real modules.

    Args:
        comfyui: folder of ComfyUI.
        models: folder for models, in place of ComfyUI's own.
        cpu: start the host as with ``--cpu``.

    Returns:
        The extension, the files of ``nodes/host``, and ``part(name)``, which imports any module of the pack.
    """
    if str(PACK) in sys.path:  # our nodes/ must not shadow ComfyUI's nodes.py
        sys.path.remove(str(PACK))
    sys.path[:] = [str(comfyui), *sys.path, str(PACK)]
    import comfy.cli_args

    comfy.cli_args.args.cpu = cpu
    import folder_paths

    folder_paths.models_dir = str(models)
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
    files = ("base", "loading", "encoding", "device", "steering", "files", "sockets")
    return SimpleNamespace(part=part, extension=extension, **{name: part(f"nodes.host.{name}") for name in files})
