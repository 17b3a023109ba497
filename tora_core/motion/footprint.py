"""Memory that the modulations of all blocks need, in each tier."""

from __future__ import annotations

from typing import Literal, NamedTuple, get_args

from ..cogvideox.latents import TokenShape
from .fuser import TAPS

Tier = Literal["gpu", "cpu", "recompute"]
TIERS: tuple[Tier, ...] = get_args(Tier)
"""From the fastest tier to the one that needs the least memory. If memory runs out, the next tier is tried."""
_GAMMA_AND_BETA = 2
_BUFFERS = 2
_FLOAT32 = 4


class Footprint(NamedTuple):
    """Bytes that a tier needs on the device at its peak, and in host memory.

    The peak on the device is either while the motion is prepared or at a step.
    """

    device: int
    host: int


def footprint(
    tier: Tier, layers: int, tokens: TokenShape, width: int, itemsize: int, motion_channels: int = 128
) -> Footprint:
    """Calculates the memory that a tier needs.

    Args:
        tier: one of ``TIERS``.
        layers: transformer blocks.
        tokens: the grid of image tokens.
        width: channels of the transformer.
        itemsize: bytes per value of the model's dtype.
        motion_channels: channels of a motion patch.
    """
    frames, area = tokens.frames, tokens.area
    modulation = _GAMMA_AND_BETA * frames * area * width * itemsize
    values_of_features = _GAMMA_AND_BETA * (frames + TAPS - 1) * area * (width // 4)
    values_of_kernels = _GAMMA_AND_BETA * TAPS * (width // 4) * width
    # A block is prepared in float32, and its temporal convolutions frame by frame.
    patch = frames * area * motion_channels * _FLOAT32
    frame = area * (TAPS * (width // 4) + width) * _FLOAT32
    parts = (values_of_features + values_of_kernels) * _FLOAT32 + patch
    if tier == "gpu":
        return Footprint(layers * modulation + parts + frame, 0)
    if tier == "cpu":
        return Footprint(max(modulation + parts + frame, _BUFFERS * modulation), layers * modulation)
    kept = (values_of_features + values_of_kernels) * itemsize
    columns = TAPS * frames * area * (width // 4) * itemsize
    return Footprint(max(parts + kept, _BUFFERS * kept + columns + modulation), layers * kept)
