"""Writes the English node texts from the nodes' schemas: ``python -m scripts.write_locales COMFYUI``.

The result is ``locales/en/nodeDefs.json``. Other languages are translated by hand. ComfyUI shows English where a
translation is missing.
"""

from __future__ import annotations

import asyncio
import importlib
import importlib.util
import json
import sys
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
FILE = ROOT / "locales" / "en" / "nodeDefs.json"
COMMAND = "python -m scripts.write_locales COMFYUI"


def node_texts(nodes: list[Any]) -> str:
    """Builds the JSON with the nodes' texts that ComfyUI's client reads."""
    return json.dumps({node.GET_SCHEMA().node_id: _list_texts(node.GET_SCHEMA()) for node in nodes}, indent=2) + "\n"


def _list_texts(schema: Any) -> dict[str, Any]:
    """Lists the name, description, inputs and outputs of one node."""
    return {
        "display_name": schema.display_name,
        "description": schema.description,
        "inputs": {each.id: _list_input_texts(each) for each in schema.inputs},
        "outputs": {
            str(index): {"name": each.display_name} | ({"tooltip": each.tooltip} if each.tooltip else {})
            for index, each in enumerate(schema.outputs)
        },
    }


def _list_input_texts(each: Any) -> dict[str, str]:
    """Lists the texts of an input. One with a widget of our own explains itself; a tooltip would cover it."""
    own_widget = "widgetType" in (getattr(each, "extra_dict", None) or {})
    return {"name": each.id} | ({} if own_widget else {"tooltip": each.tooltip})


def _read_texts(comfyui: Path) -> str:
    """Loads the pack in the way ComfyUI loads it, and returns its nodes' texts as JSON."""
    sys.path.insert(0, str(comfyui))
    cli_args: Any = importlib.import_module("comfy.cli_args")
    cli_args.args.cpu = True
    name = "comfyui_tora_texts"
    spec = importlib.util.spec_from_file_location(name, ROOT / "__init__.py", submodule_search_locations=[str(ROOT)])
    assert spec is not None and spec.loader is not None
    module = sys.modules[name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    extension = asyncio.run(module.comfy_entrypoint())
    folder_paths: Any = importlib.import_module("folder_paths")
    with tempfile.TemporaryDirectory() as models:
        folder_paths.models_dir = models  # the pack creates its model folder there
        asyncio.run(extension.on_load())
        return node_texts(asyncio.run(extension.get_node_list()))


def main() -> None:
    if len(sys.argv) != 2 or not (Path(sys.argv[1]) / "comfy").is_dir():
        sys.exit(f"usage: {COMMAND}, where COMFYUI is the folder of a ComfyUI checkout")
    FILE.write_text(_read_texts(Path(sys.argv[1])), encoding="utf-8")


if __name__ == "__main__":
    main()
