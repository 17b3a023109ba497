"""Raw videos in little, for the tests of ``tora_lab.prepare``."""

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
"""Thresholds that the paper's are too large for with clips as small as these."""


def raw_videos():
    """A disc that crosses a still ground; that and another scene; a still; a camera that pans."""
    disc = Layer(path_of(FRAMES, (70, 80), (9.0, 1.0)), seed=2, radii_px=(60, 60))
    mover = render([Layer(path_of(FRAMES), seed=1), disc]).video
    return {
        "mover": mover,
        "cut": torch.cat([mover, 255 - mover.flip(2)]),
        "still": mover[:1].expand(FRAMES, -1, -1, -1),
        "pan": render([Layer(path_of(FRAMES, step=(6.0, 2.0)), seed=5)]).video,
    }


def one(raw, video, settings=SMALL, fps=FPS, name="one.mp4"):
    """Records of a single raw video."""
    write_mp4(raw / name, video, fps)
    return prepare_video(raw / name, raw.parent / "out", settings)


def manifest(out):
    return [json.loads(line) for line in (out / "manifest.jsonl").read_text().splitlines()]


def words(record):
    return [reason.split(":")[0] for reason in record.dropped]
