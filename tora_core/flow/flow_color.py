"""Flow map -> flow video: the Middlebury colour wheel, normalised by the clip's maximum or by a fixed speed."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator

import torch
from torch import Tensor

from .flow_map import BoxedFlow, FlowBox

_ARCS = ((15, 0, 1, +1), (6, 1, 0, -1), (4, 1, 2, +1), (11, 2, 1, -1), (13, 2, 0, +1), (6, 0, 2, -1))
"""The wheel's arcs (Baker et al., IJCV 2011): steps, the channel that is full, the one that ramps, and which way."""
_PIXELS_AT_ONCE = 1 << 16
"""Coloured together: what they need in between stays in a processor's cache."""


def flow_video(
    flow: Tensor | BoxedFlow, dtype: torch.dtype = torch.uint8, full_colour_px: float | None = None
) -> Tensor:
    """Colours displacements as torchvision's ``flow_to_image`` does, with one maximum over all frames.

    So absolute speed is lost: full colour is the clip's fastest pixel, and zero flow is white. With a fixed speed it
    is kept: a path looks the same whatever else moves, and what is faster is as full as can be.

    Args:
        flow: ``[T, H, W, 2]`` displacements in pixels, or their moving parts: the rest is white and costs nothing.
        dtype: uint8 for 0..255, or a floating type for the same 256 levels in 0..1.
        full_colour_px: pixels per frame that count as full colour; the clip's fastest where None.

    Returns:
        ``[T, H, W, 3]`` RGB.
    """
    if isinstance(flow, Tensor):
        if flow.ndim != 4 or flow.shape[-1] != 2:
            raise ValueError(f"expected a flow map [T, H, W, 2], got {tuple(flow.shape)}")
        frames, height, width, _ = flow.shape
        device = flow.device
        boxes = tuple(FlowBox(frame, 0, 0, whole.permute(2, 0, 1)) for frame, whole in enumerate(flow))
    else:
        frames, (width, height), boxes = flow.frames, flow.size, flow.boxes
        device = torch.device("cpu")
    white = 1.0 if dtype.is_floating_point else 255
    video = torch.full((frames, height, width, 3), white, dtype=dtype, device=device)
    if full_colour_px is not None and full_colour_px <= 0:
        raise ValueError(f"expected a full colour above 0 px per frame, got {full_colour_px:g}")
    fastest = full_colour_px or max((float(_length(*box.flow).max()) for box in boxes), default=0.0)
    wheel = colour_wheel(device)
    for batch in _batches(boxes):
        u, v = torch.cat([box.flow.flatten(1) for box in batch], dim=1).float()
        colours = _colour(u, v, fastest, wheel)  # [3, n]
        if dtype.is_floating_point:
            colours /= 255
        parts = colours.split([box.flow[0].numel() for box in batch], dim=1)
        for box, part in zip(batch, parts, strict=True):
            video[box.region] = part.view(3, *box.flow.shape[1:]).permute(1, 2, 0)
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


def _length(u: Tensor, v: Tensor) -> Tensor:
    return (u * u).add_(v * v).sqrt_()


def _batches(boxes: Iterable[FlowBox]) -> Iterator[list[FlowBox]]:
    """Boxes in groups of some ten thousand pixels; a large one is cut into bands of rows."""
    batch: list[FlowBox] = []
    room = _PIXELS_AT_ONCE
    for box in boxes:
        rows = max(1, _PIXELS_AT_ONCE // box.flow.shape[2])
        for start, band in enumerate(box.flow.split(rows, dim=1)):
            if batch and band[0].numel() > room:
                yield batch
                batch, room = [], _PIXELS_AT_ONCE
            batch.append(FlowBox(box.frame, box.top_px + start * rows, box.left_px, band))
            room -= band[0].numel()
    if batch:
        yield batch


def _colour(u: Tensor, v: Tensor, fastest: float, wheel: Tensor) -> Tensor:
    """Displacements ``[n]`` -> ``[3, n]`` in whole levels 0..255; the length relative to the fastest is saturation."""
    scale = fastest + torch.finfo(u.dtype).eps
    u, v = u / scale, v / scale
    saturation = _length(u, v).clamp_(max=1)
    position = torch.atan2(v.neg_(), u.neg_()).div_(math.pi).add_(1).div_(2).mul_(len(wheel) - 1)
    lower = position.to(torch.int32)
    fraction = position.sub_(lower)
    upper = (lower + 1).remainder_(len(wheel))
    planes = wheel.T
    colours = torch.lerp(planes.index_select(1, lower), planes.index_select(1, upper), fraction)
    return colours.neg_().add_(1).mul_(-saturation).add_(1).mul_(255).floor_()
