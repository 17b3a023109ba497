"""Colours a flow map with the Middlebury wheel, relative to the clip's maximum or to a fixed speed."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator

import torch
from torch import Tensor

from .flow_map import BoxedFlow, FlowBox

_ARCS = ((15, 0, 1, +1), (6, 1, 0, -1), (4, 1, 2, +1), (11, 2, 1, -1), (13, 2, 0, +1), (6, 0, 2, -1))
"""The wheel's arcs (Baker et al., IJCV 2011): steps, the channel at 255, the channel that ramps, its direction."""
_PIXELS_AT_ONCE = 1 << 16
"""Number of pixels coloured together. Their intermediate values then fit into the processor's cache."""


def flow_video(
    flow: Tensor | BoxedFlow, dtype: torch.dtype = torch.uint8, full_colour_px: float | None = None
) -> Tensor:
    """Colours displacements as torchvision's ``flow_to_image`` does, with one maximum over all frames.

    By default, the fastest pixel of the clip gets full colour, so absolute speed is lost. With ``full_colour_px``,
    other motion does not change the colours of a path. Faster motion is clipped to full colour. Zero flow is white.

    Args:
        flow: ``[T, H, W, 2]`` displacements in pixels, or only the moving parts. White areas then cost no time.
        dtype: uint8 for 0..255, or a floating type for the same 256 levels in 0..1.
        full_colour_px: speed in pixels per frame that gets full colour. None uses the clip's fastest pixel.

    Returns:
        ``[T, H, W, 3]`` RGB.

    Raises:
        ValueError: the layout is wrong, or ``full_colour_px`` is not above 0.
    """
    if isinstance(flow, Tensor):
        if flow.ndim != 4 or flow.shape[-1] != 2:
            raise ValueError(f"expected a flow map [T, H, W, 2], got {tuple(flow.shape)}: pass the result of flow_map")
        frames, height, width, _ = flow.shape
        device = flow.device
        boxes = tuple(FlowBox(frame, 0, 0, whole.permute(2, 0, 1)) for frame, whole in enumerate(flow))
    else:
        frames, (width, height), boxes = flow.frames, flow.size, flow.boxes
        device = torch.device("cpu")
    white = 1.0 if dtype.is_floating_point else 255
    video = torch.full((frames, height, width, 3), white, dtype=dtype, device=device)
    if full_colour_px is not None and full_colour_px <= 0:
        raise ValueError(f"expected a full_colour above 0 px per frame, got {full_colour_px:g}: use for example 10")
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
    """Computes the 55 colours of the wheel, ``[55, 3]`` in 0..1."""
    colours = torch.zeros(sum(steps for steps, *_ in _ARCS), 3)
    start = 0
    for steps, full, ramping, direction in _ARCS:
        ramp = torch.floor(255 * torch.arange(steps) / steps)
        colours[start : start + steps, full] = 255
        colours[start : start + steps, ramping] = ramp if direction > 0 else 255 - ramp
        start += steps
    return (colours / 255).to(device)


def _length(u: Tensor, v: Tensor) -> Tensor:
    """Computes the length of displacements (u, v)."""
    return (u * u).add_(v * v).sqrt_()


def _batches(boxes: Iterable[FlowBox]) -> Iterator[list[FlowBox]]:
    """Groups boxes into batches of about ``_PIXELS_AT_ONCE`` pixels. Splits large boxes into bands of rows."""
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
    """Converts displacements ``[n]`` to colours ``[3, n]`` in whole levels 0..255.

    Saturation is the length divided by ``fastest``.
    """
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
