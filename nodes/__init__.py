"""The nodes: schema in, one call into ``tora_core``, socket out. Only ``host/`` knows ComfyUI's inside."""

from comfy_api.latest import ComfyExtension, io


class ToraExtension(ComfyExtension):
    """What ComfyUI loads."""

    async def on_load(self) -> None:
        from .host.files import register_model_folders

        register_model_folders()

    async def get_node_list(self) -> list[type[io.ComfyNode]]:
        from . import evaluation, flow, model, motion, paths, sampling, toy

        wings = (paths, flow, motion, model, sampling, evaluation, toy)
        return [node for wing in wings for node in wing.NODES]
