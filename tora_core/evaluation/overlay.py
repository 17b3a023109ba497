"""Draws paths over pictures and videos."""

from __future__ import annotations

import colorsys
import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from ..paths.trajectories import Trajectories
from ..video import check_matches, check_video

COLOURS = ((230, 57, 70), (29, 120, 180), (42, 157, 90), (244, 140, 20), (123, 75, 180), (0, 150, 160))
"""Colours of the first paths. They differ on white and on pictures; each line has a white edge."""
_GOLDEN_ANGLE = (3 - math.sqrt(5)) / 2
"""Share of a full turn between two hues. Any number of hues stays evenly spread."""
_SUPERSAMPLING = 2
_INK = (32, 32, 36)


@dataclass(frozen=True)
class Style:
    """How each path is drawn.

    Args:
        tail: number of past frames whose line is drawn. None draws all past frames.
        dots: a dot at the current point.
        ahead: a faint line for the future frames.
        numbers: the frame number, from 0, in the top left corner.
        arrows: an arrow head in the direction of motion. A path that never moves has none.
        hidden: a faint ring at the current point where the path is invisible.
        width: factor for the size of lines, dots and arrows.
        label: a text in the bottom left corner.

    Raises:
        ValueError: the tail is negative, or the width is not above 0.
    """

    tail: int | None = None
    dots: bool = True
    ahead: bool = True
    numbers: bool = False
    arrows: bool = False
    hidden: bool = False
    width: float = 1.0
    label: str = ""

    def __post_init__(self) -> None:
        if self.tail is not None and self.tail < 0:
            raise ValueError(f"expected a tail of at least 0 frames, got {self.tail}: use None to draw all past frames")
        if not 0 < self.width < math.inf:
            raise ValueError(f"expected a width above 0, got {self.width}: use 1 for the default size")


PLAIN = Style()


def path_colour(path: int) -> tuple[int, int, int]:
    """Returns the colour of a path by its number, from 0: ``COLOURS``, then evenly spread hues."""
    if path < len(COLOURS):
        return COLOURS[path]
    further = path - len(COLOURS)
    saturation, value = ((0.95, 0.95), (0.4, 1.0), (0.85, 0.4))[further % 3]
    red, green, blue = colorsys.hsv_to_rgb((0.14 + further * _GOLDEN_ANGLE) % 1, saturation, value)
    return round(255 * red), round(255 * green), round(255 * blue)


def load_font(size: float) -> Any:
    """Loads Pillow's own font at a size in pixels. Without FreeType, Pillow has one bitmap font of a fixed size."""
    from PIL import ImageFont

    try:
        return ImageFont.load_default(size)
    except (ImportError, OSError):
        return ImageFont.load_default()


def draw_on(picture_or_video: Tensor, trajectories: Trajectories, style: Style = PLAIN) -> Tensor:
    """Draws every path over a video, or over one picture that is repeated for all frames.

    Args:
        picture_or_video: ``[H, W, 3]``, ``[1, H, W, 3]`` or ``[T, H, W, 3]`` uint8, the size of the canvas.
        trajectories: T frames.
        style: how each path is drawn.

    Returns:
        ``[T, H, W, 3]`` uint8.

    Raises:
        ValueError: the shape, type, size or number of frames does not fit.
    """
    video = picture_or_video if picture_or_video.ndim == 4 else picture_or_video[None]
    check_video(video)
    if len(video) == 1:
        video = video.expand(trajectories.frames, -1, -1, -1)
    return draw_trajectories(video, trajectories, style)


def draw_trajectories(video: Tensor, trajectories: Trajectories, style: Style = PLAIN) -> Tensor:
    """Draws every path over a video: past frames strong, future frames faint, a dot at the current point.

    Args:
        video: ``[T, H, W, 3]`` uint8, the size of the trajectories' canvas.
        trajectories: T frames.
        style: how each path is drawn.

    Returns:
        ``[T, H, W, 3]`` uint8.

    Raises:
        ValueError: the video has another size or number of frames.
    """
    check_matches(video, trajectories.frames, trajectories.canvas)
    return torch.stack([draw_frame(frame, trajectories, index, style) for index, frame in enumerate(video)])


