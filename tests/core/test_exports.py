"""What the editor exports reads back as the same trajectories."""

from __future__ import annotations

import json

import numpy as np
import pytest

from tora_core.paths.drawing import parse_drawing
from tora_core.paths.drawn_motion import sample_drawing
from tora_core.paths.exports import parse_trajectories
from tora_core.paths.trajectories import TORA_CANVAS
from tora_core.video import Size

SIZE = Size(720, 480)
TRACK = {"points": [[0.1, 0.8], [0.3, 0.2], [0.9, 0.7]], "kind": "spline", "ease": "in"}
DRAWING = json.dumps({"version": 1, "canvas": [720, 480], "tracks": [TRACK]})
TRACKS = {"track_path": [[[72, 48], [360, 240]], [[144, 96], [360, 240]]], "canvas": [720, 480]}


def read(data, canvas=TORA_CANVAS, frames=9):
    return parse_trajectories(data if isinstance(data, str) else json.dumps(data), canvas, frames, SIZE)


@pytest.mark.parametrize("text", [DRAWING, "\ufeff" + DRAWING, json.dumps({"tora_track": TRACK}), f" {DRAWING}\n"])
def test_a_drawing_is_sampled_as_by_the_editor_node(text):
    expected = sample_drawing(parse_drawing(DRAWING), 9, SIZE)
    np.testing.assert_array_equal(read(text).points_px, expected.points_px)


def test_tracks_keep_their_canvas_and_their_axes():
    points_px = read(TRACKS, frames=2).points_px
    np.testing.assert_allclose(points_px, TRACKS["track_path"])
    half = read(TRACKS | {"canvas": [1440, 960]}, frames=2).points_px
    np.testing.assert_allclose(half, points_px / 2)


def test_tracks_without_a_canvas_take_the_one_of_the_node():
    (data,) = [{"track_path": TRACKS["track_path"]}]
    np.testing.assert_allclose(read(data, Size(1440, 960), 2).points_px, np.array(TRACKS["track_path"]) / 2)


def test_hidden_points_stay_hidden():
    hidden = TRACKS | {
        "track_path": [[[72, 48], [None, None]], [[144, 96], [360, 240]]],
        "track_visibility": [[True, False], [True, True]],
    }
    trajectories = read(hidden, frames=2)
    assert trajectories.visible.tolist() == [[True, False], [True, True]]
    np.testing.assert_allclose(trajectories.points_px[:, 0], [[72, 48], [144, 96]])
    assert read(hidden, frames=4).visible[:, 1].tolist() == [False, False, True, True]


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"track_path": []}, "track_path with 3 levels of lists, got 1"),
        ({"track_path": [1]}, "3 levels of lists, got 1"),
        ({"track_path": [[[1, 2]], [[3]]]}, "numbers of equal length as track_path"),
        ({"track_path": [[["a", "b"]]]}, "numbers of equal length as track_path"),
        ({"track_path": [[[1, 2, 3]]]}, r"\[frames\]\[tracks\]\[x, y\]"),
        ({"track_path": [[[1, None]]]}, "at least two points"),
        ({"track_path": [[[10**400, 1]]]}, "numbers of equal length"),
        ({"track_visibility": [[True]]}, "track_visibility"),
        ({"canvas": [0, 5]}, "canvas .width, height. of 1 to 16384 pixels"),
        ({"canvas": [1]}, "canvas .width, height. of 1 to 16384 pixels"),
        ({"canvas": "wide"}, "as canvas"),
        ({"canvas": [1e6, 1e6]}, "1 to 16384 pixels"),
        ({"track_path": [[[1e999, 1]], [[2, 3]]]}, "infinity"),
    ],
)
def test_tracks_of_another_form_are_an_error(changes, why):
    with pytest.raises(ValueError, match=why):
        read(TRACKS | changes)


def test_coordinates_are_read_on_the_canvas_of_the_node():
    np.testing.assert_allclose(read("[[0, 0], [128, 128]]", frames=2).points_px[-1, 0], [360, 240])
