"""Files of paths: text in any encoding, arrays of trackers, and one sentence for everything else."""

from __future__ import annotations

import io
import pickle

import numpy as np
import pytest
import torch

from tora_core.paths.exports import parse_trajectories
from tora_core.paths.path_files import read_path_file
from tora_core.video import Size

SIZE = Size(256, 256)
TEXT = "10,20\n30,40.5"
FRAMES = 17
POINTS = np.array([[[10 + 2 * i, 20], [100, 30 + 2 * i], [200, 200 - i]] for i in range(FRAMES)], dtype=np.float32)


def read(path, frames=FRAMES):
    return parse_trajectories(read_path_file(path, frames), SIZE, frames, SIZE)


@pytest.mark.parametrize("name", ["a.txt", "a.TXT", "a.csv", "a.Json", "pfad ä.txt"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_text_is_read_in_every_encoding_and_case(tmp_path, name, encoding):
    (tmp_path / name).write_bytes(TEXT.encode(encoding))
    assert read(tmp_path / name, 2).points_px[:, 0].tolist() == [[10, 20], [30, 40.5]]


def test_an_svg_file_is_read_on_its_view_box(tmp_path):
    (tmp_path / "a.svg").write_text('<svg viewBox="0 0 128 128"><path d="M5 10 L15 20.25"/></svg>', encoding="utf-8")
    assert read(tmp_path / "a.svg", 2).points_px[:, 0].tolist() == [[10, 20], [30, 40.5]]


@pytest.mark.parametrize(
    "array",
    [POINTS, POINTS[None], POINTS.swapaxes(0, 1), np.dstack([POINTS, np.ones(POINTS.shape[:2])])],
    ids=["frames first", "Wan-Move", "paths first", "with visibility"],
)
def test_an_array_of_a_tracker_is_read_with_its_axes(tmp_path, array):
    np.save(tmp_path / "a.npy", array)
    np.testing.assert_allclose(read(tmp_path / "a.npy").points_px, POINTS)


def test_the_visibility_file_of_wan_move_is_read_too(tmp_path):
    visible = np.ones((1, FRAMES, 3), dtype=bool)
    visible[0, 5:, 1] = False
    np.save(tmp_path / "clip_tracks.npy", POINTS[None])
    np.save(tmp_path / "clip_visibility.npy", visible)
    np.testing.assert_array_equal(read(tmp_path / "clip_tracks.npy").visible, visible[0])


@pytest.mark.parametrize("paths_first", [True, False])
def test_tracks_of_ati_are_eighths_of_a_pixel_in_121_frames(tmp_path, paths_first):
    points = np.array([[[8 * (10 + i), 160, 1] for i in range(121)], [[800, 8 * (30 + i), i < 60] for i in range(121)]])
    array = points[:, :, None] if paths_first else points.swapaxes(0, 1)[:, :, None]
    file = io.BytesIO()
    np.savez_compressed(file, array=array)
    torch.save(file.getvalue(), tmp_path / "tracks.pth")
    trajectories = read(tmp_path / "tracks.pth", 121)
    assert trajectories.points_px[:, 0].tolist() == [[10 + i, 20] for i in range(121)]
    assert trajectories.visible[:, 1].sum() == 60
    array[..., 2] *= 8  # as ATI's own editor writes it
    file = io.BytesIO()
    np.savez_compressed(file, array=array)
    torch.save(file.getvalue(), tmp_path / "tracks.pth")
    np.testing.assert_array_equal(read(tmp_path / "tracks.pth", 121).visible, trajectories.visible)


class Trap:
    def __reduce__(self):
        return exec, ("raise SystemExit('code ran')",)


def write_text(path):
    path.with_suffix(".txt").write_bytes(TEXT.encode("latin-1") + b"\xe4\xff")
    return path.with_suffix(".txt")


def write_binary(path):
    path.with_suffix(".csv").write_bytes(bytes(range(256)) * 4)
    return path.with_suffix(".csv")


def write_pickle(path):
    np.save(path.with_suffix(".npy"), np.array([Trap()], dtype=object), allow_pickle=True)
    return path.with_suffix(".npy")


def write_trap(path):
    path.with_suffix(".pth").write_bytes(pickle.dumps(Trap()))
    return path.with_suffix(".pth")


def write_state(path):
    torch.save({"weight": torch.ones(2)}, path.with_suffix(".pth"))
    return path.with_suffix(".pth")


def write_wide(path):
    np.save(path.with_suffix(".npy"), np.ones((17, 3, 5)))
    return path.with_suffix(".npy")


def write_words(path):
    np.save(path.with_suffix(".npy"), np.array(["a", "b"]))
    return path.with_suffix(".npy")


def write_unclear(path):
    np.save(path.with_suffix(".npy"), np.random.default_rng(0).uniform(0, 250, (12, 12, 2)))
    return path.with_suffix(".npy")


def make_folder(path):
    path.with_suffix(".txt").mkdir()
    return path.with_suffix(".txt")


@pytest.mark.parametrize(
    ("write", "why"),
    [
        (write_text, "expected text in UTF-8 or UTF-16"),
        (write_binary, "expected text"),
        (write_pickle, "expected a NumPy array"),
        (write_trap, "expected tracks of ATI"),
        (write_state, "expected tracks of ATI"),
        (write_wide, "got .17, 3, 5."),
        (write_words, "expected a NumPy array"),
        (write_unclear, "which axis is time"),
        (make_folder, "Is a directory"),
        (lambda path: path.with_suffix(".txt"), "No such file"),
        (lambda path: path.with_suffix(".xls"), r"expected a file of .txt, .csv, .json, .svg, .npy, .pth, got 'a.xls'"),
        (lambda path: path.with_name("a\0.txt"), "expected a file of paths"),
        (lambda path: path.with_name("a" * 5000 + ".txt"), "expected a file of paths"),
    ],
)
def test_everything_else_gets_one_sentence(tmp_path, write, why):
    with pytest.raises(ValueError, match=why) as error:
        read(write(tmp_path / "a"))
    assert str(error.value).count("\n") == 0 and len(str(error.value)) < 6000


def test_a_damaged_array_is_an_error(tmp_path):
    np.save(tmp_path / "a.npy", POINTS)
    data = (tmp_path / "a.npy").read_bytes()
    for cut in (0, 5, 40, 90, len(data) - 7):
        (tmp_path / "a.npy").write_bytes(data[:cut])
        with pytest.raises(ValueError, match=r"expected a NumPy array in 'a.npy'"):
            read(tmp_path / "a.npy")
