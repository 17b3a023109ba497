"""Moving places of a latent are found from the flow, and weigh more in the loss of the base."""

from __future__ import annotations

import pytest
import torch

from tora_lab.data.moving import find_moving, weigh_moving
from tora_lab.train.objective import VelocityObjective


def flow(frames=9, height=64, width=96):
    return torch.zeros(frames, height, width, 2)


def test_a_place_moves_in_the_latent_frame_that_holds_the_motion():
    motion = flow()
    motion[6, 20, 50] = torch.tensor([2.0, 0.0])  # frames 5 to 8 are the last latent frame
    moving = find_moving(motion, 3, 8, 12)
    assert moving.shape == (3, 8, 12) and moving.nonzero().tolist() == [[2, 2, 6]]


def test_the_first_latent_frame_moves_where_the_second_one_does():
    motion = flow()
    motion[1, 0, 0, 0] = 1.0
    assert find_moving(motion, 3, 8, 12).nonzero().tolist() == [[0, 0, 0], [1, 0, 0]]


def test_weights_have_mean_1_and_a_still_clip_has_equal_ones():
    moving = torch.zeros(3, 8, 12, dtype=torch.bool)
    assert torch.equal(weigh_moving(moving, 4.0), torch.ones(1, 3, 8, 12))
    moving[0, 0, 0] = True
    weights = weigh_moving(moving, 4.0)
    assert weights.mean() == pytest.approx(1) and weights[0, 0, 0, 0] == pytest.approx(5 * float(weights[0, 1, 0, 0]))


def test_equal_weights_leave_the_loss_as_it_is():
    objective = VelocityObjective()
    latent, noise, velocity = (
        torch.randn(2, 16, 3, 8, 12, generator=torch.Generator().manual_seed(n)) for n in range(3)
    )
    timestep = torch.tensor([10, 900])
    plain = objective.compute_loss(velocity, latent, noise, timestep)
    weighted = objective.compute_loss(velocity, latent, noise, timestep, torch.ones(2, 1, 3, 8, 12))
    assert torch.equal(plain, weighted)
