"""Presets follow their inputs, and the editor's generated files match the table of presets."""

from __future__ import annotations

import numpy as np
import pytest

from scripts.write_presets import COMMAND, ROOT, drawn_preset, generated_files
from tora_core.paths.drawing import Track
from tora_core.paths.drawn_motion import sample_track
from tora_core.paths.presets import PRESETS, preset
from tora_core.video import Size

SIZE = Size(720, 480)


@pytest.mark.parametrize("name", PRESETS)
def test_every_preset_moves_around_the_centre_and_stays_in_the_frame(name):
    path_px = preset(name, 49, SIZE).points_px[:, 0]
    assert path_px.shape == (49, 2) and np.ptp(path_px, axis=0).max() > 0.2 * SIZE.height
    assert (path_px >= 0).all() and (path_px <= np.array(SIZE)).all()
    middle = (path_px.min(axis=0) + path_px.max(axis=0)) / 2
    assert np.abs(middle - np.array(SIZE) / 2).max() < 0.3 * SIZE.height


@pytest.mark.parametrize(("path", "text"), generated_files().items(), ids=lambda value: getattr(value, "name", ""))
def test_the_generated_files_match_the_table(path, text):
    written = path.read_text(encoding="utf-8") if path.exists() else ""
    assert written == text, f"{path.relative_to(ROOT)} does not match presets.py: run `{COMMAND}`"


@pytest.mark.parametrize(
    ("name", "corners"),
    [
        ("pause", [0.4, 0.6]),
        ("sawtooth", np.arange(9) / 8),
        ("zigzag", np.arange(7) / 6),
        ("bounce", [0.2, 0.6, 1.0]),
        ("dance", np.arange(9) / 8),
    ],
)
def test_the_editor_draws_corners_where_the_node_has_them(name, corners):
    drawn, radius_px = drawn_preset(PRESETS[name]), 0.3 * SIZE.height
    track = Track(np.array(drawn["points"]), kind=drawn["kind"], closed=drawn["closed"], speed="points")
    frames = np.round(120 * np.array(corners)).astype(int)
    away = sample_track(track, 121, Size(1, 1))[frames] - PRESETS[name].shape(np.array(corners))
    assert np.linalg.norm(away, axis=-1).max() * radius_px < 0.1


def test_a_circle_is_a_circle():
    path_px = preset("circle", 33, SIZE, extent=(0.25, 0.25)).points_px[:, 0] - np.array(SIZE) / 2
    np.testing.assert_allclose(np.linalg.norm(path_px, axis=1), 0.25 * 480)
    np.testing.assert_allclose(path_px[0], path_px[-1], atol=1e-9)
    assert path_px[8][1] > 0, "clockwise on the screen: right, then down"


@pytest.mark.parametrize("name", PRESETS)
def test_backward_is_forward_from_its_end(name):
    forward, backward = (preset(name, 25, SIZE, direction=way).points_px for way in ("forward", "backward"))
    np.testing.assert_allclose(backward, forward[::-1])


def test_rotation_is_clockwise_and_about_the_centre():
    line = preset("line", 9, SIZE, centre_unit=(0.25, 0.5), rotation=90).points_px[:, 0]
    np.testing.assert_allclose(line[:, 0], 180, atol=1e-9)
    assert line[0, 1] < line[-1, 1], "motion to the right becomes motion downwards"


@pytest.mark.parametrize(("name", "axis"), [("wave", 1), ("zigzag", 0), ("circle", 0), ("bounce", 1)])
def test_turns_are_counted(name, axis):
    def extremes(turns):
        way = np.diff(preset(name, 2001, SIZE, turns=turns).points_px[:, 0, axis])
        return int((np.sign(way[1:]) != np.sign(way[:-1])).sum())

    assert extremes(8) >= 2 * extremes(4) - 2 > extremes(2)


@pytest.mark.parametrize(
    ("change", "why"),
    [({"name": "loop"}, "'loop'"), ({"direction": "up"}, "'up'"), ({"frames": 1}, "at least 2 frames, got 1")],
)
def test_invalid_inputs_raise_an_error(change, why):
    with pytest.raises(ValueError, match=why):
        preset(**{"name": "circle", "frames": 9, "size": SIZE, **change})
