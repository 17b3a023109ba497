"""Which places of a latent move, and their weight in the loss."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

LEAST_MOTION_PX = 0.05
"""Least motion between two frames of a place that counts as moving."""


def find_moving(flow: Tensor, frames: int, height: int, width: int) -> Tensor:
    """Finds the places of a latent in which something moves, ``[T', h, w]`` bool.

    Args:
        flow: ``[T, H, W, 2]`` px.
        frames: latent frames T'. The first one holds one frame of the video, the others four.
        height: rows of the latent.
        width: columns of the latent.
    """
    moves = (flow.norm(dim=-1) > LEAST_MOTION_PX).float()[:, None]  # [T, 1, H, W]
    cells = F.adaptive_max_pool2d(moves, (height, width))[:, 0] > 0  # [T, h, w]
    if frames == 1:
        return cells.any(dim=0)[None]
    moving = torch.stack([cells[0], *(group.any(dim=0) for group in cells[1:].chunk(frames - 1))])
    moving[0] |= moving[1]  # flow begins with the second frame
    return moving


def weigh_moving(moving: Tensor, weight: float) -> Tensor:
    """Returns the weight of each place in the loss, ``[1, T', h, w]``, with mean 1. Moving places have more."""
    weights = 1 + weight * moving.float()
    return (weights / weights.mean())[None]
