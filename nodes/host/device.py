"""The host's memory, progress bar and interrupt."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import comfy.model_management
import comfy.utils
import torch

pause_recording: Callable[[], AbstractContextManager[Any]] = nullcontext
"""Makes a context in which tensors may outlive a block. Newer hosts record the memory of each block."""
try:
    from comfy.model_prefetch import pause_malloc_graph
except ImportError:  # up to at least 0.33
    pass
else:
    pause_recording = pause_malloc_graph

_OUT_OF_MEMORY = (
    "out of memory",
    "can't allocate memory",
    "not enough memory",
    "alloc_failed",
    "unable to find an engine",
)


def is_out_of_memory(error: Exception) -> bool:
    """Whether an error means that memory ran out: the host's test, and the error texts of cuBLAS, cuDNN and Triton."""
    text = str(error).lower()
    return comfy.model_management.is_oom(error) or any(words in text for words in _OUT_OF_MEMORY)


def use_device(device: torch.device) -> AbstractContextManager[Any]:
    """Makes a CUDA device the current one inside a ``with`` block. The host's own function is newer than 0.22."""
    return torch.cuda.device(device) if device.type == "cuda" else nullcontext()


def image_dtype() -> torch.dtype:
    """Returns the type of pictures between nodes: float32, or half precision if the host was started with it."""
    return comfy.model_management.intermediate_dtype()


class ProgressBar:
    """Progress bar in the browser, one per task. It also stops the work when the user interrupts."""

    def __init__(self) -> None:
        self._bar: Any = None

    def __call__(self, done: int, total: int) -> None:
        comfy.model_management.throw_exception_if_processing_interrupted()
        self._bar = self._bar or comfy.utils.ProgressBar(total)
        self._bar.update_absolute(done, total)
