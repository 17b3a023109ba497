"""Tracks the sprites of a toy video by the centres of their colours, with errors below 0.1 px in rendered scenes."""

from __future__ import annotations

import re

import numpy as np
import torch
from torch import Tensor

from tora_core.evaluation.trajectory_error import TrajectoryError, trajectory_error
from tora_core.paths.trajectories import Size, Trajectories
from tora_core.toy.text import COLOURS

_LEAST_AREA_PX = 20.0
"""Least area of a visible sprite, in square pixels. The smallest sprite covers 160."""
_SURE, _NONE = 0.8, 0.2
"""Likeness to a colour, from 0 (grey) to 1 (the colour), at which a pixel counts fully and not at all."""


def prompt_colours(prompt: str) -> list[str]:
    """Lists the colours in a prompt, in its order."""
    return [word for word in re.findall(r"[a-z]+", prompt.lower()) if word in COLOURS]


def sprite_centres(video: Tensor, colours: list[str]) -> Trajectories:
    """Finds the centre of each colour in each frame, ``[T, N, 2]`` px. A colour with too small an area is invisible.

    Args:
        video: ``[T, H, W, 3]`` uint8.
        colours: names from ``COLOURS``.
    """
    frames, height, width, _ = video.shape
    y, x = torch.meshgrid(torch.arange(height), torch.arange(width), indexing="ij")
    likeness = colour_likeness(video)
    points_px = np.zeros((frames, len(colours), 2))
    visible = np.zeros((frames, len(colours)), dtype=bool)
    for number, colour in enumerate(colours):
        index = list(COLOURS).index(colour)
        weight = ((likeness[..., index] - _NONE) / (_SURE - _NONE)).clamp(0, 1)
        area = weight.sum(dim=(1, 2))
        visible[:, number] = (area >= _LEAST_AREA_PX).numpy()
        centre = torch.stack([(weight * axis).sum(dim=(1, 2)) / area.clamp(min=1) for axis in (x, y)], dim=-1)
        points_px[:, number] = centre.numpy()
    return Trajectories(points_px, visible, Size(width, height))


def colour_likeness(video: Tensor) -> Tensor:
    """Computes how much each pixel has of each colour of ``COLOURS``, ``[T, H, W, colours]``: 0 is grey.

    A pixel belongs only to the colour with the nearest hue, so that similar colours do not mix.
    """
    chroma = _chroma(video.double())  # [T, H, W, 2]
    hues = [_chroma(torch.tensor(rgb, dtype=torch.float64)) for rgb in COLOURS.values()]
    likeness = torch.stack([chroma @ hue / (hue @ hue) for hue in hues], dim=-1)
    nearest = torch.stack([chroma @ hue / hue.norm() for hue in hues], dim=-1).argmax(dim=-1)
    return likeness * torch.nn.functional.one_hot(nearest, len(hues))


def toy_error(video: Tensor, wanted: Trajectories, prompt: str) -> TrajectoryError:
    """Computes the TrajError of a toy video. See ``track_sprites``."""
    return trajectory_error(wanted, track_sprites(video, wanted, prompt))


def track_sprites(video: Tensor, wanted: Trajectories, prompt: str) -> Trajectories:
    """Tracks the sprite of each path in a toy video; a tracker for ``tora_lab.evaluate``.

    Sprites in the prompt belong to the paths in the order of their first points, from left to right.

    Args:
        video: ``[T, H, W, 3]`` uint8.
        wanted: one path per sprite, in any order.
        prompt: the prompt that the video was sampled with.

    Raises:
        ValueError: there are more paths than sprites.
    """
    found = sprite_centres(video, prompt_colours(prompt))
    starts_x = wanted.points_px[0, :, 0]
    if found.points_px.shape[1] < len(starts_x):
        raise ValueError(f"expected a sprite for each of {len(starts_x)} paths, got {prompt!r}: name more sprites")
    order = starts_x.argsort(kind="stable").argsort()  # place of each path, counted from the left
    return Trajectories(found.points_px[:, order], found.visible[:, order], found.canvas)


def _chroma(rgb: Tensor) -> Tensor:
    """Projects RGB onto the two colour axes orthogonal to brightness, ``[..., 3]`` -> ``[..., 2]``."""
    axes = torch.tensor([[2.0, -1.0, -1.0], [0.0, 1.0, -1.0]], dtype=rgb.dtype) / torch.tensor([[6.0**0.5], [2.0**0.5]])
    return rgb @ axes.T
