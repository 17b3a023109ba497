"""Tests TrajError against values by hand, and on clips of known motion."""

from __future__ import annotations

import json

import numpy as np
import pytest
import torch
from synthetic import crossing

from tora_core.evaluation.trajectory_error import track_and_compare, trajectory_error
from tora_core.paths.trajectories import Trajectories
from tora_core.video import Size

SIZE = Size(240, 160)
SMALL = Size(160, 112)


def still(points, size=SIZE, visible=None):
    points = np.array(points, dtype=float)  # [T, N, 2]
    return Trajectories(points, np.ones(points.shape[:2], bool) if visible is None else np.array(visible, bool), size)


def wavy(frames=9, paths=2):
    time = np.linspace(0, 1, frames)[:, None]
    start = np.array([[60.0, 50.0], [150.0, 100.0], [30.0, 120.0]])[:paths]
    return still(start + np.stack([40 * time, 25 * np.sin(4 * time)], -1))


def with_visible(trajectories, visible):
    return Trajectories(trajectories.points_px, visible, trajectories.canvas)


def test_equal_paths_have_no_error():
    error = trajectory_error(wavy(), wavy())
    assert (error.l1_px, error.euclidean_px, error.coverage, error.lost) == (0, 0, 1, ())


def test_the_error_equals_the_means_by_hand():
    wanted = still([[[10, 10], [50, 50]], [[20, 10], [50, 50]]])
    tracked = still([[[10, 10], [50, 50]], [[23, 14], [50, 42]]])
    error = trajectory_error(wanted, tracked)
    assert (error.l1_px, error.euclidean_px) == ((0 + 0 + 7 + 8) / 4, (0 + 0 + 5 + 8) / 4)
    assert (error.path_l1_px, error.path_euclidean_px) == ((3.5, 4.0), (2.5, 4.0))
    assert (error.frame_l1_px, error.frame_euclidean_px) == ((0.0, 7.5), (0.0, 6.5))


def test_points_that_are_invisible_in_either_path_are_not_counted():
    wanted, tracked = wavy(), wavy()
    tracked.points_px[2:5, 0] += 1000
    tracked.points_px[6, 1] += 1000
    aimed, seen = np.ones((9, 2), bool), np.ones((9, 2), bool)
    aimed[6, 1], seen[2:5, 0] = False, False
    error = trajectory_error(with_visible(wanted, aimed), with_visible(tracked, seen))
    assert error.l1_px == 0 and error.coverage == (18 - 1 - 3) / (18 - 1)


def test_every_path_and_every_frame_has_a_number_or_none():
    tracked = wavy(9, 3)
    tracked.points_px[:, 1] += (3, 4)
    seen = np.ones((9, 3), bool)
    seen[1:, 2] = False
    seen[5] = False
    error = trajectory_error(wavy(9, 3), with_visible(tracked, seen))
    assert error.path_l1_px[:2] == pytest.approx((0, 7)) and error.path_euclidean_px[:2] == pytest.approx((0, 5))
    assert error.path_l1_px[2] is error.path_euclidean_px[2] is None and error.lost == (2,)
    assert [value is None for value in error.frame_l1_px] == [frame == 5 for frame in range(9)]
    assert error.l1_px == pytest.approx(3.5)


def test_a_path_with_only_its_start_point_is_lost():
    seen = np.zeros((9, 2), bool)
    seen[0] = True
    error = trajectory_error(wavy(), with_visible(wavy(), seen))
    assert error.l1_px is None and error.lost == (0, 1) and error.coverage == 0


def test_without_tracked_points_the_values_are_none():
    error = trajectory_error(wavy(), with_visible(wavy(), np.zeros((9, 2), bool)))
    assert "none of 2 paths could be tracked" in str(error)
    read = json.loads(json.dumps(error.to_json(), allow_nan=False))
    assert read["traj_error_px"] is None and read["lost"] == [0, 1] and read["frames"]["traj_error_px"] == [None] * 9


