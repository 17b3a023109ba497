"""Saved paths come back: every form is read again with its points and, where the form has it, its visibility."""

from __future__ import annotations

import io
import json

import numpy as np
import pytest
import torch

from tora_core.paths.exports import parse_trajectories
from tora_core.paths.path_files import read_path_file
from tora_core.paths.presets import preset
from tora_core.paths.saving import FORMS, too_many_to_read, write_path_files
from tora_core.paths.trajectories import Trajectories
from tora_core.paths.transforms import combine
from tora_core.video import Size

SIZE, FRAMES = Size(720, 480), 49


def two_paths(frames=FRAMES):
    paths = combine([preset("arc", frames, SIZE), preset("wave", frames, SIZE, (0.5, 0.6), (0.5, 0.3))])
    visible = paths.visible.copy()
    visible[frames // 2 : frames // 2 + 5, 1] = False
    visible[-3:, 0] = False
    return Trajectories(paths.points_px, visible, SIZE)


def save(folder, paths, form):
    files = write_path_files(paths, form, 24)
    for end, content in files.items():
        (folder / f"clip_00001{end}").write_bytes(content)
    return folder / f"clip_00001{next(iter(files))}"


def come_back(folder, paths, form, frames=FRAMES):
    return parse_trajectories(read_path_file(save(folder, paths, form), frames), SIZE, frames, SIZE)


@pytest.mark.parametrize("form", ["TRACKS", "CSV", "Wan-Move"])
def test_points_and_visibility_come_back(tmp_path, form):
    paths = two_paths()
    again = come_back(tmp_path, paths, form)
    np.testing.assert_array_equal(again.visible, paths.visible)
    np.testing.assert_allclose(again.points_px[again.visible], paths.points_px[paths.visible], atol=2e-3)


def test_a_name_that_says_tracks_keeps_its_visibility(tmp_path):
    paths = two_paths()
    for end, content in write_path_files(paths, "Wan-Move").items():
        (tmp_path / f"my_tracks_00001{end}").write_bytes(content)
    reading = read_path_file(tmp_path / "my_tracks_00001_tracks.npy", FRAMES)
    np.testing.assert_array_equal(parse_trajectories(reading, SIZE, FRAMES, SIZE).visible, paths.visible)


def test_large_coordinates_keep_their_thousandths(tmp_path):
    points = np.array([[[1234.567, 1001.125]], [[1300.0, 1002.5]]])
    paths = Trajectories(points, np.ones((2, 1), dtype=bool), Size(1920, 1088))
    for form in ("CSV", "After Effects"):
        text = save(tmp_path, paths, form).read_text()
        assert "1234.567" in text and "1001.125" in text


def test_what_the_reader_would_refuse_is_said():
    assert too_many_to_read(two_paths()) is None
    many = Trajectories(np.zeros((49, 1404, 2)), np.ones((49, 1404), dtype=bool), SIZE)
    assert "1404 paths" in too_many_to_read(many)


def test_ati_has_121_points_of_the_same_path(tmp_path):
    paths = two_paths()
    again = come_back(tmp_path, paths, "ATI", 121)
    assert again.points_px.shape == (121, 2, 2)
    np.testing.assert_allclose(again.points_px[[0, 60], 0], paths.points_px[[0, 24], 0], atol=0.6)
    assert again.visible[:, 1].sum() < 121 and again.visible[:100, 0].all()


def test_ati_reads_its_own_layout():
    """As ``get_tracks_inference`` of ATI reads it: eighths of x, y and visibility, paths first."""
    paths = two_paths(121)
    packed = torch.load(io.BytesIO(write_path_files(paths, "ATI")["_.pth"]), weights_only=True)
    with np.load(io.BytesIO(packed)) as arrays:
        array = arrays["array"] / 8
    assert array.shape == (2, 121, 1, 3)
    np.testing.assert_allclose(array[:, :, 0, :2], paths.points_px.swapaxes(0, 1), atol=1e-3)
    np.testing.assert_array_equal(array[:, :, 0, 2], paths.visible.T)


@pytest.mark.parametrize("count", [1, 2])
def test_after_effects_keyframes_come_back_without_hidden_frames(tmp_path, count):
    paths = two_paths()
    paths = Trajectories(paths.points_px[:, :count], paths.visible[:, :count], SIZE)
    text = save(tmp_path, paths, "After Effects").read_text()
    assert ("Transform\tPosition" in text) == (count == 1) and text.count("Point Control #") == (0 if count == 1 else 2)
    assert "Units Per Second\t24" in text and "Source Width\t720" in text
    assert text.count("\n\t") - 5 - text.count("\tFrame") == paths.visible.sum()
    again = come_back(tmp_path, paths, "After Effects")
    shown = paths.visible & again.visible
    np.testing.assert_allclose(again.points_px[shown], paths.points_px[shown], atol=2e-3)


def test_wan_move_s_pair_has_its_shapes():
    files = write_path_files(two_paths(), "Wan-Move")
    tracks, visible = (np.load(io.BytesIO(files[end])) for end in ("_tracks.npy", "_visibility.npy"))
    assert tracks.shape == (1, FRAMES, 2, 2) and tracks.dtype == np.float32
    assert visible.shape == (1, FRAMES, 2) and visible.dtype == bool


def test_a_path_that_is_never_visible_has_no_keyframes():
    paths = two_paths()
    paths.visible[:, 1] = False
    text = write_path_files(paths, "After Effects")["_.txt"].decode()
    assert "Point Control #1" in text and "Point Control #2" not in text


def test_tracks_hold_the_canvas():
    data = json.loads(write_path_files(two_paths(), "TRACKS")["_.json"])
    assert data["canvas"] == [720, 480]


@pytest.mark.parametrize(("arguments", "why"), [(("xls",), "choose one"), (("CSV", 0.0), "above 0")])
def test_invalid_arguments_are_an_error(arguments, why):
    assert "xls" not in FORMS
    with pytest.raises(ValueError, match=why):
        write_path_files(two_paths(), *arguments)
