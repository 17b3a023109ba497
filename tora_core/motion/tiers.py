"""Tiers: where the modulations of all blocks are stored between steps."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence

import torch
from torch import Tensor

from .fuser import FuserFeatures
from .modulation import FrameRanges, Modulation
from .prefetch import HostMemory, PageLock, Prefetcher


class Modulations(ABC):
    """Modulations of all blocks for one motion. Call ``close`` to free their memory."""

    @abstractmethod
    def at(self, block: int, ranges: FrameRanges | None = None) -> Modulation:
        """Returns the modulation of a block on the device, valid until the next call.

        Args:
            block: index of the block.
            ranges: latent frames of a context window. None returns all.
        """

    def close(self) -> None:  # noqa: B027 - Python frees the memory of most kinds
        """Frees the memory. The modulations cannot be used afterwards."""


class KeptModulations(Modulations):
    """Tier ``gpu``: all modulations stay on the device."""

    def __init__(self, modulations: Iterable[Modulation]) -> None:
        self._modulations = list(modulations)

    def at(self, block: int, ranges: FrameRanges | None = None) -> Modulation:
        return self._modulations[block].frames(ranges)

    def close(self) -> None:
        self._modulations.clear()


class _FromHostMemory(Modulations):
    """Stores large tensors in host memory and copies them one block ahead. Vectors stay on the device."""

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
                del block  # frees it before the next block is computed
            self._prefetcher = Prefetcher(kept, device)
        except BaseException:  # also after an interrupt: Python does not release page-locked memory
            self._memory.close()
            raise

    def close(self) -> None:
        try:
            self._prefetcher.close()
        finally:
            self._memory.close()


class PrefetchedModulations(_FromHostMemory):
    """Tier ``cpu``: gamma and beta are stored in host memory."""

    @torch.compiler.disable
    def at(self, block: int, ranges: FrameRanges | None = None) -> Modulation:
        return Modulation(*self._prefetcher.bring(block, ranges), *self._vectors[block])


class RecomputedModulations(_FromHostMemory):
    """Tier ``recompute``: features and kernels are stored in host memory. Temporal convolutions run at every step."""

    @torch.compiler.disable
    def at(self, block: int, ranges: FrameRanges | None = None) -> Modulation:
        return FuserFeatures(*self._prefetcher.bring(block), *self._vectors[block]).modulation(ranges)
