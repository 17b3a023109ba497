"""The host's memory, progress bar and interrupt."""

from __future__ import annotations

from typing import Any

import comfy.model_management
import comfy.utils
import torch

_OUT_OF_MEMORY = (
    "out of memory",
    "can't allocate memory",
    "not enough memory",
    "alloc_failed",
    "unable to find an engine",
)


def is_out_of_memory(error: Exception) -> bool:
    """Whether an error means that memory ran out: by the host's test, or by the words of cuBLAS, cuDNN and Triton."""
    text = str(error).lower()
    return comfy.model_management.is_oom(error) or any(words in text for words in _OUT_OF_MEMORY)


def image_dtype() -> torch.dtype:
    """The type of pictures between nodes: float32, or half where the host was started with it."""
    return comfy.model_management.intermediate_dtype()


class ProgressBar:
    """A progress bar in the browser that also stops the work when the user interrupts; one for each task."""

    def __init__(self) -> None:
        self._bar: Any = None

    def __call__(self, done: int, total: int) -> None:
        comfy.model_management.throw_exception_if_processing_interrupted()
        self._bar = self._bar or comfy.utils.ProgressBar(total)
        self._bar.update_absolute(done, total)
