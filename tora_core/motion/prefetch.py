"""Copies the tensors of each block from host memory to the device, one block before they are used."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor

from .modulation import FrameRanges

logger = logging.getLogger(__name__)

_PAGE = 4096
_ALIGNMENT = 64
"""Alignment of a tensor inside its pages, in bytes. It suits every dtype."""


def page_lock(tensor: Tensor) -> bool:
    """Page-locks the host memory of a tensor, so that a GPU can copy from it while it computes.

    Returns:
        Whether it worked.
    """
    if torch.cuda.cudart().cudaHostRegister(tensor.data_ptr(), tensor.nbytes, 1) == 0:
        return True
    with contextlib.suppress(RuntimeError):  # clears the error, which CUDA would report again at the next call
        torch.zeros(1, device="cuda").add_(1)
        torch.cuda.synchronize()
    return False


def page_unlock(tensor: Tensor) -> None:
    """Releases memory that ``page_lock`` locked."""
    torch.cuda.cudart().cudaHostUnregister(tensor.data_ptr())


@dataclass(frozen=True)
class PageLock:
    """Functions that page-lock and release host memory. ComfyUI passes its own, which count the bytes."""

    lock: Callable[[Tensor], bool] = page_lock
    unlock: Callable[[Tensor], Any] = page_unlock


class HostMemory:
    """Stores tensors in host memory for a device. The memory is page-locked for a GPU, until ``close``."""

    def __init__(self, device: torch.device, page_lock: PageLock) -> None:
        self._lockable = _reads_locked_pages(device)
        self._page_lock = page_lock
        self._locked: list[Tensor] = []

    def keep(self, tensors: Sequence[Tensor]) -> tuple[Tensor, ...]:
        """Copies tensors side by side to new pages. Each page is locked once or not at all."""
        sizes = [-(-tensor.nbytes // _ALIGNMENT) * _ALIGNMENT for tensor in tensors]
        pages = -(-sum(sizes) // _PAGE) * _PAGE
        memory = torch.empty(pages + _PAGE, dtype=torch.uint8)
        memory = memory.narrow(0, -memory.data_ptr() % _PAGE, pages)
        if self._lockable:
            memory.zero_()  # by all CPU threads. Locking pages that nobody wrote is slow, because one thread does it.
            if self._page_lock.lock(memory):
                self._locked.append(memory)
            else:
                self._lockable = False
                logger.warning("system RAM cannot be page-locked: motion is copied to the GPU more slowly")
        kept = []
        for part, tensor in zip(memory[: sum(sizes)].split(sizes), tensors, strict=True):
            kept.append(part[: tensor.nbytes].view(tensor.dtype).view(tensor.shape).copy_(tensor))
        return tuple(kept)

    def close(self) -> None:
        """Releases all page-locked memory."""
        while self._locked:
            self._page_lock.unlock(self._locked.pop())


def _reads_locked_pages(device: torch.device) -> bool:
    """Whether the device copies faster from page-locked memory: NVIDIA's and AMD's GPUs."""
    return device.type == "cuda"


@dataclass
class _Buffer:
    """Tensors of one block on the device, with their block and the event of their copy."""

    holds: tuple[int, FrameRanges | None] | None = None
    tensors: tuple[Tensor, ...] = ()
    arrived: Any = field(default=None, repr=False)


class Prefetcher:
    """Copies blocks to the device with two buffers: one is used, the other receives the next block.

    Args:
        blocks: tensors of each block, in host memory.
        device: where they are used.
    """

    def __init__(self, blocks: Sequence[Sequence[Tensor]], device: torch.device) -> None:
        self._blocks = blocks
        self._device = device
        self._backend: Any = torch.get_device_module(device)
        self._side = _create_copy_stream(device)
        self._current, self._next = _Buffer(), _Buffer()

    def bring(self, block: int, ranges: FrameRanges | None = None) -> tuple[Tensor, ...]:
        """Returns the tensors of a block on the device, valid until the next call. Starts to copy the next block.

        Args:
            block: index of the block. Only blocks in their order are copied ahead of use. The first block follows
                the last one, but not with ``ranges``.
            ranges: latent frames to copy of tensors ``[T', ...]``. None copies all.
        """
        if self._next.holds != (block, ranges):
            self._fill(self._next, block, ranges)
        self._current, self._next = self._next, self._current
        self._wait(self._current)
        following = (block + 1) % len(self._blocks)
        if following or ranges is None:  # after the last block, another context window may follow
            self._fill(self._next, following, ranges)
        return self._current.tensors

    def close(self) -> None:
        """Waits for running copies, then releases both buffers."""
        self._blocks = ()  # frees host memory; a late call fails instead of reading freed memory
        if self._side is not None:
            self._backend.synchronize(self._device)
        self._current, self._next = _Buffer(), _Buffer()

    def _fill(self, buffer: _Buffer, block: int, ranges: FrameRanges | None) -> None:
        self._wait(buffer)  # a copy ahead that was never used may still run
        sources = self._blocks[block]
        buffer.holds = None
        shapes = [(_count_frames(source, ranges), *source.shape[1:]) for source in sources]
        if [tuple(tensor.shape) for tensor in buffer.tensors] != shapes:
            buffer.tensors = ()
            with torch.inference_mode(False):  # so that they can be written in any mode
                buffer.tensors = tuple(
                    torch.empty(shape, dtype=source.dtype, device=self._device)
                    for shape, source in zip(shapes, sources, strict=True)
                )
        if self._side is None:
            _copy(buffer.tensors, sources, ranges)
        else:
            # Earlier computations on this buffer must end before it is overwritten.
            self._side.wait_stream(self._main())
            with self._backend.stream(self._side):
                _copy(buffer.tensors, sources, ranges)
                buffer.arrived = self._side.record_event()
        buffer.holds = (block, ranges)

    def _wait(self, buffer: _Buffer) -> None:
        if buffer.arrived is not None:
            self._main().wait_event(buffer.arrived)
            buffer.arrived = None

    def _main(self) -> Any:
        return self._backend.current_stream(self._device)


def _create_copy_stream(device: torch.device) -> Any:
    """Creates a second stream for copies. Returns None where the device has no streams (MPS)."""
    if device.type == "cpu":
        return torch.cpu.Stream()  # does nothing, so the same code runs everywhere
    stream = getattr(torch.get_device_module(device), "Stream", None)
    return None if stream is None else stream(device)


def _count_frames(source: Tensor, ranges: FrameRanges | None) -> int:
    return len(source) if ranges is None else sum(stop - start for start, stop in ranges)


def _copy(targets: Sequence[Tensor], sources: Sequence[Tensor], ranges: FrameRanges | None) -> None:
    for target, source in zip(targets, sources, strict=True):
        at = 0
        for start, stop in ranges or ((0, len(source)),):
            target[at : at + stop - start].copy_(source[start:stop], non_blocking=True)
            at += stop - start
