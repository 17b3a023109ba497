"""``python -m tora_lab.generate`` makes the same set in one process, in many, on Ray, after crashes and on ComfyUI."""

from __future__ import annotations

import json
import multiprocessing
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import psutil
import pytest
import torch
from random_models import save_checkpoint, save_text_encoder, tiny_pipeline

from tora_lab import processes
from tora_lab.evaluate.__main__ import main as evaluate
from tora_lab.generate import tasks, workers
from tora_lab.generate.__main__ import main
from tora_lab.generate.jobs import read_jobs
from tora_lab.generate.results import Results
from tora_lab.media.files import write_safetensors
from tora_lab.media.video_reader import read_video
from tora_lab.toy.models import load_toy

ROOT = Path(__file__).parents[2]
TOY = {"size": "96x64", "frames": 9, "steps": 3, "guidance": 2}
PROMPTS = ("red disc on sand", "blue star on snow", "green square on slate", "pink triangle on stone")


def write_list(folder, jobs, name="jobs.jsonl"):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text("".join(json.dumps({**TOY, **job}) + "\n" for job in jobs))
    return folder / name


@pytest.fixture
def listed(tmp_path):
    """Eight toy jobs: paths as text, from a file and by name, and one without motion."""
    (tmp_path / "paths.txt").write_text("60,80\n160,120\n")
    tracks = ("preset:line", "50,60 170,140", "paths.txt", "")
    return write_list(
        tmp_path,
        [
            {"id": f"job-{n}", "prompt": PROMPTS[n % 4], "tracks": tracks[n % 4], "canvas": "256x256", "seed": n}
            for n in range(8)
        ],
    )


def run(listed, out, *options):
    main([str(listed), "--out", str(out), *map(str, options)])


def videos_of(out):
    return {path.stem: read_video(path) for path in sorted((out / "videos").glob("*.mp4"))}


def rows_of(out):
    return [json.loads(line) for line in (out / "results.jsonl").read_text().splitlines()]


def equal(one, other):
    assert one.keys() == other.keys()
    return all(torch.equal(one[name], other[name]) for name in one)


def test_every_job_becomes_a_video_with_its_path_prompt_and_row(listed, tmp_path, capsys):
    out = tmp_path / "out"
    run(listed, out)
    assert "8 of 8 videos are done" in capsys.readouterr().out
    videos = videos_of(out)
    assert len(videos) == 8 and all(video.shape == (9, 64, 96, 3) for video in videos.values())
    assert (out / "prompts" / "job-1.txt").read_text() == "blue star on snow\n"
    assert not (out / "tracks" / "job-3.json").exists()  # the job without motion
    paths = json.loads((out / "tracks" / "job-1.json").read_text())
    assert np.shape(paths["points_px"]) == (9, 1, 2) and paths["canvas"] == [96, 64]
    assert [row["id"] for row in rows_of(out)] == [f"job-{n}" for n in range(8)]
    assert len(list((out / "cache" / "text").iterdir())) == 5  # four prompts and the empty one
    assert len(list((out / "cache" / "motion").iterdir())) == 3
    assert not list(out.rglob("*.part"))


def test_what_is_generated_goes_through_evaluate(listed, tmp_path):
    out = tmp_path / "out"
    run(listed, out)
    tracker = "tora_lab.toy.tracker:track_sprites"
    options = ["--tracker", tracker, "--prompts", out / "prompts", "--report", tmp_path / "report"]
    for path in ("job-3.mp4", "job-7.mp4"):
        (out / "videos" / path).unlink()
    evaluate([str(out / "videos"), str(out / "tracks"), *map(str, options)])
    page = (tmp_path / "report" / "report.html").read_text()
    assert page.count("<figure>") >= 6 and "http" not in page.replace("http-equiv", "")


