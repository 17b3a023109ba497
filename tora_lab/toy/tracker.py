"""Where the sprites of a toy video are: centres of their colours, exact to a few hundredths of a pixel."""

from __future__ import annotations

import re

import numpy as np
import torch
from torch import Tensor

from tora_core.evaluation.trajectory_error import TrajectoryError, trajectory_error
from tora_core.paths.trajectories import Size, Trajectories
from tora_core.toy.text import COLOURS

_LEAST_AREA_PX = 20.0
"""Below it a sprite is not there; the smallest one covers 160 px."""
_SURE, _NONE = 0.8, 0.2
"""How far from grey towards its colour a pixel is that counts whole, and one that does not count."""


def prompt_colours(prompt: str) -> list[str]:
    """The colours that a prompt names, in its order."""
    return [word for word in re.findall(r"[a-z]+", prompt.lower()) if word in COLOURS]


def sprite_centres(video: Tensor, colours: list[str]) -> Trajectories:
    """Centres of all that has a colour, ``[T, N, 2]`` px; invisible where there is next to nothing of it.

    Args:
        video: ``[T, H, W, 3]`` uint8.
        colours: of ``COLOURS``.
    """
    frames, height, width, _ = video.shape
    chroma = _chroma(video.double())  # [T, H, W, 2]
    y, x = torch.meshgrid(torch.arange(height), torch.arange(width), indexing="ij")
    hues = {name: _chroma(torch.tensor(rgb, dtype=torch.float64)) for name, rgb in COLOURS.items()}
    # How much of each colour a pixel has; it belongs to the one it has most of.
    likeness = torch.stack([chroma @ hue / (hue @ hue) for hue in hues.values()], dim=-1)  # [T, H, W, colours]
    cosine = torch.stack([chroma @ hue / hue.norm() for hue in hues.values()], dim=-1)
    nearest = cosine.argmax(dim=-1)
    points_px = np.zeros((frames, len(colours), 2))
    visible = np.zeros((frames, len(colours)), dtype=bool)
    for number, colour in enumerate(colours):
        index = list(hues).index(colour)
        weight = ((likeness[..., index] - _NONE) / (_SURE - _NONE)).clamp(0, 1) * (nearest == index)
        area = weight.sum(dim=(1, 2))
        visible[:, number] = (area >= _LEAST_AREA_PX).numpy()
        centre = torch.stack([(weight * axis).sum(dim=(1, 2)) / area.clamp(min=1) for axis in (x, y)], dim=-1)
        points_px[:, number] = centre.numpy()
    return Trajectories(points_px, visible, Size(width, height))


def toy_error(video: Tensor, wanted: Trajectories, prompt: str) -> TrajectoryError:
    """TrajError of a toy video's sprites: the first one that the prompt names belongs on the leftmost path.

    Raises:
        ValueError: more paths than sprites.
    """
    found = sprite_centres(video, prompt_colours(prompt))
    starts_x = wanted.points_px[0, :, 0]
    if found.points_px.shape[1] < len(starts_x):
        raise ValueError(f"expected a sprite for each of {len(starts_x)} paths, got {prompt!r}: name more of them")
    order = starts_x.argsort(kind="stable").argsort()  # of each path, counted from the left
    return trajectory_error(wanted, Trajectories(found.points_px[:, order], found.visible[:, order], found.canvas))


def _chroma(rgb: Tensor) -> Tensor:
    """The two axes of colour beside brightness, ``[..., 3]`` -> ``[..., 2]``."""
    axes = torch.tensor([[2.0, -1.0, -1.0], [0.0, 1.0, -1.0]], dtype=rgb.dtype) / torch.tensor([[6.0**0.5], [2.0**0.5]])
    return rgb @ axes.T