def test_invisible_points_may_be_nan():
    wanted, seen = wavy(), np.ones((9, 2), bool)
    seen[3, 1] = False
    tracked = with_visible(wavy(), seen)
    tracked.points_px[3, 1] = np.nan
    assert trajectory_error(wanted, tracked).l1_px == 0


def test_text_and_json_contain_the_resolution():
    tracked = wavy()
    tracked.points_px[:] += (3, 4)
    error = trajectory_error(wavy(), tracked)
    assert str(error) == "TrajError 7.0 px at 240x160 (Euclidean 5.0 px), 100 % tracked"
    read = json.loads(json.dumps(error.to_json(), allow_nan=False))
    assert read["canvas"] == [240, 160] and read["traj_error_px"] == pytest.approx(7)
    assert read["paths"]["euclidean_px"] == pytest.approx([5, 5])


@pytest.mark.parametrize(
    ("tracked", "message"),
    [
        (wavy(7), "frames: 9 .*got 7.*once for each of the video's frames"),
        (wavy(9, 1), "paths: 2 .*got 1.*every wanted path"),
        (still(wavy().points_px, Size(480, 320)), "canvas of 240x160 .*got 480x320.*scale"),
    ],
)
def test_trajectories_that_do_not_match_are_an_error(tracked, message):
    with pytest.raises(ValueError, match=message):
        trajectory_error(wavy(), tracked)


def test_wanted_paths_that_are_never_visible_are_an_error():
    with pytest.raises(ValueError, match="visible in at least one frame, got none"):
        trajectory_error(with_visible(wavy(), np.zeros((9, 2), bool)), wavy())


@pytest.fixture(scope="module")
def clip():
    return crossing(SMALL)


def test_a_clip_that_follows_its_paths_has_almost_no_error(clip):
    tracked, error = track_and_compare(clip.video, still(clip.points_px, SMALL))
    assert error.l1_px < 0.5 and error.coverage == 1 and tracked.visible.all()


def test_the_error_of_a_still_clip_is_the_mean_displacement_of_its_paths(clip):
    video = clip.video[:1].expand(11, -1, -1, -1).contiguous()
    displacement_px = np.abs(clip.points_px - clip.points_px[0]).sum(-1)
    _, error = track_and_compare(video, still(clip.points_px, SMALL))
    assert error.coverage == 1 and displacement_px.mean() > 20
    assert error.path_l1_px == pytest.approx(displacement_px.mean(0), abs=0.05)
    assert error.l1_px == pytest.approx(displacement_px.mean(), abs=0.05)


def test_a_path_is_tracked_from_where_it_first_appears(clip):
    aimed = np.ones((11, 2), bool)
    aimed[:6, 1] = False
    wanted = still(clip.points_px, SMALL, aimed)
    wanted.points_px[:6, 1] = (0, 0)
    tracked, error = track_and_compare(clip.video, wanted)
    assert error.l1_px < 0.5 and error.coverage == 1
    assert np.abs(tracked.points_px[6:] - clip.points_px[6:]).max() < 0.5


def test_a_path_outside_the_frame_starts_where_it_enters(clip):
    wanted = still(clip.points_px, SMALL)
    wanted.points_px[:4, 0] = (-20, -20)
    _, error = track_and_compare(clip.video, wanted)
    assert error.path_l1_px[1] < 0.5 and error.lost == ()
    assert np.mean(error.frame_l1_px[4:]) < 0.5


def test_a_start_on_the_far_edge_of_the_canvas_is_tracked(clip):
    wanted = still(np.tile([SMALL.width, 60.0], (11, 1, 1)), SMALL)
    assert track_and_compare(clip.video, wanted)[1].lost == ()


@pytest.mark.parametrize(
    ("shape", "message"),
    [((9, 80, 120), "9 frames of 240x160.*got 9 frames of 120x80"), ((7, 160, 240), "9 frames of.*got 7 frames")],
)
def test_a_video_of_another_size_or_length_is_an_error(shape, message):
    with pytest.raises(ValueError, match=message):
        track_and_compare(torch.zeros(*shape, 3, dtype=torch.uint8), wavy())
