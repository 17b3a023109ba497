"""``python -m tora_lab.evaluate`` writes one row per video, also for a broken video, and never measures one twice."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from evaluated_videos import FRAMES, SIZE, rows_of, run

from tora_core.paths.coordinates_text import coordinates_text
from tora_core.paths.trajectories import Trajectories
from tora_lab.evaluate.__main__ import RESULTS, main
from tora_lab.media.video_reader import read_video
from tora_lab.media.video_writer import write_mp4

ROOT = Path(__file__).parents[2]


def test_each_video_has_a_row_with_its_numbers(folders, wanted, capsys):
    run(folders)
    follows, stands = rows_of(folders)
    moved_px = np.abs(wanted.points_px - wanted.points_px[0]).sum(-1).mean()
    assert (follows["name"], stands["name"]) == ("follows.mp4", "stands.mp4")
    assert follows["traj_error_px"] < 0.5 and follows["coverage"] == 1 and follows["error"] is None
    assert stands["traj_error_px"] == pytest.approx(moved_px, abs=0.2) and stands["euclidean_px"] < moved_px
    assert (follows["canvas"], follows["frames"], follows["paths"]) == ([128, 96], FRAMES, 2)
    table = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in table[:4]] == ["video", "follows.mp4", "stands.mp4", "mean"]
    assert "128x96" in table[3] and table[4] == "2 videos: 2 in the mean, 0 failed"
    mean_px = (follows["traj_error_px"] + stands["traj_error_px"]) / 2
    assert table[3].split()[1:3] == [f"{mean_px:.1f}", "px"]


def test_a_measured_video_is_not_measured_again(folders, capsys):
    run(folders)
    first = (folders[0] / RESULTS).read_bytes()
    (folders[0] / "follows.mp4").write_bytes(b"would fail if it were read")
    run(folders)
    assert (folders[0] / RESULTS).read_bytes() == first
    assert "2 videos: 2 in the mean, 0 failed" in capsys.readouterr().out.splitlines()[-2]


def test_a_new_video_is_added(folders, clip, wanted):
    run(folders)
    first = (folders[0] / RESULTS).read_bytes()
    write_mp4(folders[0] / "another.mp4", clip.video)
    (folders[1] / "another.json").write_text(coordinates_text(wanted))
    run(folders)
    assert (folders[0] / RESULTS).read_bytes().startswith(first)
    assert [row["name"] for row in rows_of(folders)] == ["follows.mp4", "stands.mp4", "another.mp4"]


@pytest.mark.parametrize("end", [3, 40, -1])
def test_an_incomplete_last_line_is_measured_again(folders, end):
    run(folders)
    whole = (folders[0] / RESULTS).read_text()
    first, second = whole.splitlines()
    (folders[0] / RESULTS).write_text(f"{first}\n{second[:end]}")
    run(folders)
    assert (folders[0] / RESULTS).read_text() == whole
    (folders[0] / RESULTS).write_text(first[:end])
    run(folders)
    assert (folders[0] / RESULTS).read_text() == whole


def test_results_of_other_tracks_are_not_reused(folders, wanted, tmp_path):
    run(folders)
    other = tmp_path / "other"
    other.mkdir()
    for stem in ("follows", "stands"):
        still = Trajectories(np.tile(wanted.points_px[:1], (FRAMES, 1, 1)), wanted.visible, SIZE)
        (other / f"{stem}.json").write_text(coordinates_text(still))
    run((folders[0], other))
    errors = [row["traj_error_px"] for row in rows_of(folders)]
    assert len(errors) == 4 and errors[0] < 0.5 < errors[2] and errors[3] < 0.5 < errors[1]


@pytest.mark.parametrize("text", ['{"prompt": "a"}\n', "a note", '{"name": "theirs"}\n', '{"name": }\n', "a\n{"])
def test_a_file_of_another_program_stays_unchanged(folders, text, capsys):
    (folders[0] / "theirs.jsonl").write_text(text)
    with pytest.raises(SystemExit):
        run(folders, "--out", folders[0] / "theirs.jsonl")
    assert "give another --out" in capsys.readouterr().err
    assert (folders[0] / "theirs.jsonl").read_text() == text


def break_video(videos, tracks):
    (videos / "stands.mp4").write_bytes(b"no video at all")


def cut_video_in_half(videos, tracks):
    data = (videos / "stands.mp4").read_bytes()
    (videos / "stands.mp4").write_bytes(data[: len(data) // 2])


def empty_video(videos, tracks):
    (videos / "stands.mp4").write_bytes(b"")


def folder_as_video(videos, tracks):
    (videos / "stands.mp4").unlink()
    (videos / "stands.mp4").mkdir()


def shorten_video(videos, tracks):
    write_mp4(videos / "stands.mp4", read_video(videos / "follows.mp4")[:5])


def one_frame(videos, tracks):
    write_mp4(videos / "stands.mp4", read_video(videos / "follows.mp4")[:1])


def remove_tracks(videos, tracks):
    (tracks / "stands.json").unlink()


def remove_video(videos, tracks):
    (videos / "stands.mp4").unlink()


def cut_json_in_half(videos, tracks):
    (tracks / "stands.json").write_text('[[{"x": 1,')


def bytes_as_tracks(videos, tracks):
    (tracks / "stands.json").write_bytes(bytes(range(256)))


def ragged_tracks(videos, tracks):
    (tracks / "stands.json").write_text(json.dumps([[[1, 2]] * FRAMES, [[1, 2]] * (FRAMES - 1)]))


def flat_object(videos, tracks):
    (tracks / "stands.json").write_text(json.dumps({"points_px": [[1, 2], [3, 4]]}))


def object_of_another_canvas(videos, tracks):
    (tracks / "stands.json").write_text(json.dumps({"points_px": [[[1, 2]]] * FRAMES, "canvas": [64, 64]}))


def object_of_nothing(videos, tracks):
    (tracks / "stands.json").write_text(json.dumps({"points_px": None, "canvas": 3}))


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (break_video, "stands.mp4, which cannot be decoded"),
        (cut_video_in_half, "stands.mp4, which cannot be decoded"),
        (empty_video, "stands.mp4, which cannot be decoded"),
        (folder_as_video, "stands.mp4, which cannot be decoded"),
        (shorten_video, "video of 9 frames of 128x96.*got 5 frames of 128x96"),
        (one_frame, "video of 9 frames .*got 1 frames"),
        (remove_tracks, "tracks .*same stem as stands.mp4"),
        (remove_video, "a video with the same stem as stands.json"),
        (cut_json_in_half, "valid JSON in stands.json, got an error in line 1, column 1."),
        (bytes_as_tracks, "UTF-8 in stands.json"),
        (ragged_tracks, "paths of 8 to 9 points"),
        (flat_object, "points_px.*in stands.json"),
        (object_of_another_canvas, "64x64.*got 9 frames of 128x96"),
        (object_of_nothing, "points_px.*in stands.json"),
    ],
)
def test_a_broken_file_becomes_a_row_with_its_error_and_the_others_are_measured(folders, spoil, message, capsys):
    spoil(*folders)
    run(folders)
    follows, stands = rows_of(folders)
    assert follows["traj_error_px"] < 0.5
    assert stands["error"] and re.search(message, stands["error"]) and "traj_error_px" not in stands
    assert "2 videos: 1 in the mean, 1 failed" in capsys.readouterr().out


def test_a_failed_video_is_measured_again_and_its_error_is_written_once(folders, clip):
    good = (folders[0] / "stands.mp4").read_bytes()
    break_video(*folders)
    run(folders)
    run(folders)
    assert len(rows_of(folders)) == 2
    (folders[0] / "stands.mp4").write_bytes(good)
    run(folders)
    assert [row["error"] is None for row in rows_of(folders)] == [True, False, True]


def test_a_video_in_which_nothing_is_tracked_did_not_fail(folders, clip, capsys):
    noise = torch.randint(0, 256, clip.video.shape, dtype=torch.uint8, generator=torch.Generator().manual_seed(0))
    write_mp4(folders[0] / "stands.mp4", noise)
    run(folders)
    _, stands = rows_of(folders)
    assert stands["traj_error_px"] is None and stands["lost"] == [0, 1] and stands["error"] is None
    assert "1 in the mean, 0 failed, 1 in which nothing could be tracked" in capsys.readouterr().out


def test_a_video_too_small_for_the_tracker_does_not_stop_the_others(folders):
    write_mp4(folders[0] / "follows.mp4", torch.zeros(FRAMES, 2, 2, 3, dtype=torch.uint8))
    (folders[1] / "follows.json").write_text(json.dumps({"points_px": [[[0, 0]], [[1, 1]]] * 4 + [[[0, 0]]]}))
    run(folders)
    follows, stands = rows_of(folders)
    assert follows.get("traj_error_px") is None and stands["error"] is None


def test_one_video_and_its_tracks_can_be_files(folders):
    main([str(folders[0] / "follows.mp4"), str(folders[1] / "stands.json")])
    (row,) = rows_of(folders)
    assert row["name"] == "follows.mp4" and row["traj_error_px"] < 0.5


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["{videos}", "{videos}/nowhere"], "nowhere, which does not exist"),
        (["{tracks}", "{tracks}"], "expected videos .*got none"),
        (["{videos}", "{tracks}/stands.json"], "expected a folder of tracks"),
        (["{videos}", "{tracks}", "--fid"], "--reference and the library torch-fidelity"),
        (["{videos}", "{tracks}", "--clip", "x"], "--clip and --prompts together"),
        (["{videos}", "{tracks}", "--clip", "{tracks}", "--prompts", "{tracks}"], "expected a CLIP model"),
    ],
)
def test_a_command_that_cannot_start_shows_an_error_and_writes_nothing(folders, arguments, message, capsys):
    videos, tracks = folders
    with pytest.raises(SystemExit) as stopped:
        main([argument.format(videos=videos, tracks=tracks) for argument in arguments])
    assert stopped.value.code == 2 and re.search(message, capsys.readouterr().err.replace("\n", " "))
    assert not list(folders[0].glob("*.jsonl"))


def test_a_missing_cd_fvd_is_an_error_before_anything_is_measured(folders, monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "cdfvd", None)
    with pytest.raises(SystemExit):
        run(folders, "--reference", folders[0])
    assert "pip install cd-fvd" in capsys.readouterr().err and not (folders[0] / RESULTS).exists()


def test_the_module_runs_as_a_command(folders):
    command = [
        sys.executable,
        "-m",
        "tora_lab.evaluate",
        *map(str, folders),
        "--out",
        str(folders[0] / "new" / "x.jsonl"),
    ]
    result = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False)
    assert result.returncode == 0 and "2 videos: 2 in the mean" in result.stdout, result.stderr
    assert len(rows_of(folders, "new/x.jsonl")) == 2
