"""ComfyUI-Tora: drawn paths steer ComfyUI's native CogVideoX. Registers the pack; work waits for a run."""

WEB_DIRECTORY = "./web"


async def comfy_entrypoint():
    """Called by ComfyUI once the pack is found."""
    from .nodes import ToraExtension

    return ToraExtension()
