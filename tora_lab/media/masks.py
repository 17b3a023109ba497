"""Reads masks: one picture per frame, in which each value over 0 is an object."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

SUFFIXES = (".png", ".bmp", ".tif", ".tiff")
"""Lossless formats only, because a value is an object's number."""


def read_masks(folder: Path) -> NDArray[np.uint8]:
    """Reads the masks of a folder, or of its folder ``masks``, in the order of their names, ``[T, H, W]``.

    Raises:
        ValueError: there are none, one cannot be read, or their sizes differ.
    """
    from PIL import Image

    place = folder / "masks" if (folder / "masks").is_dir() else folder
    files = sorted(path for path in place.iterdir() if path.suffix.lower() in SUFFIXES) if place.is_dir() else []
    if not files:
        raise ValueError(f"expected masks in {place}, got none: write one {SUFFIXES[0]} per frame")
    masks = []
    for file in files:
        try:
            with Image.open(file) as picture:
                grey = picture if picture.mode == "P" else picture.convert("L")  # a palette's numbers are objects
                masks.append(np.asarray(grey, dtype=np.uint8))
        except (OSError, ValueError) as error:
            raise ValueError(f"expected a mask, got {file}, which cannot be read: write it again") from error
    if len({mask.shape for mask in masks}) > 1:
        raise ValueError(f"expected masks of one size in {place}, got several: write them again")
    return np.stack(masks)
