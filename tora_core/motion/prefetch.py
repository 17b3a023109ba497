"""Brings tensors of one block after another from host memory to the device, one block ahead of their use."""

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
"""Of a tensor inside its pages, in bytes: every dtype can be viewed there."""


def page_lock(tensor: Tensor) -> bool:
    """Page-locks a tensor's host memory, so that a GPU can copy from it while it computes; says whether it could."""
    if torch.cuda.cudart().cudaHostRegister(tensor.data_ptr(), tensor.nbytes, 1) == 0:
        return True
    with contextlib.suppress(RuntimeError):  # CUDA would tell of it once more, at whatever runs next
        torch.zeros(1, device="cuda").add_(1)
        torch.cuda.synchronize()
    return False


def page_unlock(tensor: Tensor) -> None:
    torch.cuda.cudart().cudaHostUnregister(tensor.data_ptr())


@dataclass(frozen=True)
class PageLock:
    """How host memory is page-locked and released; ComfyUI brings its own, which keeps count."""

    lock: Callable[[Tensor], bool] = page_lock
    unlock: Callable[[Tensor], Any] = page_unlock


class HostMemory:
    """Tensors kept in host memory for a device, page-locked where that is a GPU; released by ``close``."""

    def __init__(self, device: torch.device, page_lock: PageLock) -> None:
        self._lockable = _reads_locked_pages(device)
        self._page_lock = page_lock
        self._locked: list[Tensor] = []

    def keep(self, tensors: Sequence[Tensor]) -> tuple[Tensor, ...]:
        """Copies of tensors, side by side on pages of their own: a page is locked once or not at all."""
        sizes = [-(-tensor.nbytes // _ALIGNMENT) * _ALIGNMENT for tensor in tensors]
        pages = -(-sum(sizes) // _PAGE) * _PAGE
        memory = torch.empty(pages + _PAGE, dtype=torch.uint8)
        memory = memory.narrow(0, -memory.data_ptr() % _PAGE, pages)
        if self._lockable:
            if self._page_lock.lock(memory):
                self._locked.append(memory)
            else:
                self._lockable = False
                logger.warning("host memory can't be page-locked: motion is brought to the GPU block by block, slower")
        kept = []
        for part, tensor in zip(memory[: sum(sizes)].split(sizes), tensors, strict=True):
            kept.append(part[: tensor.nbytes].view(tensor.dtype).view(tensor.shape).copy_(tensor))
        return tuple(kept)

    def close(self) -> None:
        while self._locked:
            self._page_lock.unlock(self._locked.pop())


def _reads_locked_pages(device: torch.device) -> bool:
    """NVIDIA's and AMD's GPUs; others share memory with the host or copy in their own way."""
    return device.type == "cuda"


@dataclass
class _Buffer:
    """One block's tensors on the device: what they are, and when their copy has arrived."""

    holds: tuple[int, FrameRanges | None] | None = None
    tensors: tuple[Tensor, ...] = ()
    arrived: Any = field(default=None, repr=False)


class Prefetcher:
    """Two buffers take turns: while a block computes with one, the next block's tensors are copied to the other.

    Args:
        blocks: tensors of each block, in host memory.
        device: where they are needed.
    """

    def __init__(self, blocks: Sequence[Sequence[Tensor]], device: torch.device) -> None:
        self._blocks = blocks
        self._device = device
        self._backend: Any = torch.get_device_module(device)
        self._side = _side_stream(device)
        self._current, self._next = _Buffer(), _Buffer()

    def bring(self, block: int, ranges: FrameRanges | None = None) -> tuple[Tensor, ...]:
        """A block's tensors on the device, valid until the next call; starts to copy the following block's.

        Args:
            block: index of the block; blocks are expected in their order, any other is copied while one waits.
            ranges: latent frames wanted, where the tensors are ``[T', ...]``; all where None.
        """
        if self._next.holds != (block, ranges):
            self._fill(self._next, block, ranges)
        self._current, self._next = self._next, self._current
        self._wait(self._current)
        self._fill(self._next, (block + 1) % len(self._blocks), ranges)
        return self._current.tensors

    def close(self) -> None:
        """Waits for copies under way, so that neither side's memory is given away beneath them."""
        self._blocks = ()  # a thread that should have ended is told, and host memory is not held on to
        if self._side is not None:
            self._backend.synchronize(self._device)
        self._current, self._next = _Buffer(), _Buffer()

    def _fill(self, buffer: _Buffer, block: int, ranges: FrameRanges | None) -> None:
        self._wait(buffer)  # of a copy that nobody asked for in the end
        sources = self._blocks[block]
        buffer.holds = None
        shapes = [(_frames(source, ranges), *source.shape[1:]) for source in sources]
        if [tuple(tensor.shape) for tensor in buffer.tensors] != shapes:
            buffer.tensors = ()
            with torch.inference_mode(False):  # so that they can be filled in any mode
                buffer.tensors = tuple(
                    torch.empty(shape, dtype=source.dtype, device=self._device)
                    for shape, source in zip(shapes, sources, strict=True)
                )
        if self._side is None:
            _copy(buffer.tensors, sources, ranges)
        else:
            # What was computed with this buffer before must be done with it.
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


def _side_stream(device: torch.device) -> Any:
    """A stream beside the one that computes; None where the device has no such thing (MPS)."""
    if device.type == "cpu":
        return torch.cpu.Stream()  # does nothing, and so the same lines run everywhere
    stream = getattr(torch.get_device_module(device), "Stream", None)
    return None if stream is None else stream(device)


def _frames(source: Tensor, ranges: FrameRanges | None) -> int:
    return len(source) if ranges is None else sum(stop - start for start, stop in ranges)


def _copy(targets: Sequence[Tensor], sources: Sequence[Tensor], ranges: FrameRanges | None) -> None:
    for target, source in zip(targets, sources, strict=True):
        at = 0
        for start, stop in ranges or ((0, len(source)),):
            target[at : at + stop - start].copy_(source[start:stop], non_blocking=True)
            at += stop - start
