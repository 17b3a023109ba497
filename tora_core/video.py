"""The size of a video, and checks of video tensors."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

MAX_SIDE = 16384
"""Longest side of a canvas, in its units."""


class Size(NamedTuple):
    """A width and a height, in pixels or in canvas units."""

    width: int
    height: int

    def __str__(self) -> str:
        return f"{self.width}x{self.height}"


def check_video(video: Tensor, min_frames: int = 1, min_side_px: int = 1) -> Size:
    """Checks that a tensor is a video in system RAM, and returns its size.

    Args:
        video: must be ``[T, H, W, 3]`` uint8 RGB on the CPU.
        min_frames: smallest number of frames that the caller can use.
        min_side_px: shortest side that the caller can use.

    Raises:
        ValueError: the layout, type or device is wrong, or the video is too short or too small.
    """
    if video.ndim != 4 or video.shape[-1] != 3 or video.dtype != torch.uint8 or video.device.type != "cpu":
        got = f"{tuple(video.shape)} of {str(video.dtype).removeprefix('torch.')} on {video.device}"
        raise ValueError(
            f"expected a video [T, H, W, 3] of uint8 on the CPU, got {got}: use RGB frames, multiply values in 0..1 by "
            "255, convert them to uint8 and move the tensor to the CPU"
        )
    frames, height, width, _ = video.shape
    if frames < min_frames:
        raise ValueError(f"expected at least {min_frames} frames, got {frames}: use a longer video")
    if min(height, width) < min_side_px:
        raise ValueError(f"expected sides of at least {min_side_px} px, got {width}x{height}: enlarge the video")
    return Size(width, height)


def check_matches(video: Tensor, frames: int, size: Size) -> None:
    """Checks that a video has the same number of frames and the same size as its trajectories.

    Raises:
        ValueError: the number of frames or the size differs. The message states both.
    """
    got_size = check_video(video)
    if (len(video), got_size) != (frames, size):
        raise ValueError(
            f"expected a video of {frames} frames of {size}, as the trajectories have, got {len(video)} frames of "
            f"{got_size}: create the paths with the frames and the size of this video"
        )
