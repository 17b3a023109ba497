"""Dense flow by the host's OPTICAL_FLOW model, torchvision's RAFT."""

from __future__ import annotations

from typing import Any

import comfy.model_management
import torch
import torch.nn.functional as F
from torch import Tensor

from ...tora_core.flow.optical_flow import check_video
from .memory import Progress

_MULTIPLE = 8
"""RAFT's sides are multiples of it."""
_BYTES_PER_PIXEL = 600
"""Besides the correlation of all pairs; 370 to 550 measured on a CPU in float32."""


def raft_flow(patcher: Any, video: Tensor) -> Tensor:
    """``[T, H, W, 3]`` uint8 -> displacements ``[T, H, W, 2]`` as ``optical_flow`` gives them, frame 0 zero.

    Raises:
        ValueError: fewer than two frames, or a video too small for RAFT.
    """
    check_video(video, 16 * _MULTIPLE)
    frames, height, width, _ = video.shape
    # All pairs of places at an eighth of the size, in float32, and a pyramid over them that adds a third.
    correlation = 16 / 3 * (height * width / _MULTIPLE**2) ** 2
    required = correlation + _BYTES_PER_PIXEL * height * width
    comfy.model_management.load_models_gpu([patcher], memory_required=required)
    device, progress = patcher.load_device, Progress()
    padding = (0, -width % _MULTIPLE, 0, -height % _MULTIPLE)
    flow = torch.zeros(frames, height, width, 2)

    def picture(index: int) -> Tensor:
        unit = video[index].to(device).permute(2, 0, 1)[None].float() / 255  # [1, C, H, W]
        return F.pad(unit * 2 - 1, padding, mode="replicate")

    with torch.no_grad():
        for index in range(frames - 1):
            found = patcher.model(picture(index), picture(index + 1))[-1]  # [1, 2, H, W]
            flow[index + 1] = found[0, :, :height, :width].permute(1, 2, 0).cpu()
            progress(index + 1, frames - 1)
    return flow