def test_a_second_run_does_nothing_a_changed_job_is_done_again(listed, tmp_path, caplog):
    out = tmp_path / "out"
    run(listed, out)
    times = {path: path.stat().st_mtime_ns for path in (out / "videos").iterdir()}
    run(listed, out)
    assert times == {path: path.stat().st_mtime_ns for path in (out / "videos").iterdir()}
    lines = listed.read_text().splitlines()
    lines[2] = json.dumps({**json.loads(lines[2]), "seed": 99})
    listed.write_text("\n".join(lines))
    run(listed, out)
    changed = [path.stem for path in times if path.stat().st_mtime_ns != times[path]]
    assert changed == ["job-2"]
    before = read_video(out / "videos" / "job-6.mp4")
    (tmp_path / "paths.txt").write_text("160,120\n60,80\n")
    run(listed, out)
    assert not torch.equal(before, read_video(out / "videos" / "job-6.mp4"))
    (out / "videos" / "job-5.mp4").unlink()
    run(listed, out)
    assert (out / "videos" / "job-5.mp4").exists()


def test_the_paths_that_a_run_stored_give_the_same_videos(listed, tmp_path):
    run(listed, tmp_path / "one")
    jobs = [json.loads(line) for line in listed.read_text().splitlines()]
    stored = [{**job, "tracks": f"one/tracks/{job['id']}.json", "canvas": ""} for job in jobs if job["tracks"]]
    run(write_list(tmp_path, stored, "again.jsonl"), tmp_path / "two")
    one, two = videos_of(tmp_path / "one"), videos_of(tmp_path / "two")
    assert len(two) == 6  # stored paths are rounded to 0.001 px
    assert max(float((one[name].int() - two[name].int()).abs().float().mean()) for name in two) < 0.5


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


def test_a_failure_is_a_row_and_never_the_end(tmp_path, capsys):
    (tmp_path / "broken.npy").write_bytes(b"no array")
    listed = write_list(
        tmp_path,
        [
            {"id": "good", "prompt": PROMPTS[0], "tracks": "preset:arc"},
            {"id": "words", "prompt": "a purple cow", "tracks": "preset:arc"},
            {"id": "file", "prompt": PROMPTS[0], "tracks": "missing.txt"},
            {"id": "broken", "prompt": PROMPTS[0], "tracks": "broken.npy"},
            {"id": "name", "prompt": PROMPTS[0], "tracks": "preset:loop-the-loop"},
            {"id": "frames", "prompt": PROMPTS[0], "frames": 10},
            {"id": "last", "prompt": PROMPTS[1]},
        ],
    )
    run(listed, tmp_path / "out", "--batch", 4)
    errors = {row["id"]: row["error"] for row in rows_of(tmp_path / "out")}
    assert [name for name, error in errors.items() if error is None] == ["good", "last"]
    for name, word in (
        ("words", "purple"),
        ("file", "missing.txt"),
        ("broken", "NumPy"),
        ("name", "loop"),
        ("frames", "4k+1"),
    ):
        assert word in errors[name], name
    assert "2 of 7 videos are done" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "at least one job"),
        ('{"id": "a"}\n{"id": "a"}', "'a' again in line 2"),
        ("not json", "expected JSON in line 1"),
        ('{"id": "a/b"}', "letters, digits"),
        ('{"id": "..\\\\up"}', "letters, digits"),
        ('{"id": "a", "sise": "1x1"}', "no such key"),
        ('{"id": "a", "size": "big"}', "720x480"),
        ("[1]", "an object"),
    ],
)
def test_a_wrong_list_is_one_sentence_with_its_line(tmp_path, text, why):
    (tmp_path / "jobs.jsonl").write_text(text)
    with pytest.raises(ValueError, match=why):
        read_jobs(tmp_path / "jobs.jsonl")


def test_csv_and_json_lines_give_the_same_jobs(tmp_path):
    (tmp_path / "a.csv").write_text('id,prompt,seed,size,tracks\nx,"red, disc",3,96x64,"10,10 20,20"\ny,,,,\n')
    rows = [{"id": "x", "prompt": "red, disc", "seed": 3, "size": "96x64", "tracks": "10,10 20,20"}, {"id": "y"}]
    (tmp_path / "a.jsonl").write_text("\n".join(map(json.dumps, rows)))
    assert read_jobs(tmp_path / "a.csv") == read_jobs(tmp_path / "a.jsonl")


