"""Dense optical flow of a video by RAFT (Teed and Deng, ECCV 2020), with torchvision's model."""

from __future__ import annotations

import itertools
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from ..progress import ProgressCallback
from ..video import check_video

SIDE_MULTIPLE = 8
"""RAFT needs sides that are multiples of this number. ``raft_flow`` pads the frames."""
MIN_SIDE_PX = 16 * SIDE_MULTIPLE
_BYTES_PER_PIXEL = 600
"""Memory in addition to the all-pairs correlation. 370 to 550 bytes were measured on a CPU in float32."""


@torch.no_grad()
def raft_flow(
    model: Any, video: Tensor, device: torch.device | str = "cpu", progress: ProgressCallback | None = None
) -> Tensor:
    """Estimates the flow between neighbouring frames at full resolution.

    Args:
        model: torchvision's ``raft_large`` or ``raft_small``, in eval mode on ``device``.
        video: ``[T, H, W, 3]`` uint8 on the CPU, T >= 2.
        device: device of the model.
        progress: called with (done, total) after each pair of frames.

    Returns:
        ``[T, H, W, 2]`` displacements in the layout of ``optical_flow``. Frame 0 is zero.

    Raises:
        ValueError: the layout is wrong, or the video has fewer than two frames or is too small for RAFT.
    """
    width, height = check_video(video, min_frames=2, min_side_px=MIN_SIDE_PX)
    padding = (0, -width % SIDE_MULTIPLE, 0, -height % SIDE_MULTIPLE)
    flow = torch.zeros(len(video), height, width, 2)
    pictures = (_to_input(frame, device, padding) for frame in video)
    for index, (first, second) in enumerate(itertools.pairwise(pictures), 1):
        found = model(first, second)[-1]  # [1, 2, H, W]
        flow[index] = found[0, :, :height, :width].permute(1, 2, 0).cpu()
        if progress is not None:
            progress(index, len(video) - 1)
    return flow


def raft_bytes(height: int, width: int) -> float:
    """Estimates the memory in bytes for one pair of frames."""
    # All pairs of positions at an eighth of the size, in float32. The pyramid adds a third.
    correlation = 16 / 3 * (height * width / SIDE_MULTIPLE**2) ** 2
    return correlation + _BYTES_PER_PIXEL * height * width


def _to_input(frame: Tensor, device: torch.device | str, padding: tuple[int, ...]) -> Tensor:
    """Converts a frame ``[H, W, 3]`` uint8 to ``[1, 3, H, W]`` in -1..1 and pads it."""
    unit = frame.to(device).permute(2, 0, 1)[None].float() / 255
    return F.pad(unit * 2 - 1, padding, mode="replicate")
