"""Contact sheets: one picture with titled rows of video frames."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import torch
from torch import Tensor

from tora_core.evaluation.overlay import load_font

_INK = (32, 32, 36)
_PAPER = (250, 250, 248)
_QUIET = (120, 120, 128)


class SheetRow(NamedTuple):
    """One row of a contact sheet: a title, a caption, and pictures ``[T, H, W, 3]`` uint8."""

    title: str
    caption: str
    pictures: Tensor


def make_contact_sheet(title: str, rows: Sequence[SheetRow], columns: int = 7, cell_width: int = 240) -> Any:
    """Makes a picture with one titled row per clip.

    Each row shows frames at even distances, including the first and the last.

    Args:
        title: title of the sheet.
        rows: the clips.
        columns: frames per row.
        cell_width: width of each frame in pixels.

    Returns:
        A ``PIL.Image``.
    """
    from PIL import Image, ImageDraw

    margin, gap, label = 32, 8, 54
    cells = [_pick_cells(row.pictures, columns, cell_width) for row in rows]
    width = 2 * margin + columns * cell_width + (columns - 1) * gap
    height = 96 + sum(label + row[0].height + 22 for row in cells)
    sheet = Image.new("RGB", (width, height), _PAPER)
    draw = ImageDraw.Draw(sheet)
    draw.text((margin, 28), title, _INK, load_font(28))
    top = 84
    for row, pictures in zip(rows, cells, strict=True):
        draw.text((margin, top), row.title, _INK, load_font(19))
        draw.text((margin, top + 25), row.caption, _QUIET, load_font(15))
        top += label
        for column, picture in enumerate(pictures):
            left = margin + column * (cell_width + gap)
            sheet.paste(picture, (left, top))
            draw.rectangle((left - 1, top - 1, left + picture.width, top + picture.height), outline=(205, 205, 205))
        top += pictures[0].height + 22
    return sheet


def _pick_cells(pictures: Tensor, columns: int, cell_width: int) -> list[Any]:
    from PIL import Image

    picked = torch.linspace(0, len(pictures) - 1, columns).round().long().tolist()
    height = round(cell_width * pictures.shape[1] / pictures.shape[2])
    enlarges = cell_width > 2 * pictures.shape[2]
    how = Image.Resampling.NEAREST if enlarges else Image.Resampling.LANCZOS
    return [Image.fromarray(pictures[index].numpy()).resize((cell_width, height), how) for index in picked]