def test_a_short_list_for_the_toy_takes_the_toys_size(tmp_path):
    (tmp_path / "jobs.jsonl").write_text('{"id": "a", "prompt": "red disc on sand", "tracks": "20,20 76,44"}\n')
    run(tmp_path / "jobs.jsonl", tmp_path / "out")
    assert videos_of(tmp_path / "out")["a"].shape == (9, 64, 96, 3)


def test_other_models_need_another_folder(listed, tmp_path):
    run(listed, tmp_path / "out")
    with pytest.raises(SystemExit):
        run(listed, tmp_path / "out", "--dtype", "fp32")


@pytest.fixture(scope="module")
def cogvideox(tmp_path_factory):
    """The options that name a tiny random CogVideoX with adapter, VAE and T5, in the layouts of the 5B model."""
    folder = tmp_path_factory.mktemp("cogvideox")
    pipeline = tiny_pipeline()
    save_checkpoint(pipeline, folder / "tiny.safetensors")
    pipeline.vae.save_pretrained(folder / "vae")
    save_text_encoder(folder / "t5")
    options = {"checkpoint": folder / "tiny.safetensors", "vae": folder / "vae", "text-encoder": folder / "t5"}
    return [*(f"--{key}={value}" for key, value in options.items()), "--dtype=fp32"]


def test_a_random_cogvideox_in_the_published_layout_is_sampled(cogvideox, tmp_path):
    tiny = {"size": "64x48", "frames": 9, "steps": 2, "guidance": 6, "prompt": "red disc on sand"}
    changes = ({"tracks": "preset:line"}, {"tracks": "preset:line", "strength": 0}, {"tracks": "preset:line"}, {})
    listed = write_list(tmp_path, [{**tiny, **change, "id": f"job-{n}"} for n, change in enumerate(changes)])
    run(listed, tmp_path / "out", *cogvideox)
    steered, plain, again, without = videos_of(tmp_path / "out").values()
    assert steered.shape == (9, 48, 64, 3)
    assert torch.equal(steered, again) and torch.equal(plain, without) and not torch.equal(steered, plain)


def test_a_job_may_have_its_own_checkpoint(cogvideox, tmp_path):
    job = {**TOY, "prompt": "red disc on sand", "tracks": "preset:line"}
    names = ("toy", "", "toy", "missing.safetensors")
    listed = write_list(tmp_path, [{**job, "id": f"job-{n}", "checkpoint": name} for n, name in enumerate(names)])
    run(listed, tmp_path / "out", *cogvideox)
    assert [bool(row["error"]) for row in rows_of(tmp_path / "out")] == [False, False, False, True]
    videos = videos_of(tmp_path / "out")
    assert torch.equal(videos["job-0"], videos["job-2"]) and not torch.equal(videos["job-0"], videos["job-1"])
    run(write_list(tmp_path, [job]), tmp_path / "toy")
    assert torch.equal(videos["job-0"], videos_of(tmp_path / "toy")["000001"])


def test_the_toy_takes_an_adapter_of_your_own(listed, tmp_path):
    tensors = {key: tensor.contiguous() for key, tensor in load_toy().adapter.state_dict().items()}
    write_safetensors(tmp_path / "same.safetensors", tensors)
    write_safetensors(tmp_path / "zero.safetensors", {key: torch.zeros_like(each) for key, each in tensors.items()})
    for name in ("own", "same", "zero"):
        options = [] if name == "own" else [f"--adapter={tmp_path / name}.safetensors"]
        run(listed, tmp_path / name, *options)
    own, same, zero = (videos_of(tmp_path / name) for name in ("own", "same", "zero"))
    assert equal(own, same) and not torch.equal(own["job-0"], zero["job-0"])
    assert torch.equal(own["job-3"], zero["job-3"])  # the job without motion


@pytest.mark.parametrize("name", ["checkpoint", "vae", "text-encoder"])
def test_a_missing_model_is_one_sentence_before_any_job(cogvideox, tmp_path, capsys, name):
    listed = write_list(tmp_path, [{"id": "a"}])
    with pytest.raises(SystemExit):
        run(listed, tmp_path / "out", *cogvideox, f"--{name}={tmp_path / 'none'}", "--workers=2")
    assert "none" in capsys.readouterr().err and not (tmp_path / "out" / "rows").exists()


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
    import threading

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
