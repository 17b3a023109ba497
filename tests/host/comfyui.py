"""The path of this pack, and of the ComfyUI that it is tested in."""

from __future__ import annotations

from benchmarks.host import PACK, find_comfyui

__all__ = ["COMFYUI", "PACK"]

COMFYUI = find_comfyui()