def draw_frame(picture: Tensor, trajectories: Trajectories, index: int, style: Style = PLAIN) -> Tensor:
    """Draws every path over one picture ``[H, W, 3]`` uint8, as at frame ``index``."""
    from PIL import Image, ImageDraw

    height, width, _ = picture.shape
    points = trajectories.points_px * _SUPERSAMPLING
    size = max(1.0, min(height, width) / 240) * _SUPERSAMPLING
    unit = size * style.width
    canvas = Image.fromarray(picture.numpy()).resize((width * _SUPERSAMPLING, height * _SUPERSAMPLING))
    layer = Image.new("RGBA", canvas.size)
    draw = ImageDraw.Draw(layer)
    first = 0 if style.tail is None else max(index - style.tail, 0)
    # With a tail, the faint line starts at the current frame. Otherwise it would show behind the tail.
    ahead = 0 if style.tail is None else index
    for path in range(points.shape[1]):
        visible = trajectories.visible[:, path]
        so_far = points[first : index + 1][visible[first : index + 1], path]
        colour = path_colour(path)
        if style.ahead:
            _draw_line(draw, points[ahead:][visible[ahead:], path], (*colour, 90), unit)
        _draw_line(draw, so_far, (255, 255, 255, 220), 3.5 * unit)
        _draw_line(draw, so_far, (*colour, 255), 2 * unit)
        here = points[index, path]
        if visible[index]:
            if style.arrows:
                _draw_arrow(draw, here, _find_heading(points[visible, path], int(visible[:index].sum())), unit, colour)
            if style.dots:
                _draw_dot(draw, here, 4.5 * unit, (255, 255, 255, 255))
                _draw_dot(draw, here, 3.5 * unit, (*colour, 255))
        elif style.hidden and np.isfinite(here).all():
            _draw_ring(draw, here, 4 * unit, (*colour, 140), 1.5 * unit)
    if style.numbers:
        _draw_plate(draw, str(index), size, 0)
    if style.label:
        _draw_plate(draw, style.label, size, canvas.height)
    canvas.paste(layer, mask=layer)
    return torch.from_numpy(np.asarray(canvas.resize((width, height), Image.Resampling.LANCZOS)).copy())


def _draw_line(draw: Any, points: np.ndarray, colour: tuple[int, ...], width: float) -> None:
    if len(points) > 1:
        draw.line([tuple(point) for point in points], fill=colour, width=round(width), joint="curve")


def _draw_dot(draw: Any, centre: np.ndarray, radius: float, colour: tuple[int, ...]) -> None:
    x, y = centre
    draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=colour)


def _draw_ring(draw: Any, centre: np.ndarray, radius: float, colour: tuple[int, ...], width: float) -> None:
    x, y = centre
    draw.ellipse((x - radius, y - radius, x + radius, y + radius), outline=colour, width=max(1, round(width)))


def _find_heading(points: np.ndarray, index: int) -> np.ndarray | None:
    """Returns the direction of a path at point ``index`` as a unit vector, or None if it never moves.

    Uses the next step that moves, or at the end the last one.
    """
    steps = np.diff(points, axis=0)
    moving = np.flatnonzero(np.linalg.norm(steps, axis=1) > 1e-6)
    if not len(moving):
        return None
    after = moving[moving >= index]
    step = steps[after[0] if len(after) else moving[-1]]
    return step / np.linalg.norm(step)


def _draw_arrow(
    draw: Any, place: np.ndarray, heading: np.ndarray | None, unit: float, colour: tuple[int, int, int]
) -> None:
    """Draws an arrow head in front of the dot, so that it is visible with and without the dot."""
    if heading is None:
        return
    side = np.array([-heading[1], heading[0]])
    for reach, half, fill in ((14.5, 6.5, (255, 255, 255)), (13, 5, colour)):
        base = place + heading * 4 * unit
        corners = (place + heading * reach * unit, base + side * half * unit, base - side * half * unit)
        draw.polygon([tuple(corner) for corner in corners], fill=(*fill, 255))


def _draw_plate(draw: Any, text: str, size: float, foot: float) -> None:
    """Draws a text in white on a dark plate in the left corner above y = ``foot``. With 0 it is the top corner."""
    font, margin = load_font(14 * size), 4 * size
    left, _, right, bottom = draw.textbbox((margin, margin), text, font=font)
    top = max(0.0, foot - bottom - margin)
    draw.rectangle((0, top, right + left, top + bottom + margin), fill=(*_INK, 190))
    draw.text((margin, top + margin), text, (255, 255, 255, 255), font)
