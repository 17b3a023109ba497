"""Schema in, one call into tora_core, socket out. One file per wing; only host/ knows ComfyUI's inside."""

from pathlib import Path

import folder_paths
from comfy_api.latest import ComfyExtension, io

MODEL_FOLDERS = {"tora": "tora", "tora_cogvideo": "CogVideo"}
"""Folders of models/ that the loaders list; CogVideo holds what users of an earlier port already have."""


class ToraExtension(ComfyExtension):
    """What ComfyUI loads."""

    async def on_load(self) -> None:
        for name, folder in MODEL_FOLDERS.items():
            folder_paths.add_model_folder_path(name, str(Path(folder_paths.models_dir) / folder))
        # There, so that people see where the adapters go.
        (Path(folder_paths.models_dir) / MODEL_FOLDERS["tora"]).mkdir(parents=True, exist_ok=True)

    async def get_node_list(self) -> list[type[io.ComfyNode]]:
        from . import evaluation, flow, model, motion, paths, sampling, toy

        wings = (paths, flow, motion, model, sampling, evaluation, toy)
        return [node for wing in wings for node in wing.NODES]
