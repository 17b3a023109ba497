"""Flow map -> flow video: the Middlebury colour wheel, normalised by one maximum over the clip."""

from __future__ import annotations

import math

import torch
from torch import Tensor

_ARCS = ((15, 0, 1, +1), (6, 1, 0, -1), (4, 1, 2, +1), (11, 2, 1, -1), (13, 2, 0, +1), (6, 0, 2, -1))
"""The wheel's arcs (Baker et al., IJCV 2011): steps, the channel that is full, the one that ramps, and which way."""


def flow_video(flow: Tensor) -> Tensor:
    """Colours displacements as torchvision's ``flow_to_image`` does, with one maximum over all frames.

    So absolute speed is lost: full colour is the clip's fastest pixel, and zero flow is white.

    Args:
        flow: ``[T, H, W, 2]`` displacements in pixels.

    Returns:
        ``[T, H, W, 3]`` uint8 RGB.
    """
    frames, height, width, axes = flow.shape
    if axes != 2:
        raise ValueError(f"expected a flow map [T, H, W, 2], got {tuple(flow.shape)}")
    wheel = colour_wheel(flow.device)
    fastest = max(float(frame.square().sum(-1).sqrt().max()) for frame in flow)
    video = torch.empty(frames, height, width, 3, dtype=torch.uint8, device=flow.device)
    for index, frame in enumerate(flow):  # a frame at a time, so that a clip needs no float copy of itself
        video[index] = _colour(frame / (fastest + torch.finfo(flow.dtype).eps), wheel)
    return video


def colour_wheel(device: torch.device | str = "cpu") -> Tensor:
    """The 55 colours of the wheel, ``[55, 3]`` in 0..1."""
    colours = torch.zeros(sum(steps for steps, *_ in _ARCS), 3)
    start = 0
    for steps, full, ramping, direction in _ARCS:
        ramp = torch.floor(255 * torch.arange(steps) / steps)
        colours[start : start + steps, full] = 255
        colours[start : start + steps, ramping] = ramp if direction > 0 else 255 - ramp
        start += steps
    return (colours / 255).to(device)


def _colour(flow: Tensor, wheel: Tensor) -> Tensor:
    """One frame ``[H, W, 2]`` with lengths 0..1 -> ``[H, W, 3]`` uint8; the length is the saturation."""
    u, v = flow.unbind(-1)
    length = torch.sqrt(u.square() + v.square())[..., None]
    position = (torch.atan2(-v, -u) / math.pi + 1) / 2 * (len(wheel) - 1)
    lower = torch.floor(position).long()
    upper = (lower + 1) % len(wheel)
    colour = torch.lerp(wheel[lower], wheel[upper], (position - lower)[..., None])
    return torch.floor(255 * (1 - length * (1 - colour))).to(torch.uint8)
