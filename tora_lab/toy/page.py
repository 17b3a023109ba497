"""The page of the demo: one HTML file that holds its pictures."""

from __future__ import annotations

import base64
import html
import io
from collections.abc import Sequence
from pathlib import Path
from string import Template
from typing import NamedTuple

import torch
from torch import Tensor

from tora_core.evaluation.trajectory_error import TrajectoryError, format_px

PANELS = ("your path, over its flow", "with Tora", "without Tora")
_GAP_PX = 12
_FRAME_MS = 200
_REST_MS = 900
"""How long the last frame stays before the clip begins again."""
_CHART = (640, 150)
_TEMPLATE = Path(__file__).with_name("page.html")
_SCENE = """
<h2>$title</h2>
<p class="quiet">prompt: $prompt</p>
<img class="clip" alt="$panels" src="data:image/webp;base64,$picture">
<div class="names">$names</div>
<p>Mean distance from the path (TrajError): <b class="with">$steered with Tora</b>,
  <b class="without">$plain without</b>. Frame by frame:</p>
<svg viewBox="0 0 640 158" role="img" aria-label="error of each frame">$lines</svg>
"""


class PageScene(NamedTuple):
    """One scene of the page. The three videos ``[T, H, W, 3]`` uint8 have the same size."""

    title: str
    prompt: str
    drawn: Tensor
    steered: Tensor
    plain: Tensor
    steered_error: TrajectoryError
    plain_error: TrajectoryError


def make_page(scenes: Sequence[PageScene]) -> str:
    """Makes the page as one HTML text."""
    template = Template(_TEMPLATE.read_text(encoding="utf-8"))
    return template.substitute(scenes="".join(_make_scene(scene) for scene in scenes))


def encode_webp(video: Tensor, quality: int = 92) -> bytes:
    """Encodes ``[T, H, W, 3]`` uint8 as an animated WEBP that repeats."""
    from PIL import Image

    frames = [Image.fromarray(frame.numpy()) for frame in video]
    durations = [_FRAME_MS] * (len(frames) - 1) + [_REST_MS]
    file = io.BytesIO()
    frames[0].save(
        file, "WEBP", save_all=True, append_images=frames[1:], duration=durations, loop=0, quality=quality, method=4
    )
    return file.getvalue()


def join_panels(*videos: Tensor) -> Tensor:
    """Joins videos of one size side by side, so that they always show the same frame."""
    frames, height, _, _ = videos[0].shape
    gap = torch.full((frames, height, _GAP_PX, 3), 250, dtype=torch.uint8)
    joined = [part for video in videos for part in (gap, video)][1:]
    return torch.cat(joined, dim=2)


def _make_scene(scene: PageScene) -> str:
    picture = encode_webp(join_panels(scene.drawn, scene.steered, scene.plain))
    return Template(_SCENE).substitute(
        title=html.escape(scene.title),
        prompt=html.escape(scene.prompt),
        panels=", ".join(PANELS),
        picture=base64.b64encode(picture).decode(),
        names="".join(f"<span>{name}</span>" for name in PANELS),
        steered=format_error(scene.steered_error),
        plain=format_error(scene.plain_error),
        lines="".join(_draw_chart(scene)),
    )


def _draw_chart(scene: PageScene) -> list[str]:
    """Draws the error of each frame as two lines."""
    width, height = _CHART
    left, foot = 46, 24
    curves = [("with", scene.steered_error.frame_l1_px), ("without", scene.plain_error.frame_l1_px)]
    highest = max((value for _, values in curves for value in values if value is not None), default=1.0) or 1.0
    last = max(len(scene.steered) - 1, 1)
    lines = []
    for name, values in curves:
        corners = [
            f"{left + frame / last * (width - left - 8):.1f},{(height - foot) * (1 - value / highest) + 6:.1f}"
            for frame, value in enumerate(values)
            if value is not None
        ]
        lines.append(f'<polyline class="{name}" points="{" ".join(corners)}"/>')
    words = [(0, 14, f"{highest:.0f} px"), (0, height - foot + 8, "0 px"), (left, height, "frame 0")]
    words.append((width - 56, height, f"frame {last}"))
    return lines + [f'<text x="{x}" y="{y}">{text}</text>' for x, y, text in words]


def format_error(error: TrajectoryError) -> str:
    """Writes TrajError in pixels, or that the toy shows no sprite."""
    return "no sprite found" if error.l1_px is None else format_px(error.l1_px)
