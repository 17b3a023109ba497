"""The nodes. Each one defines a schema and calls ``tora_core``. Only ``host/`` imports ComfyUI's internals."""

from comfy_api.latest import ComfyExtension, io


class ToraExtension(ComfyExtension):
    """The extension that ComfyUI loads."""

    async def on_load(self) -> None:
        from .host.files import register_model_folders

        register_model_folders()

    async def get_node_list(self) -> list[type[io.ComfyNode]]:
        from . import evaluation, flow, model, motion, paths, sampling, toy

        modules = (paths, flow, motion, model, sampling, evaluation, toy)
        return [node for module in modules for node in module.NODES]
