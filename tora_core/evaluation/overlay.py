"""Draws paths over pictures and videos."""

from __future__ import annotations

import colorsys
import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from ..paths.drawn_path import FloatArray
from ..paths.trajectories import Trajectories
from ..video import Size, check_matches, check_video
from .ink_layer import SUPERSAMPLING, Ink, InkLayer

COLOURS = ((230, 57, 70), (29, 120, 180), (42, 157, 90), (244, 140, 20), (123, 75, 180), (0, 150, 160))
"""Colours of the first paths. They differ on white and on pictures; each line has a white edge."""
_GOLDEN_ANGLE = (3 - math.sqrt(5)) / 2
"""Share of a full turn between two hues. Any number of hues stays evenly spread."""
_PLATE = (32, 32, 36)
"""Colour behind frame numbers and labels."""


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

    Pixels away from the paths keep their value.

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
    drawn = video.clone(memory_format=torch.contiguous_format)
    pen = _Pen(trajectories, style, trajectories.canvas)
    for index, frame in enumerate(drawn):
        pen.draw(frame, index)
    return drawn


def draw_frame(picture: Tensor, trajectories: Trajectories, index: int, style: Style = PLAIN) -> Tensor:
    """Draws every path over one picture ``[H, W, 3]`` uint8, as at frame ``index``."""
    height, width, _ = picture.shape
    drawn = picture.clone(memory_format=torch.contiguous_format)
    _Pen(trajectories, style, Size(width, height)).draw(drawn, index)
    return drawn


