"""Dense flow with the host's OPTICAL_FLOW model, torchvision's RAFT."""

from __future__ import annotations

from typing import Any

import comfy.model_management
from torch import Tensor

from ...tora_core.flow.optical_flow import Quality, optical_flow
from ...tora_core.flow.raft import raft_bytes, raft_flow
from .device import ProgressBar


def estimate_flow(patcher: Any, video: Tensor, quality: Quality) -> Tensor:
    """Estimates the flow ``[T, H, W, 2]`` of a video ``[T, H, W, 3]`` uint8.

    Args:
        patcher: the host's RAFT model. None uses OpenCV's DIS.
        video: at least two frames.
        quality: of DIS. RAFT has one quality.

    Raises:
        ValueError: the video is too short or too small.
    """
    if patcher is None:
        return optical_flow(video, ProgressBar(), quality)
    _, height, width, _ = video.shape
    comfy.model_management.load_models_gpu([patcher], memory_required=raft_bytes(height, width))
    return raft_flow(patcher.model, video, patcher.load_device, ProgressBar())
