"""Where the modulations of all blocks wait between steps: on the device, in host memory, or half evaluated there."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from typing import Literal, NamedTuple, get_args

import torch
from torch import Tensor

from ..cogvideox.latents import TokenShape
from .fuser import TAPS, FuserFeatures
from .modulation import FrameRanges, Modulation
from .prefetch import HostMemory, PageLock, Prefetcher

Tier = Literal["gpu", "cpu", "recompute"]
TIERS: tuple[Tier, ...] = get_args(Tier)
"""From the fastest to the one that needs the least memory; when one runs out, the next is tried."""
_GAMMA_AND_BETA = 2
_BUFFERS = 2


class Footprint(NamedTuple):
    """Bytes that a tier asks for."""

    device: int
    host: int


def footprint(tier: Tier, layers: int, tokens: TokenShape, width: int, itemsize: int) -> Footprint:
    """What a tier keeps, and what it needs on the device at a time.

    Args:
        tier: one of ``TIERS``.
        layers: transformer blocks.
        tokens: the grid of image tokens.
        width: channels of the transformer.
        itemsize: bytes of the model's dtype.
    """
    frames, area = tokens.frames, tokens.area
    modulation = _GAMMA_AND_BETA * frames * area * width * itemsize
    if tier == "gpu":
        return Footprint(layers * modulation, 0)
    if tier == "cpu":
        return Footprint(_BUFFERS * modulation, layers * modulation)
    features = _GAMMA_AND_BETA * (frames + TAPS - 1) * area * (width // 4) * itemsize
    kernels = _GAMMA_AND_BETA * TAPS * (width // 4) * width * itemsize
    columns = TAPS * frames * area * (width // 4) * itemsize
    return Footprint(_BUFFERS * (features + kernels) + columns + modulation, layers * (features + kernels))


class Modulations(ABC):
    """The modulations of all blocks, for one motion; ``close`` gives back what they hold."""

    @abstractmethod
    def at(self, block: int, ranges: FrameRanges | None = None) -> Modulation:
        """A block's modulation on the device, valid until the next call; of some latent frames, or all."""

    def close(self) -> None:  # noqa: B027 - most hold nothing that memory management does not see
        """Gives back what is held; nothing may be asked for afterwards."""


class KeptModulations(Modulations):
    """Tier ``gpu``: all of them wait where they are used."""

    def __init__(self, modulations: Iterable[Modulation]) -> None:
        self._modulations = list(modulations)

    def at(self, block: int, ranges: FrameRanges | None = None) -> Modulation:
        return self._modulations[block].frames(ranges)

    def close(self) -> None:
        self._modulations.clear()


class _FromHostMemory(Modulations):
    """Large tensors of each block wait in host memory and come one block ahead; vectors stay on the device."""

    def __init__(
        self, blocks: Iterable[Sequence[Tensor]], device: torch.device, page_lock: PageLock | None = None
    ) -> None:
        self._memory = HostMemory(device, page_lock or PageLock())
        self._vectors: list[list[Tensor]] = []
        kept = []
        try:
            for block in blocks:
                kept.append(self._memory.keep([tensor for tensor in block if tensor.ndim > 1]))
                self._vectors.append([tensor.to(device) for tensor in block if tensor.ndim == 1])
            self._prefetcher = Prefetcher(kept, device)
        except BaseException:  # an interrupt as well: page-locked memory is not given back by itself
            self._memory.close()
            raise

    def close(self) -> None:
        try:
            self._prefetcher.close()
        finally:
            self._memory.close()


class PrefetchedModulations(_FromHostMemory):
    """Tier ``cpu``: gamma and beta wait in host memory."""

    @torch.compiler.disable
    def at(self, block: int, ranges: FrameRanges | None = None) -> Modulation:
        return Modulation(*self._prefetcher.bring(block, ranges), *self._vectors[block])


class RecomputedModulations(_FromHostMemory):
    """Tier ``recompute``: features and kernels wait in host memory; the temporal convolutions run at every step."""

    @torch.compiler.disable
    def at(self, block: int, ranges: FrameRanges | None = None) -> Modulation:
        return FuserFeatures(*self._prefetcher.bring(block), *self._vectors[block]).modulation(ranges)
