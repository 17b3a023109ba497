"""Exponential moving average of the trained weights. Validation and saving use it (reference: EMA of ``sat``)."""

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
    """Exponential moving average of a module. If the weights are sharded, each process averages its part.

    Args:
        accelerator: the accelerator that prepared the module.
        module: the module that ``prepare`` returned.
        decay: share of the old average that stays after each step, 0..1. It starts lower and warms up to this value.
    """

    def __init__(self, accelerator: Any, module: nn.Module, decay: float) -> None:
        from diffusers.training_utils import EMAModel

        self._sharded = is_sharded(accelerator)
        self._saves = self._sharded or accelerator.is_main_process
        self._rank = accelerator.process_index if self._sharded else 0
        self._module: nn.Module = accelerator.unwrap_model(module)
        self._average = EMAModel(self._module.parameters(), decay=decay, use_ema_warmup=True, power=0.75)

    def step(self) -> None:
        """Updates the average after an optimizer step."""
        self._average.step(self._module.parameters())

    @contextmanager
    def apply(self) -> Iterator[None]:
        """Gives the module its averaged weights inside a ``with`` block."""
        parameters = list(self._module.parameters())
        self._average.store(parameters)
        self._average.copy_to(parameters)
        try:
            yield
        finally:
            if self._sharded:
                # FSDP2 keeps gathered weights until a backward pass. Training would continue with the averaged ones.
                for each in self._module.modules():
                    if callable(reshard := getattr(each, "reshard", None)):
                        reshard()
            self._average.restore(parameters)

    def save(self, folder: Path) -> None:
        """Saves the average. Every process saves its part if the weights are sharded."""
        if self._saves:
            parts = [_local_part(weight) for weight in self._average.shadow_params]
            torch.save({"step": self._average.optimization_step, "weights": parts}, folder / _FILE.format(self._rank))

    def load(self, folder: Path) -> None:
        """Loads what ``save`` wrote. Sharded weights need the same number of processes."""
        saved = torch.load(folder / _FILE.format(self._rank), map_location="cpu", weights_only=True)
        self._average.optimization_step = saved["step"]
        for mine, weight in zip(self._average.shadow_params, saved["weights"], strict=True):
            _local_part(mine).copy_(weight)


def _local_part(weight: Any) -> Tensor:
    """Returns this process's part of a sharded weight, or the whole of any other weight."""
    return weight.to_local() if hasattr(weight, "to_local") else weight
