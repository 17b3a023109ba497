"""A video as the pack passes it around: its size, and the check that every function on videos begins with."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor


class Size(NamedTuple):
    """A width and a height, in pixels or in canvas units."""

    width: int
    height: int

    def __str__(self) -> str:
        return f"{self.width}x{self.height}"


def check_video(video: Tensor, min_frames: int = 1, min_side_px: int = 1) -> Size:
    """Checks that a tensor is a video in host memory and returns its size.

    Args:
        video: expected as ``[T, H, W, 3]`` uint8 RGB on the CPU.
        min_frames: fewest frames that the caller can use.
        min_side_px: shortest side that the caller can use.

    Raises:
        ValueError: the layout, type or device is another one, or the video is too short or too small.
    """
    if video.ndim != 4 or video.shape[-1] != 3 or video.dtype != torch.uint8 or video.device.type != "cpu":
        got = f"{tuple(video.shape)} of {str(video.dtype).removeprefix('torch.')} on {video.device}"
        raise ValueError(
            f"expected a video [T, H, W, 3] of uint8 on the CPU, got {got}: scale 0..1 by 255 and round it"
        )
    frames, height, width, _ = video.shape
    if frames < min_frames:
        raise ValueError(f"expected at least {min_frames} frames, got {frames}: use a longer video")
    if min(height, width) < min_side_px:
        raise ValueError(f"expected sides of at least {min_side_px} px, got {width}x{height}: enlarge the video")
    return Size(width, height)


def check_matches(video: Tensor, frames: int, size: Size) -> None:
    """Checks that a video has the frames and the size of the trajectories it is used with.

    Raises:
        ValueError: the number of frames or the size differs; names both.
    """
    got_size = check_video(video)
    if (len(video), got_size) != (frames, size):
        raise ValueError(
            f"expected a video of {frames} frames of {size} (the trajectories), got {len(video)} frames of {got_size}: "
            "sample the paths once per frame, in pixels of this video"
        )
