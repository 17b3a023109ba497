"""The path of this pack, and of the ComfyUI that it is tested in."""

from __future__ import annotations

import os
from pathlib import Path

PACK = Path(__file__).parents[2]


def find_comfyui() -> Path | None:
    """Finds ComfyUI: ``COMFYUI_PATH``, the one whose custom_nodes/ holds this pack, or comfy-cli's default folder."""
    places = [PACK.parents[1], Path.home() / "comfy" / "ComfyUI"]
    if named := os.environ.get("COMFYUI_PATH"):
        places.insert(0, Path(named))
    return next((place for place in places if (place / "main.py").is_file() and (place / "comfy").is_dir()), None)


COMFYUI = find_comfyui()