class _Pen:
    """Draws paths over the frames of a video, in the order of time.

    Without a tail, lines only grow, and stay in the layer from frame to frame.
    """

    def __init__(self, trajectories: Trajectories, style: Style, size: Size) -> None:
        self._points, self._visible = trajectories.points_px * SUPERSAMPLING, trajectories.visible
        self._style = style
        self._size = max(1.0, min(size) / 240) * SUPERSAMPLING
        self._unit = self._size * style.width
        colours = [path_colour(path) for path in range(trajectories.points_px.shape[1])]
        inks = [ink for colour in colours for ink in _path_inks(colour)]
        self._layer = InkLayer(size, inks)
        self._drawn = 0
        """Number of frames whose strong lines are in the layer."""

    def draw(self, picture: Tensor, index: int) -> None:
        """Draws the paths over a picture ``[H, W, 3]`` uint8, in place."""
        if self._style.tail is None:
            self._extend_lines(index + 1)
        else:
            self._layer.clear()
            for path in range(self._points.shape[1]):
                # The faint line starts at the current frame. Otherwise it would show behind the tail.
                self._draw_ahead(path, index)
                self._draw_past(path, self._points_of(path, index - self._style.tail, index + 1))
        for path in range(self._points.shape[1]):
            self._draw_point(path, index)
        if self._style.numbers:
            self._draw_plate(str(index), 0)
        if self._style.label:
            self._draw_plate(self._style.label, self._layer.size.height)
        self._layer.lay_over(picture.numpy())
        self._layer.remove_passing()

    def _points_of(self, path: int, first: int, stop: int) -> FloatArray:
        """Returns the visible points of a path in frames ``first`` to ``stop - 1``, ``[n, 2]``."""
        frames = slice(max(first, 0), stop)
        return self._points[frames, path][self._visible[frames, path]]

    def _extend_lines(self, stop: int) -> None:
        for path in range(self._points.shape[1]):
            if not self._drawn:
                self._draw_ahead(path, 0)
            if self._visible[self._drawn : stop, path].any():
                # The segment before is drawn again, for the joint.
                known = int(self._visible[: self._drawn, path].sum())
                self._draw_past(path, self._points_of(path, 0, stop)[max(known - 2, 0) :])
        self._drawn = stop

    def _draw_ahead(self, path: int, first: int) -> None:
        if self._style.ahead:
            self._layer.draw_line(self._points_of(path, first, len(self._points)), {_ink(path, _AHEAD): self._unit})

    def _draw_past(self, path: int, points: FloatArray) -> None:
        self._layer.draw_line(points, {_ink(path, _EDGE): 3.5 * self._unit, _ink(path, _LINE): 2 * self._unit})

    def _draw_point(self, path: int, index: int) -> None:
        """Draws what stands at the current point of a path: arrow and dot, or the ring of a hidden point."""
        unit, style, here = self._unit, self._style, self._points[index, path]
        if self._visible[index, path]:
            if style.arrows:
                visible = self._visible[:, path]
                heading = _find_heading(self._points[visible, path], int(visible[:index].sum()))
                self._draw_arrow(path, here, heading)
            if style.dots:
                self._draw_circles(here, 4.5 * unit, {_ink(path, _DOT_EDGE): 4.5 * unit, _ink(path, _DOT): 3.5 * unit})
        elif style.hidden and np.isfinite(here).all():
            self._draw_circles(here, 4 * unit, {_ink(path, _RING): 4 * unit}, max(1, round(1.5 * unit)))

    def _draw_circles(self, centre: FloatArray, reach: float, radii: dict[int, float], outline: int = 0) -> None:
        """Draws one circle per ink, filled, or with an outline of this width."""

        x, y = centre

        def shapes(draw: Any) -> None:
            for ink, radius in radii.items():
                box = (x - radius, y - radius, x + radius, y + radius)
                if outline:
                    draw.ellipse(box, outline=ink, width=outline)
                else:
                    draw.ellipse(box, fill=ink)

        self._layer.draw(centre[None], reach, shapes, passing=True)

    def _draw_arrow(self, path: int, place: FloatArray, heading: FloatArray | None) -> None:
        """Draws an arrow head in front of the dot, so that it is visible with and without the dot."""
        if heading is None:
            return
        side, unit = np.array([-heading[1], heading[0]]), self._unit

        def shapes(draw: Any) -> None:
            base = place + heading * 4 * unit
            for reach, half, part in ((14.5, 6.5, _ARROW_EDGE), (13, 5, _ARROW)):
                corners = (place + heading * reach * unit, base + side * half * unit, base - side * half * unit)
                draw.polygon([tuple(corner) for corner in corners], fill=_ink(path, part))

        self._layer.draw(place[None], 15 * unit, shapes, passing=True)

    def _draw_plate(self, text: str, foot: float) -> None:
        """Draws a text in white on a dark plate in the left corner above y = ``foot``. With 0 it is the top corner."""
        from PIL import Image, ImageDraw

        font, margin = load_font(14 * self._size), 4 * self._size
        left, _, right, bottom = ImageDraw.Draw(Image.new("RGBA", (1, 1))).textbbox((margin, margin), text, font=font)
        top = max(0.0, foot - bottom - margin)
        plate = (0.0, top, right + left, top + bottom + margin)

        def shapes(draw: Any, corner: tuple[int, int]) -> None:
            x, y = corner
            draw.rectangle((plate[0] - x, plate[1] - y, plate[2] - x, plate[3] - y), fill=(*_PLATE, 190))
            draw.text((margin - x, top + margin - y), text, (255, 255, 255, 255), font)

        self._layer.draw_over(plate, shapes)


_AHEAD, _EDGE, _LINE, _ARROW_EDGE, _ARROW, _DOT_EDGE, _DOT, _RING = range(1, 9)
"""Parts of a path, from below to above."""


def _ink(path: int, part: int) -> int:
    """Returns the number of the ink of a part. Later paths lie above earlier ones."""
    return path * _RING + part


def _path_inks(colour: tuple[int, int, int]) -> list[Ink]:
    """Returns the inks of the parts of a path."""
    white, full = (255, 255, 255), (*colour, 255)
    return [(*colour, 90), (*white, 220), full, (*white, 255), full, (*white, 255), full, (*colour, 140)]


def _find_heading(points: FloatArray, index: int) -> FloatArray | None:
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
