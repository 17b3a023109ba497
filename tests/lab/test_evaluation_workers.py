"""``python -m tora_lab.evaluate`` gives the same rows in several processes, on Ray, and after it was killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from evaluated_videos import rows_of, run

from tora_core.paths.coordinates_text import coordinates_text
from tora_lab import processes
from tora_lab.evaluate import workers
from tora_lab.media.video_writer import write_mp4

ROOT = Path(__file__).parents[2]


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
