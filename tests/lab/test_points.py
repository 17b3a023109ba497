"""Sparse points are drawn where a clip moves and follow its flow; a clip that stands still gives none, not NaN."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from tora_core.paths.trajectories import Trajectories
from tora_core.video import Size
from tora_lab.data.points import choose_paths, sparse_trajectories
from tora_lab.toy.world import exact_flow, random_scene


def random(seed=0):
    return np.random.default_rng(seed)


@pytest.mark.parametrize("seed", range(8))
def test_points_on_a_sprite_follow_it(seed):
    scene = random_scene(seed)
    drawn = sparse_trajectories(exact_flow(scene), 64, random(), stride=4)
    assert drawn is not None and drawn.visible.all()
    truth = scene.trajectories.points_px
    apart = np.linalg.norm(drawn.points_px[0, :, None] - truth[0], axis=-1)  # [N, sprites]
    inside = apart.min(axis=1) < 4  # further out a point is read between the sprite's flow and the ground's
    assert inside.any()
    offsets = drawn.points_px[:, inside] - truth[:, apart.argmin(axis=1)[inside]]
    assert np.abs(offsets - offsets[0]).max() < 1e-3


def test_starts_are_drawn_in_proportion_to_speed():
    flow = torch.zeros(3, 32, 32, 2)
    flow[1:, :, :16, 0], flow[1:, :, 16:, 0] = 3.0, 1.0
    left = [sparse_trajectories(flow, 1, random(seed), stride=4).points_px[0, 0, 0] < 16 for seed in range(400)]
    assert 0.68 < np.mean(left) < 0.82


def test_no_place_is_drawn_twice_and_few_places_give_few_points():
    flow = torch.zeros(3, 64, 64, 2)
    flow[1:, 16, 16], flow[1:, 48, 48] = 2.0, 2.0
    drawn = sparse_trajectories(flow, 16, random())
    assert sorted(drawn.points_px[0].tolist()) == [[16, 16], [48, 48]]


def test_a_clip_that_stands_still_gives_no_points():
    assert sparse_trajectories(torch.zeros(5, 32, 48, 2), 4, random()) is None


def test_a_first_pair_that_stands_still_is_no_reason_to_give_up():
    flow = torch.zeros(5, 64, 64, 2)
    flow[3, 32, 32] = 1.0
    drawn = sparse_trajectories(flow, 4, random())
    assert drawn is not None and np.isfinite(drawn.points_px).all()


def test_motion_between_the_grid_s_places_is_found():
    flow = torch.zeros(3, 64, 64, 2)
    flow[1:, 3, 5] = 1.0
    assert sparse_trajectories(flow, 4, random()).points_px[0].tolist() == [[5, 3]]


def test_a_point_that_leaves_the_frame_is_invisible_from_there_on():
    flow = torch.zeros(5, 32, 32, 2)
    flow[1:, ..., 0] = 12.0
    drawn = sparse_trajectories(flow, 1, random(), stride=32)
    assert drawn.points_px[0].tolist() == [[16, 16]] and drawn.visible[:, 0].tolist() == [
        True,
        True,
        False,
        False,
        False,
    ]


def test_some_of_several_paths_keep_their_order():
    points = np.arange(3 * 5 * 2, dtype=float).reshape(3, 5, 2)
    trajectories = Trajectories(points, np.ones((3, 5), dtype=bool), Size(64, 64))
    two = choose_paths(trajectories, 2, random())
    assert two.points_px.shape == (3, 2, 2) and two.points_px[0, 0, 0] < two.points_px[0, 1, 0]
    assert choose_paths(trajectories, 9, random()).points_px.tolist() == points.tolist()
