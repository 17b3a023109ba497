"""Paths fitted to another model keep their shape, their timing and what is hidden."""

from __future__ import annotations

import json

import numpy as np
import pytest

from tora_core.paths.coordinates_text import coordinates_text
from tora_core.paths.presets import preset
from tora_core.paths.resampling import ATI, TARGETS, Target, resample_trajectories
from tora_core.paths.trajectories import Trajectories
from tora_core.video import Size

SIZE = Size(720, 480)


@pytest.fixture
def line():
    return preset("line", 49, SIZE, extent=(0.4, 0.2), rotation=20)


def test_the_same_frames_and_size_change_nothing(line):
    same = resample_trajectories(line, Target(49, SIZE))
    assert np.array_equal(same.points_px, line.points_px) and np.array_equal(same.visible, line.visible)


def test_a_line_at_121_points_and_back_at_49_is_the_same_line(line):
    there = resample_trajectories(line, Target(121, SIZE))
    assert there.frames == 121
    np.testing.assert_allclose(there.points_px[[0, 60, 120]], line.points_px[[0, 24, 48]], atol=1e-9)
    np.testing.assert_allclose(resample_trajectories(there, Target(49, SIZE)).points_px, line.points_px, atol=1e-9)


@pytest.mark.parametrize("name", TARGETS)
def test_every_model_gets_its_points_and_size_and_the_centre_stays(name):
    middle = Trajectories(np.full((49, 1, 2), (359.5, 239.5)), np.ones((49, 1), bool), SIZE)
    fitted = resample_trajectories(middle, TARGETS[name])
    assert (fitted.frames, fitted.canvas) == TARGETS[name]
    np.testing.assert_allclose(
        fitted.points_px, np.broadcast_to(np.array(TARGETS[name].size) / 2 - 0.5, (fitted.frames, 1, 2))
    )


def test_points_that_the_crop_cuts_away_are_hidden_and_those_outside_before_stay_as_they_were():
    points = np.array([[[360.0, 2.0], [360.0, -9.0]], [[360.0, 240.0], [360.0, 240.0]]])
    fitted = resample_trajectories(Trajectories(points, np.ones((2, 2), bool), SIZE), Target(2, Size(832, 480)))
    assert fitted.visible.tolist() == [[False, True], [True, True]]  # 832x480 cuts 37 rows above


def test_paths_that_are_all_cut_away_are_an_error():
    points = np.array([[[300.0, 2.0]], [[360.0, 3.0]]])
    with pytest.raises(ValueError, match="expected paths in the middle part of the picture that 832x480 keeps"):
        resample_trajectories(Trajectories(points, np.ones((2, 1), bool), SIZE), Target(2, Size(832, 480)))


def test_the_most_paths_are_evenly_chosen_with_the_first_and_the_last():
    points = np.arange(9.0)[None, :, None] * [[[40.0, 0.0]]] + [[[20.0, 240.0]]] + np.arange(2.0)[:, None, None]
    fitted = resample_trajectories(Trajectories(points, np.ones((2, 9), bool), SIZE), Target(2, SIZE), most_paths=3)
    assert fitted.points_px[0, :, 0].tolist() == [20.0, 180.0, 340.0]


def test_for_ati_a_path_ends_where_it_stays_hidden(line):
    visible = np.ones((49, 1), bool)
    visible[[10, *range(40, 49)]] = False
    hidden = Trajectories(line.points_px, visible, SIZE)
    (cut,) = json.loads(coordinates_text(hidden, ends_when_hidden=True))
    (whole,) = json.loads(coordinates_text(hidden))
    assert len(cut) == 40 and len(whole) == 49 and cut == whole[:40]
    assert ATI in TARGETS and TARGETS[ATI].frames == 121
