"""``python -m tora_lab.evaluate`` with other trackers, true videos and masks, and its report."""

from __future__ import annotations

import json

import numpy as np
import pytest
from evaluated_videos import FRAMES, SIZE, rows_of, run
from PIL import Image

from tora_core.paths.coordinates_text import coordinates_text
from tora_core.paths.trajectories import Trajectories
from tora_lab.evaluate.pairs import read_trajectories
from tora_lab.media.video_writer import write_mp4


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
