"""The running average of the trained weights, which is what is validated and saved (reference: EMA of ``sat``)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from .sharing import is_sharded

_FILE = "average-{:04d}.pt"


class Averages:
    """Of a module that accelerate has prepared; where processes share its weights, each averages its part.

    Args:
        accelerator: that prepared it.
        module: as ``prepare`` gave it.
        decay: how much of the average stays at each step, once the run is long.
    """

    def __init__(self, accelerator: Any, module: nn.Module, decay: float) -> None:
        from diffusers.training_utils import EMAModel

        self._sharded = is_sharded(accelerator)
        self._writes = self._sharded or accelerator.is_main_process
        self._rank = accelerator.process_index if self._sharded else 0
        self._module: nn.Module = accelerator.unwrap_model(module)
        self._average = EMAModel(self._module.parameters(), decay=decay, use_ema_warmup=True, power=0.75)

    def step(self) -> None:
        """Takes the weights in, after an optimizer step."""
        self._average.step(self._module.parameters())

    @contextmanager
    def applied(self) -> Iterator[None]:
        """The module with its averaged weights, for the length of a ``with`` block."""
        parameters = list(self._module.parameters())
        self._average.store(parameters)
        self._average.copy_to(parameters)
        try:
            yield
        finally:
            if self._sharded:
                # Weights that a forward pass gathered stay until a backward pass: the averaged ones would train on.
                for each in self._module.modules():
                    if callable(reshard := getattr(each, "reshard", None)):
                        reshard()
            self._average.restore(parameters)

    def save(self, folder: Path) -> None:
        """Writes what ``load`` reads, in each process that has a part of it."""
        if self._writes:
            parts = [_own(weight) for weight in self._average.shadow_params]
            torch.save({"step": self._average.optimization_step, "weights": parts}, folder / _FILE.format(self._rank))

    def load(self, folder: Path) -> None:
        """What ``save`` wrote, by as many processes where they share weights."""
        saved = torch.load(folder / _FILE.format(self._rank), map_location="cpu", weights_only=True)
        self._average.optimization_step = saved["step"]
        for mine, weight in zip(self._average.shadow_params, saved["weights"], strict=True):
            _own(mine).copy_(weight)


def _own(weight: Any) -> Tensor:
    """This process's part of a weight that may be sharded."""
    return weight.to_local() if hasattr(weight, "to_local") else weight
