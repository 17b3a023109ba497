"""``python -m tora_lab.generate`` makes a video, a path and a row for each job of a list, once."""

from __future__ import annotations

import json

import numpy as np
import pytest
import torch
from job_list import PROMPTS, TOY, equal, rows_of, run, videos_of, write_list
from random_models import save_checkpoint, save_text_encoder, tiny_pipeline

from tora_lab.evaluate.__main__ import main as evaluate
from tora_lab.media.files import write_safetensors
from tora_lab.media.video_reader import read_video
from tora_lab.toy.models import load_toy


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


def test_a_checkpoint_that_was_trained_like_the_toy_uses_the_toys_vae_and_words(listed, tmp_path):
    toy = load_toy()
    for part in ("transformer", "adapter"):
        tensors = {key: tensor.contiguous() for key, tensor in getattr(toy, part).state_dict().items()}
        write_safetensors(tmp_path / f"{part}.safetensors", tensors)
    own = [f"--checkpoint={tmp_path}/transformer.safetensors", f"--adapter={tmp_path}/adapter.safetensors"]
    run(listed, tmp_path / "own", *own, "--vae=toy")
    run(listed, tmp_path / "toy")
    assert equal(videos_of(tmp_path / "own"), videos_of(tmp_path / "toy"))


@pytest.mark.parametrize("name", ["checkpoint", "vae", "text-encoder"])
def test_a_missing_model_is_one_sentence_before_any_job(cogvideox, tmp_path, capsys, name):
    listed = write_list(tmp_path, [{"id": "a"}])
    with pytest.raises(SystemExit):
        run(listed, tmp_path / "out", *cogvideox, f"--{name}={tmp_path / 'none'}", "--workers=2")
    assert "none" in capsys.readouterr().err and not (tmp_path / "out" / "rows").exists()
