"""Paths from masks: the way of a mask's centre, and points inside it that all go that way."""

from __future__ import annotations

import logging

import numpy as np
from numpy.typing import NDArray

from ..opencv import import_opencv
from ..video import Size
from .coordinates import FloatArray
from .trajectories import Trajectories

logger = logging.getLogger(__name__)

_INNER = 0.3
"""Of the greatest distance to the mask's edge: points nearer to the edge than that are passed over."""
_CANDIDATES = 4096


def centroid_path(masks: NDArray[np.bool_]) -> Trajectories:
    """The way of a mask's centre; invisible, and half way between its neighbours in time, where the mask is empty.

    Args:
        masks: ``[T, H, W]``, T >= 2.

    Raises:
        ValueError: a single mask, or one that is empty in every frame.
    """
    frames, height, width = masks.shape
    visible = _check_filled(masks)
    if frames < 2:
        raise ValueError("one mask holds no motion: give a video of masks, or tracks whose way the mask is to go")
    counts = masks.sum(axis=(1, 2)).clip(min=1)
    x = (masks.sum(axis=1) @ np.arange(width)) / counts
    y = (masks.sum(axis=2) @ np.arange(height)) / counts
    seen = np.flatnonzero(visible)
    if len(seen) < frames:
        logger.warning("the mask is empty in %d of %d frames: the path is invisible there", frames - len(seen), frames)
    centres_px = np.stack([np.interp(np.arange(frames), seen, axis[seen]) for axis in (x, y)], axis=-1)  # [T, 2]
    return Trajectories(centres_px[:, None], visible[:, None], Size(width, height))


def interior_points(mask: NDArray[np.bool_], count: int) -> FloatArray:
    """Points well inside a mask and far from each other, the same ones each time: ``[N, 2]`` in pixels.

    Args:
        mask: ``[H, W]``.
        count: N at most; fewer where the mask has not so many pixels.

    Raises:
        ValueError: an empty mask, or no points wanted.
    """
    cv2 = import_opencv()

    if count < 1:
        raise ValueError(f"expected at least 1 point, got {count}")
    _check_filled(mask[None])
    # The frame's own edge is an edge of the mask as well.
    distance = cv2.distanceTransform(np.pad(mask.astype(np.uint8), 1), cv2.DIST_L2, 5)[1:-1, 1:-1]
    rows, columns = np.nonzero(distance >= max(_INNER * distance.max(), 1.0))
    candidates = np.stack([columns, rows], axis=-1).astype(np.float64)
    candidates = candidates[:: -(-len(candidates) // _CANDIDATES)]
    # Farthest point sampling, from the middle outwards.
    chosen = [int(np.linalg.norm(candidates - candidates.mean(axis=0), axis=-1).argmin())]
    nearest = np.full(len(candidates), np.inf)
    while len(chosen) < min(count, len(candidates)):
        nearest = np.minimum(nearest, np.linalg.norm(candidates - candidates[chosen[-1]], axis=-1))
        chosen.append(int(nearest.argmax()))
    return candidates[chosen]


def mask_trajectories(masks: NDArray[np.bool_], points: int = 1, way: Trajectories | None = None) -> Trajectories:
    """The centre of a mask, or several points inside it, on one shared way: a whole object moves and not one pixel.

    Args:
        masks: ``[T, H, W]``, one or a video of them.
        points: 1 follows the centre; more are spread inside the first mask that is not empty.
        way: whose first path's displacements the points share; the mask's own centre where None.

    Raises:
        ValueError: masks of another size than the way's canvas, empty masks, or one mask without a way.
    """
    _, height, width = masks.shape
    size = Size(width, height)
    if way is None:
        way = centroid_path(masks)
    elif way.canvas != size:
        raise ValueError(f"expected a mask of {way.canvas} (the tracks), got {size}: resize the mask first")
    first = int(_check_filled(masks).argmax())
    if points == 1:
        rows, columns = np.nonzero(masks[first])
        starts_px = np.array([[columns.mean(), rows.mean()]])
    else:
        starts_px = interior_points(masks[first], points)
    path_px, seen = way.points_px[:, 0], way.visible[:, 0]
    origin_px = path_px[min(first, way.frames - 1)]
    points_px = path_px[:, None] - origin_px + starts_px  # [T, N, 2]
    return Trajectories(points_px, np.repeat(seen[:, None], len(starts_px), axis=1), size)


def _check_filled(masks: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Which of ``[T, H, W]`` masks select anything; refuses them where none does."""
    filled = masks.any(axis=(1, 2))
    if not filled.any():
        where = f" in all {len(masks)} frames" if len(masks) > 1 else ""
        raise ValueError(f"the mask is empty{where}: nothing is selected, check the mask")
    return np.asarray(filled)
