"""Random draws of training: clip, noise and timestep depend only on the seed, the step and the place in the batch."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from torch.utils.data import Sampler

from tora_core.cogvideox.schedule import TRAIN_TIMESTEPS


@dataclass(frozen=True)
class Draw:
    """One clip in the batch of one optimizer step.

    No random state advances between draws. A resumed run therefore draws the same values as an uninterrupted run, and
    several processes together draw the same values as one.

    Args:
        clip: index in the data set.
        step: optimizer step, from 0.
        place: index in the step's whole batch, over all processes and accumulated batches.
        places: size of that whole batch.
        seed: seed of the run.
    """

    clip: int
    step: int
    place: int
    places: int
    seed: int

    @property
    def random(self) -> np.random.Generator:
        """A new generator at its start. Every access returns the same numbers."""
        return np.random.default_rng([self.seed, self.step, self.place])

    def timestep(self, random: np.random.Generator, high_noise: float = 0.0) -> int:
        """Draws a timestep in 0..999.

        Each place of the batch has its own range of timesteps. The reference spreads timesteps over its processes in
        the same way.

        Args:
            random: source of random numbers.
            high_noise: 0 draws evenly. 1 draws in proportion to the timestep, so 999 comes twice as often as 500.
        """
        share = (self.place + random.random()) / self.places
        return int(share ** (1 / (1 + high_noise)) * TRAIN_TIMESTEPS)


def draw_noise(random: np.random.Generator, shape: torch.Size) -> torch.Tensor:
    """Draws standard normal noise, float32."""
    return torch.from_numpy(random.standard_normal(tuple(shape), dtype=np.float32))


class DrawSampler(Sampler[list[Draw]]):
    """Sampler of one process's batches. Every clip is drawn once per epoch.

    Args:
        clips: clips in the data set.
        batch_size: clips per batch of one process.
        accumulation: batches per optimizer step.
        steps: the first step, and the step to stop before.
        seed: seed of the run.
        rank: number of this process.
        processes: number of processes.
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
                    new_epoch, index = divmod(step * places + place, self._clips)
                    if new_epoch != epoch:
                        epoch = new_epoch
                        order = np.random.default_rng([self._seed, epoch]).permutation(self._clips)
                    draws.append(Draw(int(order[index]), step, place, places, self._seed))
                yield draws
