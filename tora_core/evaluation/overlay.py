"""Paths and flow drawn for people: overlays, contact sheets and videos."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor

from ..paths.trajectories import Trajectories

COLOURS = ((230, 57, 70), (29, 120, 180), (42, 157, 90), (244, 140, 20), (123, 75, 180), (0, 150, 160))
"""One a path, in turn; told apart on white and on pictures, each drawn over a white edge."""
_SUPERSAMPLING = 2
_INK = (32, 32, 36)
_PAPER = (250, 250, 248)
_QUIET = (120, 120, 128)


class Row(NamedTuple):
    """One row of a contact sheet: a title, a line that says what is seen, and ``[T, H, W, 3]`` uint8 pictures."""

    title: str
    caption: str
    pictures: Tensor


def draw_trajectories(video: Tensor, trajectories: Trajectories) -> Tensor:
    """Draws every path over a video: the way so far strong, the way ahead faint, a dot at each frame's place.

    Args:
        video: ``[T, H, W, 3]`` uint8, the size of the trajectories' canvas.
        trajectories: T frames.

    Returns:
        ``[T, H, W, 3]`` uint8.
    """
    frames, height, width, _ = video.shape
    if frames != trajectories.frames or (width, height) != tuple(trajectories.canvas):
        raise ValueError(
            f"expected a video of {trajectories.frames} frames of {trajectories.canvas} (the trajectories), "
            f"got {frames} frames of {width}x{height}"
        )
    return torch.stack([draw_frame(frame, trajectories, index) for index, frame in enumerate(video)])


def draw_frame(picture: Tensor, trajectories: Trajectories, index: int) -> Tensor:
    """Draws every path over one picture ``[H, W, 3]`` uint8, as it stands at frame ``index``."""
    from PIL import Image, ImageDraw

    height, width, _ = picture.shape
    points = trajectories.points_px * _SUPERSAMPLING
    unit = max(1.0, min(height, width) / 240) * _SUPERSAMPLING
    canvas = Image.fromarray(picture.numpy()).resize((width * _SUPERSAMPLING, height * _SUPERSAMPLING))
    layer = Image.new("RGBA", canvas.size)
    draw = ImageDraw.Draw(layer)
    for path in range(points.shape[1]):
        seen = points[trajectories.visible[:, path], path]
        so_far = points[: index + 1][trajectories.visible[: index + 1, path], path]
        colour = COLOURS[path % len(COLOURS)]
        _line(draw, seen, (*colour, 90), unit)
        _line(draw, so_far, (255, 255, 255, 220), 3.5 * unit)
        _line(draw, so_far, (*colour, 255), 2 * unit)
        if trajectories.visible[index, path]:
            _dot(draw, points[index, path], 4.5 * unit, (255, 255, 255, 255))
            _dot(draw, points[index, path], 3.5 * unit, (*colour, 255))
    canvas.paste(layer, mask=layer)
    return torch.from_numpy(np.asarray(canvas.resize((width, height), Image.Resampling.LANCZOS)).copy())


def contact_sheet(title: str, rows: Sequence[Row], columns: int = 7, cell_width: int = 240) -> Any:
    """A picture with one titled row of frames each, evenly picked, first and last included.

    Returns:
        a ``PIL.Image``.
    """
    from PIL import Image, ImageDraw, ImageFont

    margin, gap, label = 32, 8, 54
    cells = [_cells(row.pictures, columns, cell_width) for row in rows]
    width = 2 * margin + columns * cell_width + (columns - 1) * gap
    height = 96 + sum(label + row[0].height + 22 for row in cells)
    sheet = Image.new("RGB", (width, height), _PAPER)
    draw = ImageDraw.Draw(sheet)
    draw.text((margin, 28), title, _INK, ImageFont.load_default(28))
    top = 84
    for row, pictures in zip(rows, cells, strict=True):
        draw.text((margin, top), row.title, _INK, ImageFont.load_default(19))
        draw.text((margin, top + 25), row.caption, _QUIET, ImageFont.load_default(15))
        top += label
        for column, picture in enumerate(pictures):
            left = margin + column * (cell_width + gap)
            sheet.paste(picture, (left, top))
            draw.rectangle((left - 1, top - 1, left + picture.width, top + picture.height), outline=(205, 205, 205))
        top += pictures[0].height + 22
    return sheet


def heat_map(values: Tensor) -> Tensor:
    """``[T, H, W]`` of at least 0 -> ``[T, H, W, 3]`` uint8: white is 0, the clip's maximum is dark blue."""
    level = (values / values.max().clamp(min=torch.finfo(values.dtype).tiny))[..., None]
    stops = torch.tensor([[250, 250, 248], [120, 180, 220], [10, 40, 110]], dtype=values.dtype)
    lower = torch.lerp(stops[0], stops[1], (2 * level).clamp(max=1))
    return torch.lerp(lower, stops[2], (2 * level - 1).clamp(min=0)).round().to(torch.uint8)


def write_mp4(path: Path, video: Tensor, fps: int = 8) -> None:
    """Writes ``[T, H, W, 3]`` uint8, sides even, as H.264."""
    import av

    _, height, width, _ = video.shape
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=fps, options={"crf": "16"})
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        for frame in video:
            for packet in stream.encode(av.VideoFrame.from_ndarray(frame.numpy(), format="rgb24")):
                container.mux(packet)
        for packet in stream.encode():
            container.mux(packet)


def _cells(pictures: Tensor, columns: int, cell_width: int) -> list[Any]:
    from PIL import Image

    picked = torch.linspace(0, len(pictures) - 1, columns).round().long().tolist()
    height = round(cell_width * pictures.shape[1] / pictures.shape[2])
    enlarges = cell_width > 2 * pictures.shape[2]
    how = Image.Resampling.NEAREST if enlarges else Image.Resampling.LANCZOS
    return [Image.fromarray(pictures[index].numpy()).resize((cell_width, height), how) for index in picked]


def _line(draw: Any, points: np.ndarray, colour: tuple[int, ...], width: float) -> None:
    if len(points) > 1:
        draw.line([tuple(point) for point in points], fill=colour, width=round(width), joint="curve")


def _dot(draw: Any, centre: np.ndarray, radius: float, colour: tuple[int, ...]) -> None:
    x, y = centre
    draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=colour)
