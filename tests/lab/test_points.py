"""Sparse points start where a clip moves and follow its flow. A clip without motion gives no points."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from tora_core.paths.trajectories import Trajectories
from tora_core.video import Size
from tora_lab.data.points import choose_paths, sample_trajectories
from tora_lab.toy.world import exact_flow, random_scene


def random(seed=0):
    return np.random.default_rng(seed)


@pytest.mark.parametrize("seed", range(8))
def test_points_on_a_sprite_follow_it(seed):
    scene = random_scene(seed)
    sampled = sample_trajectories(exact_flow(scene), 64, random(), stride=4)
    assert sampled is not None and sampled.visible.all()
    truth = scene.trajectories.points_px
    apart = np.linalg.norm(sampled.points_px[0, :, None] - truth[0], axis=-1)  # [N, sprites]
    inside = apart.min(axis=1) < 4  # further out, interpolation mixes the flow of the sprite and of the ground
    assert inside.any()
    offsets = sampled.points_px[:, inside] - truth[:, apart.argmin(axis=1)[inside]]
    assert np.abs(offsets - offsets[0]).max() < 1e-3


def test_starts_are_drawn_in_proportion_to_speed():
    flow = torch.zeros(3, 32, 32, 2)
    flow[1:, :, :16, 0], flow[1:, :, 16:, 0] = 3.0, 1.0
    left = [sample_trajectories(flow, 1, random(seed), stride=4).points_px[0, 0, 0] < 16 for seed in range(400)]
    assert 0.68 < np.mean(left) < 0.82


def test_no_place_is_drawn_twice():
    flow = torch.zeros(3, 64, 64, 2)
    flow[1:, 16, 16], flow[1:, 48, 48] = 2.0, 2.0
    sampled = sample_trajectories(flow, 16, random())
    assert sorted(sampled.points_px[0].tolist()) == [[16, 16], [48, 48]]


def test_a_clip_without_motion_gives_no_points():
    assert sample_trajectories(torch.zeros(5, 32, 48, 2), 4, random()) is None


def test_motion_that_starts_later_is_found():
    flow = torch.zeros(5, 64, 64, 2)
    flow[3, 32, 32] = 1.0
    sampled = sample_trajectories(flow, 4, random())
    assert sampled is not None and np.isfinite(sampled.points_px).all()


def test_motion_between_the_places_of_the_grid_is_found():
    flow = torch.zeros(3, 64, 64, 2)
    flow[1:, 3, 5] = 1.0
    assert sample_trajectories(flow, 4, random()).points_px[0].tolist() == [[5, 3]]


def test_a_point_is_invisible_after_it_leaves_the_frame():
    flow = torch.zeros(5, 32, 32, 2)
    flow[1:, ..., 0] = 12.0
    sampled = sample_trajectories(flow, 1, random(), stride=32)
    assert sampled.points_px[0].tolist() == [[16, 16]] and sampled.visible[:, 0].tolist() == [
        True,
        True,
        False,
        False,
        False,
    ]


def test_chosen_paths_keep_their_order():
    points = np.arange(3 * 5 * 2, dtype=float).reshape(3, 5, 2)
    trajectories = Trajectories(points, np.ones((3, 5), dtype=bool), Size(64, 64))
    two = choose_paths(trajectories, 2, random())
    assert two.points_px.shape == (3, 2, 2) and two.points_px[0, 0, 0] < two.points_px[0, 1, 0]
    assert choose_paths(trajectories, 9, random()).points_px.tolist() == points.tolist()
