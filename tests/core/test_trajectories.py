"""Path sampling: reference mode equals the reference exactly, and the default uses the whole path."""

from __future__ import annotations

import numpy as np
import pytest
from golden_data import FLOWS, load_flow, name_of
from hypothesis import given
from hypothesis import strategies as st

from tora_core.flow.flow_map import flow_map
from tora_core.paths.coordinates import parse_coordinates
from tora_core.paths.drawn_path import DrawnPath, resample
from tora_core.paths.presets import preset
from tora_core.paths.trajectories import TORA_CANVAS, Trajectories
from tora_core.video import Size

VIDEO = Size(720, 480)


def paths(*points):
    return [np.array(path, dtype=float) for path in points]


@pytest.mark.parametrize("file", FLOWS, ids=name_of)
def test_reference_mode_gives_the_reference_s_points(file):
    golden = load_flow(file)
    read = [parse_coordinates(text)[0] for text in golden.texts]
    trajectories = Trajectories.from_paths(
        read, TORA_CANVAS, golden.frames, Size(golden.width, golden.height), "reference"
    )
    np.testing.assert_array_equal(trajectories.points_px.transpose(1, 0, 2), golden.points)


@given(
    st.lists(st.tuples(st.floats(0, 256), st.floats(0, 256)), min_size=2, max_size=300),
    st.integers(2, 120),
)
def test_the_whole_path_is_used_however_many_points_it_has(points, frames):
    sampled = resample(np.array(points), frames)
    assert sampled.shape == (frames, 2)
    np.testing.assert_array_equal(sampled[[0, -1]], np.array(points)[[0, -1]])
    assert (sampled.min(0) >= np.min(points, 0)).all() and (sampled.max(0) <= np.max(points, 0)).all()


def test_points_are_equally_spaced_in_time_so_their_density_is_speed():
    slow_then_fast = resample(np.array([[0, 0], [1, 0], [2, 0], [10, 0]], dtype=float), 7)
    np.testing.assert_allclose(slow_then_fast[:, 0], [0, 0.5, 1, 1.5, 2, 6, 10])


def test_paths_are_scaled_from_their_canvas_to_the_video_and_keep_fractions():
    trajectories = Trajectories.from_paths(paths([[0, 0], [256, 256]]), TORA_CANVAS, 3, VIDEO)
    np.testing.assert_allclose(trajectories.points_px[:, 0], [[0, 0], [360, 240], [720, 480]])
    assert trajectories.canvas == VIDEO and trajectories.frames == 3


def test_points_outside_the_frame_are_moved_to_its_edge_and_counted(caplog):
    trajectories = Trajectories.from_paths(paths([[-8, 0], [8, 8], [16, 20], [9, 9]]), Size(16, 16), 4, Size(16, 16))
    np.testing.assert_array_equal(trajectories.clamp_to_frame().points_px[:, 0], [[0, 0], [8, 8], [15, 15], [9, 9]])
    assert "2 of 4 points lie outside the 16x16 frame" in caplog.text


@pytest.mark.parametrize(
    ("points", "canvas", "frames", "size", "why"),
    [
        ([[[1, 1]]], TORA_CANVAS, 9, VIDEO, "at least two points in one of the paths, got 1 path"),
        ([[[1, 1], [900, 2]]], TORA_CANVAS, 9, VIDEO, r"256x256 canvas.*\(900, 2\) in path 1.*set the canvas"),
        ([[[1, 1], [2, -300]]], TORA_CANVAS, 9, VIDEO, "256x256 canvas"),
        ([[[20, 250], [500, 20], [500, 480]]], TORA_CANVAS, 9, VIDEO, "256x256 canvas.*set the canvas"),
        ([[[20, 20], [300, 300], [310, 40]]], TORA_CANVAS, 9, VIDEO, "got 2 of 3 outside"),
        ([[[1, 1], [2, 2]]], TORA_CANVAS, 1, VIDEO, "at least 2 frames, got 1"),
        (
            [[[9, 9], [9, 9]], [[5, 5]]],
            TORA_CANVAS,
            9,
            VIDEO,
            "a path that moves, got 2 that stand still",
        ),
        ([[[1, 1], [2, 2]]], Size(0, 256), 9, VIDEO, "canvas 0x256"),
    ],
)
def test_invalid_paths_raise_an_error_with_the_reason(points, canvas, frames, size, why):
    with pytest.raises(ValueError, match=why):
        Trajectories.from_paths(paths(*points), canvas, frames, size)


