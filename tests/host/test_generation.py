"""``python -m tora_lab.generate --comfyui`` makes the same set on ComfyUI servers as without them."""

from __future__ import annotations

import io
import threading
import time

import job_list
import pytest
from job_list import write_list
from PIL import Image
from server import Server

from tora_lab.generate.comfyui import read_animation
from tora_lab.media.video_reader import read_video

PROMPTS = ("red disc on sand", "blue star on snow", "a purple cow")


def run(listed, out, *options):
    job_list.run(listed, out, *options)
    return {row["id"]: row["error"] for row in job_list.rows_of(out)}


def assert_nearly_equal(one, other, names):
    """The host rounds its timesteps differently. Videos of different jobs differ by 20 levels and more."""
    for name in names:
        videos = [read_video(out / "videos" / f"{name}.mp4").int() for out in (one, other)]
        assert float((videos[0] - videos[1]).abs().float().mean()) < 3.0, name


@pytest.fixture
def second_server(comfyui, tmp_path):
    server = Server(comfyui, tmp_path / "second")
    yield server
    server.stop()


def test_a_server_gives_the_videos_of_the_lab(server, tmp_path):
    jobs = [
        {"id": "steered", "prompt": PROMPTS[0], "tracks": "preset:arc", "steps": 4},
        {"id": "plain", "prompt": PROMPTS[1], "steps": 4, "negative": "red disc on sand"},
        {"id": "dynamic", "prompt": PROMPTS[0], "tracks": "preset:line", "steps": 4, "schedule": "ramp"},
        {"id": "wrong", "prompt": PROMPTS[2], "steps": 4},
        {"id": "small", "prompt": PROMPTS[0], "tracks": "preset:arc", "steps": 2, "size": "64x64", "frames": 5},
    ]
    listed = write_list(tmp_path, jobs)
    errors = run(listed, tmp_path / "server", "--comfyui", server.address)
    assert "purple" in errors.pop("wrong") and set(errors.values()) == {None}
    assert "purple" in run(listed, tmp_path / "lab").pop("wrong")
    assert_nearly_equal(tmp_path / "server", tmp_path / "lab", errors)


def test_a_server_that_dies_loses_no_job(server, second_server, tmp_path, caplog):
    second_server.wait_until_ready()
    jobs = [
        {"id": f"job-{n}", "prompt": PROMPTS[n % 2], "tracks": "preset:arc", "seed": n, "steps": 30} for n in range(6)
    ]
    listed, out = write_list(tmp_path, jobs), tmp_path / "servers"

    def kill_while_it_works():
        while not any(second_server.get("/queue")["queue_running"]):
            time.sleep(0.02)
        second_server.process.kill()

    killer = threading.Thread(target=kill_while_it_works)
    killer.start()
    errors = run(listed, out, "--comfyui", f"{second_server.address},{server.address}")
    killer.join()
    assert second_server.process.poll() is not None and errors == {f"job-{n}": None for n in range(6)}
    run(listed, tmp_path / "lab")
    assert_nearly_equal(out, tmp_path / "lab", errors)


def test_equal_frames_of_an_animation_are_all_read():
    levels = (3, 3, 3, 9, 9, 200, 3)
    first, *rest = [Image.new("RGB", (32, 16), (level,) * 3) for level in levels]
    file = io.BytesIO()
    first.save(file, format="WEBP", save_all=True, append_images=rest, duration=125, lossless=True)
    assert read_animation(file.getvalue())[:, 0, 0, 0].tolist() == list(levels)


def test_a_server_that_is_not_there_is_one_sentence(tmp_path, capsys):
    with pytest.raises(SystemExit):
        run(write_list(tmp_path, [{"id": "a"}]), tmp_path / "out", "--comfyui", "127.0.0.1:9")
    assert "got no answer: start it" in capsys.readouterr().err
