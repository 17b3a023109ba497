"""Small raw videos for the tests of ``tora_lab.prepare``."""

from __future__ import annotations

import json

import torch
from synthetic import Layer, path_of, render

from tora_lab.media.video_writer import write_mp4
from tora_lab.prepare.settings import PrepareSettings
from tora_lab.prepare.video import prepare_video

FRAMES = 11
FPS = 8
SMALL = PrepareSettings(min_side_px=160, min_seconds=1.0, max_seconds=4.0)
"""Thresholds for these small clips. The paper's thresholds would drop them all."""


def raw_videos():
    """Renders four videos: a disc crosses a still ground, the same with a cut, a still video, and a camera pan."""
    disc = Layer(path_of(FRAMES, (70, 80), (9.0, 1.0)), seed=2, radii_px=(60, 60))
    mover = render([Layer(path_of(FRAMES), seed=1), disc]).video
    return {
        "mover": mover,
        "cut": torch.cat([mover, 255 - mover.flip(2)]),
        "still": mover[:1].expand(FRAMES, -1, -1, -1),
        "pan": render([Layer(path_of(FRAMES, step=(6.0, 2.0)), seed=5)]).video,
    }


def one(raw, video, settings=SMALL, fps=FPS, name="one.mp4"):
    """Prepares a single raw video and returns its records."""
    write_mp4(raw / name, video, fps)
    return prepare_video(raw / name, raw.parent / "out", settings)


def manifest(out):
    """Reads the merged manifest."""
    return [json.loads(line) for line in (out / "manifest.jsonl").read_text().splitlines()]


def words(record):
    """Returns the first word of each reason."""
    return [reason.split(":")[0] for reason in record.dropped]
