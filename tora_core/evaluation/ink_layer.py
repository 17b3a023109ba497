"""A transparent layer of shapes, drawn at twice its size and laid over pictures."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..paths.drawn_path import FloatArray
from ..video import Size

SUPERSAMPLING = 2
_TILE_PX = 16
"""Side of the tiles that are resampled when something in them changes."""
_SUPPORT_PX = 3
"""Reach of the Lanczos filter."""
_LEAST_OPACITY = 3
"""Less than 1 % is not seen. The filter leaves it around shapes."""
_STAMP_LENGTH = 160
"""Length of a line that is drawn at once, in the layer's units. The box around it then stays small."""

Ink = tuple[int, int, int, int]
Box = tuple[int, int, int, int]
"""Left, top, right and bottom. The last two are outside."""
Shapes = Callable[[Any], None]
"""Draws shapes with Pillow's ``ImageDraw``, filled with the numbers of inks."""


class InkLayer:
    """Shapes over a transparent ground. Where two overlap, the ink with the higher number is on top.

    The order of drawing therefore does not matter, and the lines of a video can grow from frame to frame.

    Args:
        size: size of the pictures in pixels.
        inks: red, green, blue and opacity of ink 1, 2 and so on.
    """

    def __init__(self, size: Size, inks: Sequence[Ink]) -> None:
        from PIL import Image, ImageDraw

        width, height = size
        self.size = Size(width * SUPERSAMPLING, height * SUPERSAMPLING)
        self._inks = np.array([(0, 0, 0, 0), *inks], dtype=np.uint8)
        self._numbers = np.zeros((self.size.height, self.size.width), dtype=np.int32)
        self._scratch = Image.new("I", self.size)  # where each shape is drawn before it is placed among the others
        self._draw = ImageDraw.Draw(self._scratch)
        self._colours = np.zeros((height, width, 4), dtype=np.uint8)  # multiplied by their opacity
        self._covered: list[tuple[Box, NDArray[np.int32]]] = []
        self._stale = np.zeros((-(-height // _TILE_PX), -(-width // _TILE_PX)), dtype=bool)

    def clear(self) -> None:
        """Removes all shapes."""
        for array in (self._numbers, self._colours, self._stale):
            array[:] = 0
        self._covered.clear()

    def remove_passing(self) -> None:
        """Removes the shapes that were drawn as passing."""
        while self._covered:
            box, numbers = self._covered.pop()
            self._numbers[_region(box)] = numbers
            self._mark_stale(box)

    def draw(self, points: FloatArray, reach: float, shapes: Shapes, passing: bool = False) -> None:
        """Draws shapes that extend at most ``reach`` beyond points ``[n, 2]``, in the layer's units."""
        low = np.maximum(np.floor(points.min(axis=0) - reach), 0)
        high = np.minimum(np.ceil(points.max(axis=0) + reach) + 1, self.size)
        if not (low < high).all():
            return
        box: Box = (*low.astype(int).tolist(), *high.astype(int).tolist())
        shapes(self._draw)
        stamp = np.asarray(self._scratch.crop(box))
        self._scratch.paste(0, box)
        region = self._numbers[_region(box)]
        if passing:
            self._covered.append((box, region.copy()))
        np.maximum(region, stamp, out=region)
        self._mark_stale(box)

    def draw_line(self, points: FloatArray, widths: dict[int, float]) -> None:
        """Draws a line through points ``[n, 2]``, once per ink with its width."""
        for stretch in _split_line(points):
            corners = [tuple(place) for place in stretch.tolist()]

            def shapes(draw: Any, corners: Any = corners) -> None:
                for ink, width in widths.items():
                    draw.line(corners, fill=ink, width=round(width), joint="curve")

            self.draw(stretch, max(widths.values()) + SUPERSAMPLING, shapes)

    def draw_over(self, box: tuple[float, ...], shapes: Callable[[Any, tuple[int, int]], None]) -> None:
        """Draws coloured passing shapes over a box, in the layer's units, after all others.

        ``shapes`` gets Pillow's ``ImageDraw`` and the position of its corner.
        """
        self._resample_stale()
        left, top, right, bottom = (int(edge) for edge in box)
        whole = (left, top, min(right + 1, self.size.width), min(bottom + 1, self.size.height))
        self._resample(self._pixels_of(whole), shapes)
        self._covered.append((whole, self._numbers[_region(whole)].copy()))

    def lay_over(self, picture: NDArray[np.uint8]) -> None:
        """Lays the shapes over a picture ``[H, W, 3]``, in place. Pixels without a shape keep their value."""
        self._resample_stale()
        colours, below = self._colours.reshape(-1, 4), picture.reshape(-1, 3)
        places = np.flatnonzero(colours[:, 3] >= _LEAST_OPACITY)
        over = colours[places].astype(np.uint16)
        kept = below[places] * (255 - over[:, 3:]) + 127
        kept //= 255
        kept += over[:, :3]
        below[places] = np.minimum(kept, 255, out=kept)

    def _pixels_of(self, box: Box) -> Box:
        """Returns the box of pixels that a box in the layer's units changes."""
        left, top, right, bottom = box
        height, width = self._colours.shape[:2]
        return (
            max(left // SUPERSAMPLING - _SUPPORT_PX, 0),
            max(top // SUPERSAMPLING - _SUPPORT_PX, 0),
            min(-(-right // SUPERSAMPLING) + _SUPPORT_PX, width),
            min(-(-bottom // SUPERSAMPLING) + _SUPPORT_PX, height),
        )

    def _mark_stale(self, box: Box) -> None:
        left, top, right, bottom = self._pixels_of(box)
        self._stale[top // _TILE_PX : -(-bottom // _TILE_PX), left // _TILE_PX : -(-right // _TILE_PX)] = True

    def _resample_stale(self) -> None:
        height, width = self._colours.shape[:2]
        for left, top, right, bottom in _find_boxes(self._stale):
            self._resample((left, top, min(right, width), min(bottom, height)))
        self._stale[:] = False

    def _resample(self, box: Box, over: Callable[[Any, tuple[int, int]], None] | None = None) -> None:
        """Computes the colours of a box of pixels. ``over`` draws in it before it is reduced."""
        from PIL import Image, ImageDraw

        (left, top, right, bottom), (height, width) = box, self._colours.shape[:2]
        outer_left, outer_top = max(left - _SUPPORT_PX, 0), max(top - _SUPPORT_PX, 0)
        outer_right, outer_bottom = min(right + _SUPPORT_PX, width), min(bottom + _SUPPORT_PX, height)
        x, y = SUPERSAMPLING * outer_left, SUPERSAMPLING * outer_top
        numbers = self._numbers[y : SUPERSAMPLING * outer_bottom, x : SUPERSAMPLING * outer_right]
        picture = Image.fromarray(np.take(self._inks, numbers, axis=0))
        if over is not None:
            over(ImageDraw.Draw(picture), (x, y))
        reduced = _halve(picture)
        inner = (left - outer_left, top - outer_top, right - outer_left, bottom - outer_top)
        self._colours[_region(box)] = reduced[_region(inner)]


def _halve(picture: Any) -> NDArray[np.uint8]:
    """Reduces a picture to half its size, and multiplies the colours by their opacity.

    Pillow chooses the order of the axes by the shape of the picture, which changes the rounding. Here it is fixed.
    """
    from PIL import Image

    width, height = (side // SUPERSAMPLING for side in picture.size)
    narrow = picture.convert("RGBa").resize((width, picture.height), Image.Resampling.LANCZOS)
    return np.asarray(narrow.resize((width, height), Image.Resampling.LANCZOS))


def _region(box: Box) -> tuple[slice, slice]:
    """Returns the rows and columns of a box."""
    left, top, right, bottom = box
    return slice(top, bottom), slice(left, right)


def _find_boxes(tiles: NDArray[np.bool_]) -> list[Box]:
    """Covers the tiles that are True by boxes of pixels."""
    rows, edges = np.nonzero(np.diff(tiles, axis=1, prepend=False, append=False))
    boxes: list[Box] = []
    open_boxes: dict[tuple[int, int], tuple[int, int]] = {}
    for row, left, right in zip(rows[::2].tolist(), edges[::2].tolist(), edges[1::2].tolist(), strict=True):
        top, bottom = open_boxes.get((left, right), (row, row))
        if bottom != row:
            boxes.append((left, top, right, bottom))
            top = row
        open_boxes[left, right] = (top, row + 1)
    boxes += [(left, top, right, bottom) for (left, right), (top, bottom) in open_boxes.items()]
    return [
        (left * _TILE_PX, top * _TILE_PX, right * _TILE_PX, bottom * _TILE_PX) for left, top, right, bottom in boxes
    ]


def _split_line(points: FloatArray) -> Iterator[FloatArray]:
    """Splits a line into short stretches. Neighbours share a segment, so that each joint lies inside a stretch."""
    if len(points) < 2:
        return
    lengths = np.linalg.norm(np.diff(points, axis=0), axis=1)
    stretch = (np.cumsum(lengths) // _STAMP_LENGTH).astype(np.int64)
    starts = [0, *(np.flatnonzero(np.diff(stretch)) + 1), len(stretch)]
    for first, last in itertools.pairwise(starts):
        yield points[max(first - 1, 0) : last + 1]
