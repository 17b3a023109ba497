"""One picture of how well a video follows its paths: wanted and tracked paths, and the error over time."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor

from ..paths.drawn_path import FloatArray
from ..paths.trajectories import Trajectories
from .overlay import load_font, path_colour
from .trajectory_error import TrajectoryError, format_px, offsets

PICTURE_BOX = (720, 540)
"""Width and height that the frame is scaled to fit."""
CHART_WIDTH = 620
MIN_HEIGHT = 380
LEGEND = 9
"""Largest number of paths in the legend."""
_MARGIN = 32
_HEAD = 76
_FOOT = 48
_DOT_SPACING = 9.0
_SUPERSAMPLING = 2
_INK = (32, 32, 36)
_PAPER = (250, 250, 248)
_QUIET = (110, 110, 118)
_GRID = (226, 226, 224)
_WHITE = (255, 255, 255)


class _Pen(NamedTuple):
    """Draws in pixels of the final picture on a sheet that is larger by ``_SUPERSAMPLING``."""

    draw: Any

    def line(self, points: Any, colour: tuple[int, ...], width: float) -> None:
        if len(points) > 1:
            places = [(float(x) * _SUPERSAMPLING, float(y) * _SUPERSAMPLING) for x, y in points]
            self.draw.line(places, fill=colour, width=round(width * _SUPERSAMPLING), joint="curve")

    def dot(self, centre: Any, radius: float, colour: tuple[int, ...]) -> None:
        x, y, radius = (float(value) * _SUPERSAMPLING for value in (*centre, radius))
        self.draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=colour)

    def cross(self, centre: Any, reach: float, colour: tuple[int, ...]) -> None:
        x, y = centre
        for fill, width in ((_WHITE, 6), (colour, 3)):
            for side in (-1, 1):
                self.line([(x - reach, y - side * reach), (x + reach, y + side * reach)], fill, width)

    def text(self, place: Any, words: str, size: float, colour: tuple[int, ...] = _QUIET, anchor: str = "ls") -> None:
        x, y = (value * _SUPERSAMPLING for value in place)
        self.draw.text((x, y), words, colour, load_font(size * _SUPERSAMPLING), anchor=anchor)


def error_plot(frame: Tensor, wanted: Trajectories, tracked: Trajectories, error: TrajectoryError) -> Tensor:
    """Draws wanted and tracked paths over a frame, and beside it the L1 error of each path per frame.

    Args:
        frame: ``[H, W, 3]`` uint8 of the video, the size of the canvas.
        wanted: paths that the video should follow.
        tracked: paths that were found in the video.
        error: the result of ``trajectory_error`` for both.

    Returns:
        ``[h, w, 3]`` uint8, about 1,400 pixels wide for every video size.

    Raises:
        ValueError: the frame has another size than the canvas, or the trajectories do not match each other.
    """
    from PIL import Image, ImageDraw

    offset_px, counts = offsets(wanted, tracked)
    height, width, _ = frame.shape
    if (width, height) != tuple(wanted.canvas):
        raise ValueError(
            f"expected a frame of {wanted.canvas} (the trajectories), got {width}x{height}: use a frame of this video"
        )
    scale = min(PICTURE_BOX[0] / width, PICTURE_BOX[1] / height)
    shown = (round(width * scale), round(height * scale))
    tall = max(shown[1], MIN_HEIGHT)
    total = (3 * _MARGIN + shown[0] + CHART_WIDTH, _HEAD + tall + _FOOT)
    sheet = Image.new("RGB", (total[0] * _SUPERSAMPLING, total[1] * _SUPERSAMPLING), _PAPER)
    pen = _Pen(ImageDraw.Draw(sheet))
    _draw_headline(pen, str(error), total[0] - 2 * _MARGIN)

    corner = (_MARGIN, _HEAD + (tall - shown[1]) // 2)
    how = Image.Resampling.NEAREST if scale > 2 else Image.Resampling.LANCZOS
    picture = Image.fromarray(frame.numpy()).resize((shown[0] * _SUPERSAMPLING, shown[1] * _SUPERSAMPLING), how)
    over = _Pen(ImageDraw.Draw(picture))  # drawn on the picture, so that paths are cut at its edge
    for path in range(counts.shape[1]):
        # Whole coordinates are the centres of pixels.
        aim, found = ((t.points_px[:, path] + 0.5) * scale for t in (wanted, tracked))  # [T, 2]
        _draw_path(over, aim, wanted.visible[:, path], found, tracked.visible[:, path], path_colour(path))
    sheet.paste(picture, (corner[0] * _SUPERSAMPLING, corner[1] * _SUPERSAMPLING))
    _draw_symbols(pen, corner[0], _HEAD + tall + 30)

    box = (2 * _MARGIN + shown[0], _HEAD, total[0] - _MARGIN, _HEAD + tall)
    _draw_chart(pen, box, np.where(counts, np.abs(offset_px).sum(axis=-1), np.nan), error)
    return torch.from_numpy(np.asarray(sheet.resize(total, Image.Resampling.LANCZOS)).copy())


def _draw_headline(pen: _Pen, words: str, room: float) -> None:
    size = 27.0
    while size > 12 and load_font(size).getlength(words) > room:
        size -= 1
    pen.text((_MARGIN, 48), words, size, _INK)


def _draw_path(
    pen: _Pen, aim: FloatArray, aimed: Any, found: FloatArray, seen: Any, colour: tuple[int, int, int]
) -> None:
    """Draws one path: a line for the wanted path, dots for the tracked one, a cross where it was lost."""
    for tint, width in ((_WHITE, 5.0), (colour, 2.5)):
        for run in _find_stretches(aimed):
            pen.line(aim[run], tint, width)
    places, last = found[seen], None
    for place in places:
        if last is None or np.linalg.norm(place - last) >= _DOT_SPACING:
            last = place
            pen.dot(place, 4.5, _WHITE)
            pen.dot(place, 3.2, colour)
    if len(places) and not seen[np.flatnonzero(aimed)[-1:]].all():
        pen.cross(places[-1], 6, colour)


def _draw_symbols(pen: _Pen, x: float, y: float) -> None:
    pen.line([(x, y - 5), (x + 28, y - 5)], _INK, 2.5)
    pen.text((x + 36, y), "wanted", 15)
    for step in range(3):
        pen.dot((x + 118 + 10 * step, y - 5), 3.2, _INK)
    pen.text((x + 150, y), "tracked", 15)
    pen.cross((x + 238, y - 5), 5, _INK)
    pen.text((x + 252, y), "lost from here", 15)


def _draw_chart(pen: _Pen, box: tuple[int, int, int, int], l1_px: FloatArray, error: TrajectoryError) -> None:
    """Draws the error per frame, ``[T, N]`` pixels. NaN marks points that are not counted."""
    names = [f"path {path + 1}: {_format_value(value)}" for path, value in enumerate(error.path_l1_px)][:LEGEND]
    entries = [(name, path_colour(path), 3.0) for path, name in enumerate(names)]
    if len(error.path_l1_px) > LEGEND:
        entries.append((f"and {len(error.path_l1_px) - LEGEND} more", _PAPER, 0.0))
    several = len(error.path_l1_px) > 1 and error.l1_px is not None
    if several:
        entries.insert(0, (f"all: {_format_value(error.l1_px)}", _INK, 5.0))
    left, top, right, bottom = box[0] + 46, _draw_legend(pen, entries, box) + 44, box[2], box[3] - 4
    pen.text((box[0], top - 17), "L1 error in px", 15)

    highest = float(np.nan_to_num(l1_px).max(initial=1.0))  # at least one pixel, because trackers are not more exact
    step = _nice_step(highest / 5)
    limit = step * math.ceil(highest / step - 1e-9)
    frames = len(l1_px)

    def at(frame: float, value: float) -> tuple[float, float]:
        return left + (right - left) * frame / (frames - 1), bottom - (bottom - top) * value / limit

    for tick in range(round(limit / step) + 1):
        pen.line([at(0, tick * step), at(frames - 1, tick * step)], _GRID if tick else _QUIET, 1)
        pen.text((left - 9, at(0, tick * step)[1] + 5), f"{tick * step:g}", 15, anchor="rs")
    for frame in range(0, frames, max(1, round(_nice_step((frames - 1) / 8)))):
        x, y = at(frame, 0)
        pen.line([(x, y), (x, y + 5)], _QUIET, 1)
        pen.text((x, y + 22), f"{frame}", 15, anchor="ms")
    pen.text((right, bottom + 42), "frame", 15, anchor="rs")

    series = [(l1_px[:, path], path_colour(path), 2.0) for path in range(l1_px.shape[1])]
    if several:
        every = np.array([np.nan if value is None else value for value in error.frame_l1_px])
        series.insert(0, (every, _INK, 5.0))  # drawn first, so that single paths stay visible above it
    for values, colour, width in series:
        for run in _find_stretches(np.isfinite(values)):
            places = [at(frame, values[frame]) for frame in range(run.start, run.stop)]
            pen.line(places, colour, width)
            if len(places) == 1:
                pen.dot(places[0], width, colour)
    if error.l1_px is None:
        pen.text(((left + right) / 2, (top + bottom) / 2), "no path could be tracked", 19, anchor="ms")


def _draw_legend(
    pen: _Pen, entries: Sequence[tuple[str, tuple[int, ...], float]], box: tuple[int, int, int, int]
) -> float:
    """Draws the legend in rows from the top of the box. Returns the base line of the last row."""
    x, y = float(box[0]), box[1] + 15.0
    for name, colour, width in entries:
        needs = 30 + load_font(15).getlength(name)
        if x + needs > box[2]:
            x, y = float(box[0]), y + 23
        pen.line([(x, y - 5), (x + 22, y - 5)], colour, width)
        pen.text((x + 30, y), name, 15, _INK)
        x += needs + 22
    return y


def _format_value(value_px: float | None) -> str:
    return "lost" if value_px is None else format_px(value_px)


def _find_stretches(flags: Any) -> list[slice]:
    """Returns the stretches of True as slices."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], flags, [False]]).astype(int)))
    return [slice(int(start), int(stop)) for start, stop in edges.reshape(-1, 2)]


def _nice_step(least: float) -> float:
    """Returns the smallest of 1, 2 or 5 times a power of ten that is at least ``least``."""
    power = 10.0 ** math.floor(math.log10(least))
    return next(factor * power for factor in (1, 2, 5, 10) if factor * power >= least * 0.999)
