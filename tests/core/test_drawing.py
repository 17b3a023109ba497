"""Drawn tracks are sampled as the browser previews them. Invalid values raise an error."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tora_core.paths.drawing import KINDS, TRACK_SPEEDS, Drawing, Track, parse_drawing
from tora_core.paths.drawn_motion import sample_drawing, sample_object, sample_track
from tora_core.paths.easing import EASES
from tora_core.video import Size

GOLDEN = json.loads((Path(__file__).parents[1] / "golden_editor.json").read_text())
SIZE = Size(GOLDEN["width"], GOLDEN["height"])
ARC = [[0.1, 0.8], [0.3, 0.2], [0.6, 0.35], [0.9, 0.7]]


def value(*tracks):
    return json.dumps({"version": 1, "canvas": [720, 480], "tracks": list(tracks)})


def sampled(frames=9, **track):
    return sample_track(Track(np.array(track.pop("points", ARC)), **track), frames, SIZE)


@pytest.mark.parametrize("case", GOLDEN["cases"], ids=lambda case: case["name"])
def test_tracks_match_the_values_that_the_browser_tests_check(case):
    (track,) = parse_drawing(value(case["track"])).tracks
    points_px = sample_track(track, GOLDEN["frames"], SIZE)
    np.testing.assert_allclose(points_px, case["points_px"], atol=1e-3)


@pytest.mark.parametrize("case", GOLDEN["objects"], ids=lambda case: case["name"])
def test_objects_match_the_values_that_the_browser_tests_check(case):
    (track,) = parse_drawing(value(case["track"])).tracks
    paths_px = sample_object(track, GOLDEN["frames"], SIZE).swapaxes(0, 1)  # [K, T, 2]
    np.testing.assert_allclose(paths_px, case["paths_px"], atol=1e-3)


def test_a_spline_passes_through_its_points_and_ends_at_them():
    dense = sampled(frames=2001)
    for x, y in np.array(ARC) * SIZE:
        assert np.hypot(*(dense - (x, y)).T).min() < 1
    np.testing.assert_allclose(dense[[0, -1]], np.array(ARC)[[0, -1]] * SIZE)


def test_constant_speed_has_equal_steps_and_density_does_not():
    steps = {speed: np.linalg.norm(np.diff(sampled(frames=33, speed=speed), axis=0), axis=-1) for speed in TRACK_SPEEDS}
    assert steps["constant"].max() / steps["constant"].min() < 1.05
    assert steps["points"].max() / steps["points"].min() > 1.5


def test_it_rests_before_start_and_after_end():
    points_px = sampled(frames=9, start=0.25, end=0.75)
    assert (points_px[:3] == points_px[0]).all() and (points_px[6:] == points_px[-1]).all()
    assert (points_px[3] != points_px[2]).any()


@pytest.mark.parametrize("ease", EASES)
def test_every_ease_starts_at_the_first_point_and_ends_at_the_last(ease):
    np.testing.assert_allclose(sampled(ease=ease)[[0, -1]], np.array(ARC)[[0, -1]] * SIZE)


def test_a_closed_track_comes_back():
    points_px = sampled(closed=True)
    np.testing.assert_allclose(points_px[0], points_px[-1])


def test_hidden_tracks_are_left_out_and_static_ones_stay():
    drawing = parse_drawing(
        value({"points": ARC}, {"points": ARC, "visible": False}, {"points": ARC, "kind": "static"}, {"points": []})
    )
    trajectories = sample_drawing(drawing, 9, SIZE)
    assert trajectories.points_px.shape == (9, 2, 2)
    assert (trajectories.points_px[:, 1] == trajectories.points_px[0, 1]).all()


@pytest.mark.parametrize("text", ["", "  "])
def test_an_empty_text_is_an_empty_drawing(text):
    assert parse_drawing(text) == Drawing()


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("garbage", "expected valid JSON in the editor's field, got 'garbage': clear the field or paste"),
        ("[]", "version 1 or 2"),
        ('{"version": 3, "tracks": []}', "version 1 or 2"),
        ('{"version": 2, "tracks": [{"points": [[0, 0, 2]]}]}', "pins of 0 to 1 in track 1, got 2"),
        ('{"version": 2, "tracks": [{"points": [[0, 0, "a"]]}]}', "pins of 0 to 1 in track 1, got 'a'"),
        ('{"version": 2, "tracks": [{"points": [[0, 0, 0.5], [1, 1, 0.5]]}]}', "pins that rise along track 1"),
        ('{"version": 2, "tracks": [{"points": [[0, 0, 0.5, 1]]}]}', "expected points"),
        ('{"version": 1}', "version 1"),
        (value({"points": [[0, 0], ["a", 1]]}), "expected"),
        (value({"points": ARC, "kind": "zigzag"}), "kind of .* in track 1, got 'zigzag'"),
        (value({"points": ARC}, {"points": ARC, "ease": "bounce"}), "ease of .* in track 2"),
        (value({"points": ARC, "speed": 3}), "speed of"),
        (value({"points": ARC, "start": "soon"}), "a number for start in track 1, got 'soon'"),
        (value(*[{"points": ARC}] * 1025), "at most 1024 tracks, got 1025"),
        (value(1), "an object with points as track 1, got 1"),
        (value({"points": ARC}, [ARC]), "an object with points as track 2"),
        (value(None), "an object with points as track 1, got None"),
        ("[" * 100_000, "valid JSON in the editor's field"),
        ('{"version": 1, "tracks": [' * 50_000, "valid JSON in the editor's field"),
        (
            f'{{"version": 1, "tracks": [{{"points": [[0, 0]], "start": {"9" * 400}}}]}}',
            "a number for start in track 1",
        ),
        (f'{{"version": 1, "tracks": [{{"points": [[0, {"9" * 400}]]}}]}}', "expected finite numbers"),
        (value({"points": [[100, 50], [200, 90]]}), "points in 0..1 of the frame in track 1, got .100.0, 50.0."),
        (value({"points": [[0.5, 1e6]]}), "points in 0..1"),
        (value({"points": ARC, "visible": "false"}), "true or false for visible in track 1, got 'false'"),
        (value({"points": ARC, "closed": 1}), "true or false for closed in track 1"),
        (value({"points": "10,20"}), "points .*x, y.* in track 1"),
        (value({"points": {"x": 1, "y": 2}}), "points .*x, y.* in track 1"),
        (value(*[{"points": [[0.5, 0.5]] * 1000}] * 101), "at most 100000 points in all tracks, got 101000"),
        ("x" * 4_000_001, "at most 4000000 characters"),
    ],
)
def test_an_invalid_value_raises_an_error(text, why):
    with pytest.raises(ValueError, match=why):
        parse_drawing(text)


@pytest.mark.parametrize(
    ("tracks", "why"),
    [
        ([], "at least one visible track, got none"),
        ([{"points": ARC, "visible": False}], "at least one visible track, got none"),
        (
            [{"points": ARC[:1]}, {"points": ARC, "kind": "static"}],
            "a track that moves, got 2 that stand still",
        ),
        ([{"points": [[0.5, 0.5]] * 3}], "a track that moves, got 1 that stand still"),
    ],
)
def test_a_drawing_without_motion_raises_an_error(tracks, why):
    with pytest.raises(ValueError, match=why):
        sample_drawing(parse_drawing(value(*tracks)), 9, SIZE)


unit = st.floats(0, 1)
tracks = st.fixed_dictionaries(
    {
        "points": st.lists(st.tuples(unit, unit), min_size=1, max_size=12),
        "kind": st.sampled_from(KINDS),
        "speed": st.sampled_from(TRACK_SPEEDS),
        "ease": st.sampled_from(sorted(EASES)),
        "closed": st.booleans(),
        "tension": unit,
        "start": unit,
        "end": unit,
    }
)


@given(tracks, st.integers(2, 40))
def test_any_track_gives_a_finite_point_for_each_frame(track, frames):
    (parsed,) = parse_drawing(value(track)).tracks
    points_px = sample_track(parsed, frames, SIZE)
    assert points_px.shape == (frames, 2) and np.isfinite(points_px).all()


def test_a_value_of_version_1_is_read_as_before():
    one = parse_drawing(value({"points": ARC, "start": 0.2, "ease": "in"}))
    two = parse_drawing(value({"points": ARC, "start": 0.2, "ease": "in"}).replace('"version": 1', '"version": 2'))
    np.testing.assert_array_equal(sample_drawing(one, 9, SIZE).points_px, sample_drawing(two, 9, SIZE).points_px)


@given(st.lists(st.floats(0.05, 0.95), min_size=2, max_size=2, unique=True).map(sorted))
def test_a_pinned_point_is_reached_at_its_time_and_the_way_is_never_walked_back(times):
    if times[1] - times[0] < 0.05:
        return
    frames = 1001
    points_px = sampled(frames=frames, kind="linear", pins=(None, times[0], times[1], None))
    for time, point in zip(times, ARC[1:3], strict=True):
        near = points_px[[int(time * (frames - 1)), int(time * (frames - 1)) + 1]]
        assert np.hypot(*(near - np.array(point) * SIZE).T).min() < 15
    assert (np.diff(points_px[:, 0]) >= -1e-6).all()  # x rises along this line


def test_a_track_is_visible_from_and_to_the_nearest_frames():
    drawing = parse_drawing(value({"points": ARC, "shown_from": 0.25, "shown_to": 0.8}))
    assert sample_drawing(drawing, 9, SIZE).visible[:, 0].tolist() == [False] * 2 + [True] * 5 + [False] * 2


@pytest.mark.parametrize(
    ("bg", "picture"),
    [
        ({"filename": "cat.png", "subfolder": "tora", "type": "input"}, "tora/cat.png"),
        ({"filename": "cat.png", "subfolder": "", "type": "input"}, "cat.png"),
        ({"filename": "cat.png", "subfolder": None, "type": "input"}, "cat.png"),
        ({"filename": "cat.png", "subfolder": "", "type": "temp"}, None),
        ({"filename": 3, "type": "input"}, None),
        ("cat.png", None),
        (None, None),
    ],
)
def test_the_stored_picture_is_known_by_its_place_in_the_input_folder(bg, picture):
    assert parse_drawing(json.dumps({"version": 2, "tracks": [], "bg": bg})).picture == picture