def test_an_unknown_mode_raises_an_error():
    with pytest.raises(ValueError, match="'exakt'"):
        Trajectories.from_paths(paths([[1, 1], [2, 2]]), TORA_CANVAS, 9, VIDEO, "exakt")


def test_a_single_point_beside_a_path_stays_still_with_a_note():
    trajectories = Trajectories.from_paths(paths([[1, 1], [9, 9]], [[5, 5]]), Size(16, 16), 4, Size(16, 16))
    np.testing.assert_array_equal(trajectories.points_px[:, 1], [[5, 5]] * 4)
    assert "1 of 2 paths have one point" in trajectories.notes[0]


def test_hidden_points_of_a_tracker_do_not_move_and_do_not_bleach_other_paths():
    lost = [[40.0 + 2 * i, 50.0] for i in range(20)] + [[-100.0, -100.0]] * 29
    whole = [[60.0 + 2 * i, 150.0] for i in range(49)]
    both = Trajectories.from_paths(paths(lost, whole), TORA_CANVAS, 49, TORA_CANVAS)
    assert both.visible[:, 0].sum() == 20 and both.visible[:, 1].all()
    assert np.abs(np.diff(both.points_px[:, 0], axis=0)).max() <= 2
    assert "29 of 98 points are hidden" in both.notes[0]
    alone = Trajectories.from_paths(paths(whole), TORA_CANVAS, 49, TORA_CANVAS)
    far = np.s_[:, 140:160]
    np.testing.assert_allclose(flow_map(both)[far], flow_map(alone)[far], atol=1e-6)


def test_pauses_rest_at_both_ends():
    path = DrawnPath(np.array([[0.0, 0.0], [8.0, 0.0]]), rest=(2, 1))
    points, visible = path.sample(6)
    assert points[:, 0].tolist() == [0, 0, 0, 4, 8, 8] and visible.all()
    with pytest.raises(ValueError, match=r"2 \+ 1 frames of rest in 3 frames"):
        path.sample(3)


def test_mode_reference_refuses_what_the_reference_cannot_do():
    timed = DrawnPath(np.array([[1.0, 1.0], [9.0, 9.0]]), frames=np.array([0.0, 4.0]))
    with pytest.raises(ValueError, match="use mode exact"):
        Trajectories.from_paths([timed], TORA_CANVAS, 9, VIDEO, "reference")


def test_frames_that_all_lie_after_the_video_are_an_error():
    timed = DrawnPath(np.array([[1.0, 1.0], [9.0, 9.0]]), frames=np.array([1001.0, 1040.0]))
    with pytest.raises(ValueError, match="expected frames 0 to 48, got 1001 as the first of path 1"):
        Trajectories.from_paths([timed], TORA_CANVAS, 49, VIDEO)


def test_paths_fitted_to_a_larger_frame_stay_on_the_same_picture_points_and_back():
    small = preset("arc", 5, Size(96, 64))
    large = small.fit_to(Size(480, 320))
    assert large.canvas == Size(480, 320)
    np.testing.assert_allclose(large.points_px, (small.points_px + 0.5) * 5 - 0.5)
    np.testing.assert_allclose(large.fit_to(small.canvas).points_px, small.points_px)


def test_paths_fitted_to_another_shape_go_to_its_largest_centred_part():
    middle = Trajectories(np.full((2, 1, 2), (47.5, 31.5)), np.ones((2, 1), bool), Size(96, 64))
    np.testing.assert_allclose(middle.fit_to(Size(480, 480)).points_px[0, 0], (239.5, 239.5))
    corner = Trajectories(np.full((2, 1, 2), -0.5), np.ones((2, 1), bool), Size(96, 64))
    np.testing.assert_allclose(corner.fit_to(Size(480, 480)).points_px[0, 0], (-0.5, 79.5))
