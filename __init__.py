"""ComfyUI-Tora: drawn paths steer ComfyUI's native CogVideoX. Registers the pack and does no other work at import."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from comfy_api.latest import ComfyExtension

WEB_DIRECTORY = "./web"


async def comfy_entrypoint() -> ComfyExtension:
    """Called by ComfyUI when it loads the pack.

    Raises:
        RuntimeError: this ComfyUI is too old. The host shows the text in its log.
    """
    from importlib.util import find_spec

    if find_spec("comfy.ldm.cogvideo") is None:
        raise RuntimeError("this ComfyUI has no native CogVideoX, which Tora needs: update ComfyUI to 0.22 or newer")
    from .nodes import ToraExtension

    return ToraExtension()
