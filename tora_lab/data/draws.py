"""Which clip, which noise and which timestep at which step: all of it a function of the seed and the place."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from torch.utils.data import Sampler

from tora_core.cogvideox.schedule import TRAIN_TIMESTEPS


@dataclass(frozen=True)
class Draw:
    """One clip of one optimizer step.

    Nothing is drawn from a state that advances: a run that was interrupted goes on as if it had not been, and any
    number of processes draws what one would.

    Args:
        clip: its index in the data set.
        step: optimizer step, from 0.
        place: in the step's whole batch, over all processes and accumulated batches.
        places: of that batch.
        seed: of the run.
    """

    clip: int
    step: int
    place: int
    places: int
    seed: int

    @property
    def random(self) -> np.random.Generator:
        return np.random.default_rng([self.seed, self.step, self.place])

    def timestep(self, random: np.random.Generator, high_noise: float = 0.0) -> int:
        """0..999, each place from a stretch of its own, as the reference spreads them over its processes.

        Args:
            random: where chance comes from.
            high_noise: 0 draws all alike; with 1 timestep 999 comes twice as often as the middle one and 0 never does.
        """
        share = (self.place + random.random()) / self.places
        return int(share ** (1 / (1 + high_noise)) * TRAIN_TIMESTEPS)


def noise(random: np.random.Generator, shape: torch.Size) -> torch.Tensor:
    """Normal noise, float32."""
    return torch.from_numpy(random.standard_normal(tuple(shape), dtype=np.float32))


class DrawSampler(Sampler[list[Draw]]):
    """Batches of one process, from a step on; every clip once before any comes again.

    Args:
        clips: in the data set.
        batch_size: of one process.
        accumulation: batches of an optimizer step.
        steps: the step to begin with, and the one to end before.
        seed: of the run.
        rank: of the process.
        processes: how many there are.
    """

    def __init__(
        self,
        clips: int,
        batch_size: int,
        accumulation: int,
        steps: tuple[int, int],
        seed: int,
        rank: int = 0,
        processes: int = 1,
    ) -> None:
        self._clips, self._batch_size, self._accumulation = clips, batch_size, accumulation
        self._steps, self._seed, self._rank, self._processes = range(*steps), seed, rank, processes

    def __len__(self) -> int:
        return len(self._steps) * self._accumulation

    def __iter__(self) -> Iterator[list[Draw]]:
        places = self._batch_size * self._accumulation * self._processes
        epoch, order = -1, np.empty(0, dtype=np.int64)
        for step in self._steps:
            for batch in range(self._accumulation):
                first = (batch * self._processes + self._rank) * self._batch_size
                draws = []
                for place in range(first, first + self._batch_size):
                    here, at = divmod(step * places + place, self._clips)
                    if here != epoch:
                        epoch, order = here, np.random.default_rng([self._seed, here]).permutation(self._clips)
                    draws.append(Draw(int(order[at]), step, place, places, self._seed))
                yield draws
