"""Lists of jobs for the toy, and the command that does them."""

from __future__ import annotations

import json

import torch

from tora_lab.generate.__main__ import main
from tora_lab.media.video_reader import read_video

TOY = {"size": "96x64", "frames": 9, "steps": 3, "guidance": 2}
PROMPTS = ("red disc on sand", "blue star on snow", "green square on slate", "pink triangle on stone")


def write_list(folder, jobs, name="jobs.jsonl"):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text("".join(json.dumps({**TOY, **job}) + "\n" for job in jobs))
    return folder / name


def run(listed, out, *options):
    main([str(listed), "--out", str(out), *map(str, options)])


def videos_of(out):
    return {path.stem: read_video(path) for path in sorted((out / "videos").glob("*.mp4"))}


def rows_of(out):
    return [json.loads(line) for line in (out / "results.jsonl").read_text().splitlines()]


def equal(one, other):
    assert one.keys() == other.keys()
    return all(torch.equal(one[name], other[name]) for name in one)
