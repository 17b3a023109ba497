"""Pictures that nodes draw on, and pictures that the browser shows while a workflow stands open."""

from __future__ import annotations

from typing import Any

import comfy.utils
import torch
from comfy_api.latest import ui
from torch import Tensor

from ...tora_core.paths.trajectories import Size


def frame(image: Tensor | None, size: Size) -> Tensor:
    """The first picture of an IMAGE, cropped to the video's size; white without one. ``[H, W, 3]`` uint8."""
    if image is None:
        return torch.full((size.height, size.width, 3), 255, dtype=torch.uint8)
    fitted = comfy.utils.common_upscale(
        image[:1, ..., :3].movedim(-1, 1), size.width, size.height, "bilinear", "center"
    )
    return (fitted[0].movedim(0, -1).clamp(0, 1) * 255).round().to(torch.uint8).cpu()


def save_temporary(image: Tensor, node: Any) -> list[dict[str, str]]:
    """Saves a picture in the temp folder; returns where the browser finds it."""
    return ui.PreviewImage(image, cls=node).as_dict()["images"]
