"""Retiming changes the timing of a path and keeps its shape."""

from __future__ import annotations

import numpy as np
import pytest

from tora_core.paths.easing import parse_easing
from tora_core.paths.presets import preset
from tora_core.paths.retiming import Timing, retime
from tora_core.paths.trajectories import Trajectories
from tora_core.video import Size

SIZE = Size(100, 80)


def line(frames=11, visible=None):
    """A path from 0 to 50 px to the right at constant speed."""
    points = np.stack([np.linspace(0, 50, frames), np.full(frames, 40.0)], axis=-1)[:, None]
    seen = np.ones((frames, 1), bool) if visible is None else np.array(visible)[:, None]
    return Trajectories(points, seen, SIZE)


def xs(timing, path=None):
    return retime(path or line(), timing).points_px[:, 0, 0]


def test_the_default_changes_nothing():
    wave = preset("wave", 49, SIZE)
    np.testing.assert_allclose(retime(wave, Timing()).points_px, wave.points_px)


def test_another_length_keeps_both_ends_and_the_line():
    np.testing.assert_allclose(xs(Timing(frames=21)), np.linspace(0, 50, 21))
    np.testing.assert_allclose(xs(Timing(frames=3)), [0, 25, 50])


def test_it_rests_before_start_and_after_end():
    np.testing.assert_allclose(xs(Timing(start=0.2, end=0.7)), [0, 0, 0, 10, 20, 30, 40, 50, 50, 50, 50])


def test_a_hold_rests_half_way():
    found = xs(Timing(hold=0.4))
    np.testing.assert_allclose(found[3:8], 25)
    assert found[0] == 0 and found[-1] == 50


def test_reverse_ping_pong_and_loop():
    np.testing.assert_allclose(xs(Timing(reverse=True)), np.linspace(50, 0, 11))
    np.testing.assert_allclose(xs(Timing(repeat="ping-pong", passes=2)), [0, 10, 20, 30, 40, 50, 40, 30, 20, 10, 0])
    np.testing.assert_allclose(xs(Timing(repeat="loop", passes=2)), [0, 10, 20, 30, 40, 0, 10, 20, 30, 40, 50])
    np.testing.assert_allclose(xs(Timing(repeat="ping-pong", passes=1)), np.linspace(0, 50, 11))
    assert xs(Timing(repeat="loop", passes=1.5))[-1] == pytest.approx(25)


@pytest.mark.parametrize(("ease", "early"), [("in", True), ("out", False)])
def test_eases_set_off_or_arrive_slowly(ease, early):
    steps = np.diff(xs(Timing(ease=ease)))
    assert (np.diff(steps) > 0).all() if early else (np.diff(steps) < 0).all()


def test_a_custom_curve_runs_through_its_pairs():
    assert xs(Timing(ease="0,0 0.5,0.9 1,1"))[5] == pytest.approx(45)
    np.testing.assert_allclose(parse_easing("0,0 1,1")(np.array([0.0, 0.3, 1.0])), [0.0, 0.3, 1.0])


def test_constant_speed_is_the_same_all_along_the_line():
    uneven = Trajectories(line().points_px ** 2 / 50, np.ones((11, 1), bool), SIZE)
    assert np.ptp(np.diff(xs(Timing(), uneven))) > 1
    np.testing.assert_allclose(np.diff(xs(Timing(speed="constant"), uneven)), 5)


def test_visibility_is_retimed_too():
    half = line(visible=[True] * 5 + [False] * 6)
    assert retime(half, Timing(reverse=True)).visible[:, 0].tolist() == [False] * 6 + [True] * 5
    assert retime(half, Timing(frames=31)).visible[:, 0].sum() == 14


def test_a_point_that_stands_still_stays_finite_at_constant_speed():
    still = Trajectories(np.full((5, 1, 2), 7.0), np.ones((5, 1), bool), SIZE)
    assert (retime(still, Timing(speed="constant")).points_px == 7).all()


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"start": 0.6, "end": 0.4}, "start 0.6 and end 0.4: set start below end"),
        ({"hold": 1.0}, "below 1, got 1: use"),
        ({"speed": "fast"}, "fast"),
        ({"repeat": "twice"}, "twice"),
        ({"passes": 0.0}, "more than 0 passes, got 0: use 1"),
        ({"frames": 1}, "at least 2 frames, or 0 .* got 1"),
    ],
)
def test_an_invalid_timing_raises_an_error(change, why):
    with pytest.raises(ValueError, match=why):
        Timing(**change)


@pytest.mark.parametrize("ease", ["swing", "0,0", "0,0 0,1", "0,0 1,2", "0;0 1;1"])
def test_an_invalid_curve_raises_an_error(ease):
    with pytest.raises(ValueError, match="expected"):
        parse_easing(ease)
