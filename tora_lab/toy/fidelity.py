"""Measures how well the sprites of a toy video look: against the rendered truth, and by their silhouettes."""

from __future__ import annotations

import functools
import math
from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from tora_core.paths.drawn_path import FloatArray
from tora_core.toy.text import COLOURS, SHAPES

from .tracker import colour_likeness
from .world import RADIUS_PX, Scene, render, signed_distance_px

NEAR_PX = 1.8 * RADIUS_PX
"""Distance from a sprite's centre within which its picture is compared."""
_SURE = 0.5
"""Likeness to a sprite's colour from which a pixel belongs to its silhouette."""
_REACH_PX, _STEP_PX = 3.0, 0.5
"""Search range of the matcher around a silhouette's centre, and its step."""


class Fidelity(NamedTuple):
    """How well the sprites look, over all sprites and frames.

    Args:
        psnr_db: peak signal-to-noise ratio within ``NEAR_PX`` of the true centres.
        overlap: intersection over union of shown and true silhouettes, 0..1.
        shapes: share of the frames in which the silhouette is most like the shape that the prompt names, 0..1.
    """

    psnr_db: float
    overlap: float
    shapes: float


def measure_fidelity(videos: Iterable[Tensor], scenes: Iterable[Scene]) -> Fidelity:
    """Compares videos ``[T, H, W, 3]`` uint8 with the scenes that they should show."""
    squares, overlaps, told = [], [], []
    for video, scene in zip(videos, scenes, strict=True):
        error = (video.double() - render(scene).double()).square().mean(dim=-1)  # [T, H, W]
        likeness = colour_likeness(video)  # [T, H, W, colours]
        for sprite in scene.sprites:
            shown = (likeness[..., list(COLOURS).index(sprite.colour)] > _SURE).numpy()
            for frame, (x, y) in enumerate(sprite.path_px):
                dx, dy = _offsets(video.shape[1:3], x, y)
                squares.append(error[frame][torch.from_numpy(np.hypot(dx, dy) <= NEAR_PX)])
                true = signed_distance_px(sprite.shape, RADIUS_PX, dx, dy) < 0
                overlaps.append(_overlap(shown[frame], true))
                told.append(tell_shape(shown[frame]) == sprite.shape)
    mean_square = float(torch.cat(squares).mean())
    return Fidelity(10 * math.log10(255**2 / max(mean_square, 1e-9)), float(np.mean(overlaps)), float(np.mean(told)))


def tell_shape(silhouette: np.ndarray) -> str | None:
    """Names the shape that a silhouette ``[H, W]`` bool is most like, wherever it is. None for an empty one."""
    if not silhouette.any():
        return None
    y, x = (values.mean() for values in silhouette.nonzero())
    moves = np.arange(-_REACH_PX, _REACH_PX + _STEP_PX, _STEP_PX)

    def likeness(shape: str) -> float:
        places = [_offsets(silhouette.shape, x + across, y + down) for across in moves for down in moves]
        return max(_overlap(silhouette, signed_distance_px(shape, RADIUS_PX, *place) < 0) for place in places)

    return max(SHAPES, key=likeness)


def _offsets(size: tuple[int, ...], x: float, y: float) -> tuple[FloatArray, FloatArray]:
    down, across = _list_pixels(size)
    return across - x, down - y


@functools.cache
def _list_pixels(size: tuple[int, ...]) -> FloatArray:
    """Rows and columns of all pixels. The matcher asks for them hundreds of times per picture."""
    return np.mgrid[: size[0], : size[1]].astype(np.float64)


def _overlap(one: np.ndarray, other: np.ndarray) -> float:
    union = (one | other).sum()
    return float((one & other).sum() / union) if union else 1.0
