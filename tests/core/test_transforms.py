"""Transforms: identities, then single transforms. Smoothing removes jitter and keeps the motion."""

from __future__ import annotations

import numpy as np
import pytest

from tora_core.paths.presets import preset
from tora_core.paths.trajectories import Trajectories
from tora_core.paths.transforms import Transform, combine, smooth, transform
from tora_core.video import Size

SIZE = Size(200, 100)


@pytest.fixture
def path():
    return preset("wave", 49, SIZE, centre_unit=(0.4, 0.5))


def moved(path, **how):
    return transform(path, Transform(**how)).points_px[:, 0]


def test_the_default_changes_nothing(path):
    np.testing.assert_allclose(moved(path), path.points_px[:, 0])


def test_a_move_is_in_parts_of_the_frame(path):
    np.testing.assert_allclose(moved(path, move_unit=(0.1, -0.2)) - path.points_px[:, 0], [[20, -20]] * 49)


def test_mirroring_twice_and_turning_all_the_way_change_nothing(path):
    once = transform(path, Transform(mirror="both", pivot="frame centre"))
    assert not np.allclose(once.points_px, path.points_px)
    np.testing.assert_allclose(moved(once, mirror="both", pivot="frame centre"), path.points_px[:, 0])
    np.testing.assert_allclose(moved(path, rotation=360), path.points_px[:, 0])


def test_horizontal_swaps_left_and_right_only(path):
    flipped = moved(path, mirror="horizontal", pivot="frame centre")
    np.testing.assert_allclose(flipped, [200, 0] + path.points_px[:, 0] * [-1, 1])


@pytest.mark.parametrize("pivot", ["own centre", "first point"])
def test_a_scale_keeps_its_pivot_and_each_path_has_its_own(path, pivot):
    both = combine([path, transform(path, Transform(move_unit=(0.2, 0.1)))])
    scaled = transform(both, Transform(scale=(2.0, 0.5), pivot=pivot)).points_px
    np.testing.assert_allclose(scaled[:, 1] - scaled[:, 0], both.points_px[:, 1] - both.points_px[:, 0])
    np.testing.assert_allclose(np.ptp(scaled, axis=0), np.ptp(both.points_px, axis=0) * [2.0, 0.5])
    if pivot == "first point":
        np.testing.assert_allclose(scaled[0], both.points_px[0])


def test_rotation_is_clockwise():
    line = preset("line", 9, SIZE)
    turned = moved(line, rotation=90)
    np.testing.assert_allclose(turned[:, 0], 100, atol=1e-9)
    assert turned[-1, 1] > turned[0, 1]


@pytest.mark.parametrize("how", ["savitzky-golay", "spline"])
def test_smoothing_removes_jitter_and_keeps_the_motion(path, how):
    noise = np.random.default_rng(0).normal(0, 2.0, path.points_px.shape)
    shaky = Trajectories(path.points_px + noise, path.visible, SIZE)
    smoothed = smooth(shaky, how, 0.25)

    def jerk(each):
        return np.abs(np.diff(each.points_px, n=3, axis=0)).mean()

    assert jerk(smoothed) < jerk(shaky) / 5
    error, before = (np.abs(each.points_px - path.points_px).mean() for each in (smoothed, shaky))
    assert error < before
    np.testing.assert_allclose(smoothed.points_px[[0, -1]], shaky.points_px[[0, -1]], atol=1e-9)


@pytest.mark.parametrize("how", ["savitzky-golay", "spline"])
def test_a_straight_even_path_is_smooth_already(how):
    line = preset("line", 25, SIZE)
    np.testing.assert_allclose(smooth(line, how, 1.0).points_px, line.points_px, atol=1e-6)


@pytest.mark.parametrize("how", ["none", "savitzky-golay", "spline"])
@pytest.mark.parametrize("frames", [2, 3, 4, 5, 6, 8])
def test_short_paths_and_strength_zero_are_accepted(how, frames):
    short = preset("wave", frames, SIZE)
    assert np.isfinite(smooth(short, how, 0.7).points_px).all()
    np.testing.assert_allclose(smooth(short, how, 0.0).points_px, short.points_px)


def test_combining_keeps_every_path_and_its_visibility(path):
    hidden = Trajectories(path.points_px + 5, ~path.visible, SIZE)
    both = combine([path, hidden, path])
    assert both.points_px.shape == (49, 3, 2)
    assert both.visible.all(axis=0).tolist() == [True, False, True]


@pytest.mark.parametrize(("frames", "size"), [(25, SIZE), (49, Size(96, 64))])
def test_other_lengths_or_sizes_raise_an_error_with_both_numbers(path, frames, size):
    with pytest.raises(ValueError, match=f"expected 49 frames of 200x100.*got {frames} frames of {size}"):
        combine([path, preset("line", frames, size)])


def test_invalid_options_raise_an_error(path):
    with pytest.raises(ValueError, match="diagonal"):
        Transform(mirror="diagonal")
    with pytest.raises(ValueError, match="'blur'"):
        smooth(path, "blur", 0.5)
    with pytest.raises(ValueError, match="at least one tracks input to combine, got none"):
        combine([])
