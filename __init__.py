"""ComfyUI-Tora: drawn paths steer ComfyUI's native CogVideoX. Registers the pack and does no other work at import."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from comfy_api.latest import ComfyExtension

WEB_DIRECTORY = "./web"


async def comfy_entrypoint() -> ComfyExtension:
    """Called by ComfyUI when it loads the pack."""
    from .nodes import ToraExtension

    return ToraExtension()
