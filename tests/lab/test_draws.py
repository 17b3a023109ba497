"""Draws depend only on the seed, the step and the place, so resumed runs repeat them."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
import torch

from tora_lab.data.draws import DrawSampler, draw_noise


def draws(clips=10, batch_size=2, accumulation=1, steps=(0, 20), seed=3, rank=0, processes=1):
    batches = list(DrawSampler(clips, batch_size, accumulation, steps, seed, rank, processes))
    return list(itertools.chain.from_iterable(batches))


def test_every_clip_is_drawn_once_per_epoch():
    order = [draw.clip for draw in draws()]
    for epoch in range(4):
        assert sorted(order[10 * epoch : 10 * epoch + 10]) == list(range(10))
    assert order[:10] != order[10:20]


def test_a_resumed_run_draws_the_same_clips():
    assert draws(steps=(7, 20)) == draws()[14:]


@pytest.mark.parametrize("batch_size, accumulation, processes", [(1, 4, 1), (2, 1, 2), (1, 2, 2), (1, 1, 4)])
def test_processes_and_accumulation_share_one_batch(batch_size, accumulation, processes):
    whole = draws(batch_size=4)
    parts = [
        draws(batch_size=batch_size, accumulation=accumulation, rank=n, processes=processes) for n in range(processes)
    ]
    key = lambda draw: (draw.step, draw.place)  # noqa: E731
    assert sorted(itertools.chain(*parts), key=key) == whole


def test_a_small_data_set_repeats_within_a_batch():
    assert [sorted({draw.clip for draw in batch}) for batch in DrawSampler(3, 8, 1, (0, 2), 0)] == [[0, 1, 2]] * 2


def test_timesteps_are_spread_over_each_batch_and_drawn_evenly():
    batch = list(DrawSampler(10, 8, 1, (0, 200), 0))
    times = np.array([[draw.timestep(draw.random) for draw in each] for each in batch])
    assert (times // 125 == np.arange(8)).all()
    assert abs(times.mean() - 499.5) < 5 and times.min() < 5 and times.max() > 994


def test_high_noise_can_be_drawn_more_often():
    times = np.array(
        [draw.timestep(draw.random, 1.0) for batch in DrawSampler(10, 8, 1, (0, 500), 0) for draw in batch]
    )
    assert abs(times.mean() - 666) < 8 and times.max() > 990
    assert (times < 250).mean() == pytest.approx(1 / 16, abs=0.01)


def test_each_place_has_its_own_reproducible_noise():
    first, second = draws()[:2]
    assert torch.equal(draw_noise(first.random, torch.Size([4, 4])), draw_noise(first.random, torch.Size([4, 4])))
    assert not torch.equal(draw_noise(first.random, torch.Size([4, 4])), draw_noise(second.random, torch.Size([4, 4])))
