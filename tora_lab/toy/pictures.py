"""Enlarged pictures of the toy's clips with their paths: for the demo, the gallery and the figure of the pipeline."""

from __future__ import annotations

import torch
from torch import Tensor

from tora_core.evaluation.overlay import Style, draw_trajectories
from tora_core.flow.flow_color import flow_video
from tora_core.flow.flow_map import flow_boxes
from tora_core.paths.trajectories import Size, Trajectories

SCALE = 5
_STYLE = Style(width=0.8)


def draw_flow(trajectories: Trajectories, scale: int = SCALE) -> Tensor:
    """Draws paths over their flow video, ``[T, H, W, 3]`` uint8, enlarged."""
    return draw_paths(flow_video(flow_boxes(trajectories)), trajectories, scale)


def draw_paths(video: Tensor, trajectories: Trajectories, scale: int = SCALE, style: Style = _STYLE) -> Tensor:
    """Enlarges a video ``[T, H, W, 3]`` uint8 and draws paths over it."""
    size = Size(*(scale * side for side in trajectories.canvas))
    return draw_trajectories(enlarge(video, scale), trajectories.fit_to(size), style)


def enlarge(video: Tensor, scale: int = SCALE) -> Tensor:
    """Enlarges a video ``[T, H, W, 3]`` uint8 with a smooth filter."""
    planes = video.permute(0, 3, 1, 2).float()  # [T, 3, H, W]
    large = torch.nn.functional.interpolate(planes, scale_factor=scale, mode="bicubic")
    return large.clamp(0, 255).round().to(torch.uint8).permute(0, 2, 3, 1)
