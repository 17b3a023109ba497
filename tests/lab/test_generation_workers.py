"""``python -m tora_lab.generate`` makes the same set in batches, in processes, on Ray, and after crashes."""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import psutil
import pytest
from job_list import equal, rows_of, run, videos_of

from tora_lab import processes
from tora_lab.generate import tasks, workers
from tora_lab.generate.results import Results

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("options", [("--batch", 3), ("--workers", 2), ("--ray", "--workers", 1)], ids=str)
def test_batches_processes_and_ray_give_the_same_videos(listed, tmp_path, options):
    if "--ray" in options:
        pytest.importorskip("ray")
    run(listed, tmp_path / "one")
    run(listed, tmp_path / "other", *options)
    one, other = videos_of(tmp_path / "one"), videos_of(tmp_path / "other")
    assert one.keys() == other.keys()  # other matrices and numbers of threads round differently
    assert max(float((one[name].int() - other[name].int()).abs().float().mean()) for name in one) < 0.5
    errors = [[row["error"] for row in rows_of(tmp_path / name)] for name in ("one", "other")]
    assert errors[0] == errors[1] == [None] * 8


def kill_one_worker(out, count):
    """Kills a worker process each time that another video is done."""
    seen = 0
    while seen < count:
        time.sleep(0.05)
        done = len(list((out / "rows").glob("*.json"))) if (out / "rows").is_dir() else 0
        if done > seen:
            seen = done
            children = multiprocessing.active_children()
            if children:
                os.kill(children[0].pid, signal.SIGKILL)


def test_killed_workers_lose_nothing(listed, tmp_path):
    run(listed, tmp_path / "whole", "--workers", 2)
    killer = threading.Thread(target=kill_one_worker, args=(tmp_path / "out", 2), daemon=True)
    killer.start()
    run(listed, tmp_path / "out", "--workers", 2)
    assert equal(videos_of(tmp_path / "whole"), videos_of(tmp_path / "out"))
    assert [row["error"] for row in rows_of(tmp_path / "out")] == [None] * 8


class PoisonedWorker(workers.Worker):
    def do(self, piece):
        if isinstance(piece, tasks.Batch) and piece.jobs[0].id == "job-1":
            os.kill(os.getpid(), signal.SIGKILL)
        return super().do(piece)


def test_a_job_that_kills_its_worker_each_time_becomes_a_failure(listed, tmp_path, monkeypatch):
    monkeypatch.setattr(workers, "Worker", PoisonedWorker)
    monkeypatch.setattr(processes, "_RESTARTS", 1)
    run(listed, tmp_path / "out", "--workers", 2)
    errors = {row["id"]: row["error"] for row in rows_of(tmp_path / "out")}
    assert "died each time" in errors.pop("job-1") and set(errors.values()) == {None}


def test_a_killed_driver_resumes_to_the_same_set(listed, tmp_path):
    out = tmp_path / "out"
    command = [sys.executable, "-m", "tora_lab.generate", str(listed), "--out", str(out)]
    quiet = {"cwd": ROOT, "stderr": subprocess.DEVNULL, "stdout": subprocess.DEVNULL}
    subprocess.run([*command[:-1], str(tmp_path / "whole")], check=True, **quiet)
    for wanted in (1, 4):
        process = subprocess.Popen(command, **quiet)
        while process.poll() is None and len(list(out.glob("rows/*.json"))) < wanted:
            time.sleep(0.02)
        process.kill()
        process.wait()
    subprocess.run(command, check=True, **quiet)
    assert equal(videos_of(tmp_path / "whole"), videos_of(out))
    assert not list((out / "videos").glob("*.part"))


def test_the_workers_of_a_killed_driver_end(listed, tmp_path):
    out = tmp_path / "out"
    command = [sys.executable, "-m", "tora_lab.generate", str(listed), "--out", str(out), "--workers", "2"]
    process = subprocess.Popen(command, cwd=ROOT, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    while process.poll() is None and not list(out.glob("rows/*.json")):
        time.sleep(0.02)
    children = psutil.Process(process.pid).children(recursive=True)
    process.kill()
    process.wait()
    _, alive = psutil.wait_procs(children, timeout=20)
    assert len(children) >= 2 and not alive


def test_a_full_disk_stops_the_run_with_a_sentence_and_resumes(listed, tmp_path, monkeypatch, capsys):
    store, calls = Results.store, []

    def full(self, *arguments):
        calls.append(arguments)
        if len(calls) == 3:
            raise OSError(28, "No space left on device")
        return store(self, *arguments)

    monkeypatch.setattr(Results, "store", full)
    with pytest.raises(SystemExit):
        run(listed, tmp_path / "out")
    assert "No space left" in capsys.readouterr().err
    run(listed, tmp_path / "out")
    assert len(videos_of(tmp_path / "out")) == 8
