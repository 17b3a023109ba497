"""Progress of a training run, and the learning rate schedule."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass, field

from .config import TrainingConfig


@dataclass
class TrainingProgress:
    """Steps, best validation and log of a run. Saved as JSON with the state of the run."""

    step: int = 0
    best_px: float | None = None
    best_step: int = 0
    history: list[dict[str, float]] = field(default_factory=list)

    @property
    def log_text(self) -> str:
        """The log, one JSON object per line."""
        return "".join(json.dumps(each) + "\n" for each in self.history)


def learning_rate_share(config: TrainingConfig, step: int) -> float:
    """Computes the learning rate of a step as a share of the peak, 0..1.

    A linear warm-up is followed by a constant rate, or by half a cosine down to 0.
    """
    if step < config.warmup:
        return (step + 1) / config.warmup
    if config.schedule == "constant":
        return 1.0
    done = (step - config.warmup) / max(1, config.steps - config.warmup)
    return 0.5 * (1 + math.cos(math.pi * min(1.0, done)))
