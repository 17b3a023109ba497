"""``python -m tora_lab.evaluate`` writes one row per video, also for a broken video, and never measures one twice."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from synthetic import Layer, path_of, render

from tora_core.paths.coordinates_text import coordinates_text
from tora_core.paths.trajectories import Trajectories
from tora_core.video import Size
from tora_lab import processes
from tora_lab.evaluate import workers
from tora_lab.evaluate.__main__ import RESULTS, main
from tora_lab.evaluate.pairs import read_trajectories
from tora_lab.media.video_reader import read_video
from tora_lab.media.video_writer import write_mp4

ROOT = Path(__file__).parents[2]
SIZE = Size(128, 96)
FRAMES = 9


@pytest.fixture(scope="module")
def clip():
    ground = Layer(path_of(FRAMES), seed=1)
    points = ((-7, 0), (8, 5))
    return render([ground, Layer(path_of(FRAMES, (45.0, 45.0), (4.0, 1.0)), 2, (30, 28), points)], SIZE)


@pytest.fixture
def wanted(clip):
    return Trajectories(clip.points_px, np.ones((FRAMES, 2), bool), SIZE)


@pytest.fixture
def folders(tmp_path, clip, wanted):
    """Two videos with tracks: one follows its paths, the other stands still."""
    videos, tracks = tmp_path / "videos", tmp_path / "tracks"
    videos.mkdir()
    tracks.mkdir()
    write_mp4(videos / "follows.mp4", clip.video)
    write_mp4(videos / "stands.mp4", clip.video[:1].expand(FRAMES, -1, -1, -1).contiguous())
    for stem in ("follows", "stands"):
        (tracks / f"{stem}.json").write_text(coordinates_text(wanted))
    return videos, tracks


def run(folders, *options):
    main([*map(str, folders), *map(str, options)])


def rows_of(folders, name=RESULTS):
    return [json.loads(line) for line in (folders[0] / name).read_text().splitlines()]


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


@pytest.mark.parametrize("options", [("--workers", 2), ("--ray",)], ids=str)
def test_processes_and_ray_give_the_same_rows(folders, options, tmp_path):
    if "--ray" in options:
        pytest.importorskip("ray")
    (folders[0] / "broken.mp4").write_bytes(b"no video")
    run(folders, "--out", tmp_path / "one.jsonl")
    run(folders, "--out", tmp_path / "other.jsonl", *options)
    one, other = (sorted((tmp_path / name).read_text().splitlines()) for name in ("one.jsonl", "other.jsonl"))
    assert one == other and len(one) == 3


class PoisonedMeasurer(workers.Measurer):
    def do(self, pair):
        if pair.name == "follows.mp4":
            os.kill(os.getpid(), signal.SIGKILL)
        return super().do(pair)


def test_a_video_that_kills_its_worker_each_time_becomes_a_failure(folders, monkeypatch):
    monkeypatch.setattr(workers, "Measurer", PoisonedMeasurer)
    monkeypatch.setattr(processes, "_RESTARTS", 1)
    run(folders, "--workers", 2)
    errors = {row["name"]: row["error"] for row in rows_of(folders)}
    assert "died each time" in errors["follows.mp4"] and errors["stands.mp4"] is None


def test_a_killed_command_resumes_to_the_same_rows(folders, tmp_path, clip, wanted):
    for n in range(6):
        write_mp4(folders[0] / f"more-{n}.mp4", clip.video)
        (folders[1] / f"more-{n}.json").write_text(coordinates_text(wanted))
    run(folders, "--out", tmp_path / "whole.jsonl")
    out = tmp_path / "killed.jsonl"
    command = [sys.executable, "-m", "tora_lab.evaluate", *map(str, folders), "--out", str(out)]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL)
    while process.poll() is None and not (out.exists() and out.read_bytes().count(b"\n") >= 2):
        time.sleep(0.005)
    process.kill()
    process.wait()
    run(folders, "--out", out)
    assert sorted(out.read_text().splitlines()) == sorted((tmp_path / "whole.jsonl").read_text().splitlines())


def test_paths_that_were_found_before_are_compared(folders, wanted, tmp_path):
    found = tmp_path / "found"
    found.mkdir()
    for stem, shift_px in (("follows", 3.0), ("stands", 0.0)):
        moved = Trajectories(wanted.points_px + shift_px, wanted.visible, SIZE)
        (found / f"{stem}.json").write_text(coordinates_text(moved))
    run(folders)
    run(folders, "--tracker", found)
    rows = rows_of(folders)
    assert len(rows) == 4 and [row["tracker"] for row in rows[2:]] == [str(found)] * 2
    assert rows[2]["traj_error_px"] == pytest.approx(6.0, abs=0.01)  # |dx| + |dy|
    assert rows[2]["euclidean_px"] == pytest.approx(3 * 2**0.5, abs=0.01) and rows[3]["traj_error_px"] < 0.01


def test_true_videos_give_psnr_and_ssim(folders, tmp_path, clip):
    pytest.importorskip("torchmetrics")
    truth = tmp_path / "truth"
    truth.mkdir()
    for stem in ("follows", "stands"):
        write_mp4(truth / f"{stem}.mp4", clip.video)
    run(folders)
    run(folders, "--truth", truth)  # a value that is missing is measured again
    follows, stands = rows_of(folders)[2:]
    assert follows["ssim"] == pytest.approx(1) and follows["psnr_db"] == pytest.approx(100)
    assert stands["ssim"] < 0.9 and stands["psnr_db"] < 30


def write_masks(folder, shift):
    """An object of 10x8 px that stands, and another that is only in the first of two frames."""
    folder.mkdir(parents=True)
    for frame in range(2):
        mask = np.zeros((32, 40), np.uint8)
        mask[4:12, 5 + shift : 15 + shift] = 100
        if frame == 0:
            mask[20:24, 20:24] = 200
        Image.fromarray(mask).save(folder / f"{frame:03d}.png")


def test_masks_give_the_iou_of_masks_and_boxes(folders, tmp_path, capsys):
    for stem, shift in (("follows", 0), ("stands", 5)):
        write_masks(tmp_path / "wanted" / stem / "masks", 0)
        write_masks(tmp_path / "found" / stem, shift)
    run(folders, "--masks", tmp_path / "wanted", tmp_path / "found", "--report", tmp_path)
    assert "mask IoU" in (tmp_path / "report.html").read_text()
    follows, stands = rows_of(folders)
    assert follows["mask_iou"] == follows["box_iou"] == 1
    third = (1 + 2 * 5 / 15) / 3  # half of the moved object overlaps; the other object is the same
    assert stands["mask_iou"] == pytest.approx(third, abs=1e-4) and stands["box_iou"] == pytest.approx(third, abs=1e-4)
    assert f"mask IoU {(1 + third) / 2:.4g}" in capsys.readouterr().out
    Image.new("L", (40, 32)).save(tmp_path / "found" / "stands" / "002.png")
    run(folders, "--out", tmp_path / "again.jsonl", "--masks", tmp_path / "wanted", tmp_path / "found")
    assert "one mask per frame" in json.loads((tmp_path / "again.jsonl").read_text().splitlines()[1])["error"]


def test_a_report_compares_runs_in_one_page(folders, tmp_path):
    run(folders)
    other = tmp_path / "other.jsonl"
    run(folders, "--out", other)
    run(folders, "--report", tmp_path / "report", "--compare", f"second={other}")
    page = (tmp_path / "report" / "report.html").read_text()
    assert "second" in page and "follows" in page and page.count("data:") >= 3
    assert "http://" not in page and "https://" not in page  # self-contained


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


def test_tracks_are_read_in_every_format(tmp_path, wanted):
    points = wanted.points_px.tolist()
    visible = [[True, frame < 4] for frame in range(FRAMES)]
    (tmp_path / "a.json").write_text(coordinates_text(wanted))
    (tmp_path / "b.json").write_text(json.dumps({"points_px": points, "visible": visible, "canvas": [128, 96]}))
    (tmp_path / "c.json").write_text(json.dumps({"points_px": points}))
    (tmp_path / "b2.json").write_text(json.dumps({"track_path": points, "track_visibility": visible}))
    (tmp_path / "d.txt").write_text("0,128\n256,128\n\n64,0\n64,256\n")
    a, b, b2, c, d = (read_trajectories(file, FRAMES, SIZE) for file in sorted(tmp_path.iterdir()))
    for read in (a, b, b2, c):
        assert read.canvas == SIZE and np.abs(read.points_px - wanted.points_px).max() <= 0.0005
    assert (
        np.array_equal(b.visible, visible)
        and np.array_equal(b2.visible, visible)
        and a.visible.all()
        and c.visible.all()
    )
    assert np.array_equal(d.points_px[[0, -1]], [[[0, 48], [32, 0]], [[128, 48], [32, 96]]]) and d.frames == FRAMES


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
