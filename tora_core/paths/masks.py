"""Paths from masks: the path of a mask's centre, and points inside the mask that follow one path."""

from __future__ import annotations

import logging

import numpy as np
from numpy.typing import NDArray

from ..opencv import import_opencv
from ..video import Size
from .drawn_path import FloatArray
from .easing import EASES
from .object_motion import ObjectMotion
from .trajectories import Trajectories

logger = logging.getLogger(__name__)

STILL = ObjectMotion()
_INNER = 0.3
"""Smallest distance of a point to the mask's edge, as a fraction of the greatest distance in the mask."""
_CANDIDATES = 4096
"""Most pixels among which points are chosen."""


def centroid_path(masks: NDArray[np.bool_]) -> Trajectories:
    """Follows the centre of a mask through its frames.

    In frames where the mask is empty, the path is invisible and interpolated between the frames around.

    Args:
        masks: ``[T, H, W]``, T >= 2.

    Raises:
        ValueError: there is only one mask, or the mask is empty in every frame.
    """
    frames, height, width = masks.shape
    visible = _check_filled(masks)
    if frames < 2:
        raise ValueError(
            f"expected at least 2 masks, one per frame, got {frames}: connect a video of masks, or tracks for the mask "
            "to follow"
        )
    counts = masks.sum(axis=(1, 2)).clip(min=1)
    x = (masks.sum(axis=1) @ np.arange(width)) / counts
    y = (masks.sum(axis=2) @ np.arange(height)) / counts
    seen = np.flatnonzero(visible)
    if len(seen) < frames:
        logger.warning("the mask is empty in %d of %d frames: the path is invisible there", frames - len(seen), frames)
    centres_px = np.stack([np.interp(np.arange(frames), seen, axis[seen]) for axis in (x, y)], axis=-1)  # [T, 2]
    return Trajectories(centres_px[:, None], visible[:, None], Size(width, height))


def interior_points(mask: NDArray[np.bool_], count: int) -> FloatArray:
    """Chooses points inside a mask, away from its edge and far from each other. Needs no random numbers.

    Args:
        mask: ``[H, W]``.
        count: number of points. A mask with too few pixels gives fewer points.

    Returns:
        ``[N, 2]`` (x, y) in pixels.

    Raises:
        ValueError: the mask is empty, or ``count`` is below 1.
    """
    cv2 = import_opencv()

    if count < 1:
        raise ValueError(f"expected at least 1 point, got {count}: set points to 1 or more")
    _check_filled(mask[None])
    # The padding makes the frame's edge an edge of the mask.
    distance = cv2.distanceTransform(np.pad(mask.astype(np.uint8), 1), cv2.DIST_L2, 5)[1:-1, 1:-1]
    rows, columns = np.nonzero(distance >= max(_INNER * distance.max(), 1.0))
    candidates = np.stack([columns, rows], axis=-1).astype(np.float64)
    candidates = candidates[:: -(-len(candidates) // _CANDIDATES)]
    # Farthest point sampling, starting in the middle.
    chosen = [int(np.linalg.norm(candidates - candidates.mean(axis=0), axis=-1).argmin())]
    nearest = np.full(len(candidates), np.inf)
    while len(chosen) < min(count, len(candidates)):
        nearest = np.minimum(nearest, np.linalg.norm(candidates - candidates[chosen[-1]], axis=-1))
        chosen.append(int(nearest.argmax()))
    return candidates[chosen]


def mask_trajectories(
    masks: NDArray[np.bool_],
    points: int = 1,
    way: Trajectories | None = None,
    growth: ObjectMotion = STILL,
    ease: str = "linear",
) -> Trajectories:
    """Moves the centre of a mask, or several points inside it, along one path. Several points move the whole object.

    Args:
        masks: ``[T, H, W]``, T >= 1. One mask needs ``way``.
        points: 1 uses the mask's centre. More points are spread inside the first mask that is not empty.
        way: trajectories whose first path moves the points. None uses the path of the mask's centre.
        growth: how the object grows and turns about the centre of its mask.
        ease: one of ``easing.EASES``, for the growth.

    Raises:
        ValueError: the masks are empty or have another size than ``way``, there is one mask without ``way``, the ease
            is unknown, or ``points`` is below 1.
    """
    _, height, width = masks.shape
    size = Size(width, height)
    if ease not in EASES:
        raise ValueError(f"expected an ease of {tuple(EASES)}, got {ease!r}: choose one of these")
    if way is None:
        way = centroid_path(masks)
    elif way.canvas != size:
        raise ValueError(f"expected a mask of {way.canvas}, as the tracks have, got {size}: resize the mask")
    first = int(_check_filled(masks).argmax())
    rows, columns = np.nonzero(masks[first])
    centre_px = np.array([columns.mean(), rows.mean()])
    starts_px = centre_px[None] if points == 1 else interior_points(masks[first], points)
    path_px, seen = way.points_px[:, 0], way.visible[:, 0]
    last = way.frames - 1
    start = min(first, last)  # growth begins where the points are placed
    origin_px = path_px[start]
    progress = EASES[ease](np.clip((np.arange(way.frames) - start) / max(last - start, 1), 0.0, 1.0))
    points_px = (path_px - origin_px + centre_px)[:, None] + growth.move(starts_px - centre_px, progress)  # [T, N, 2]
    return Trajectories(points_px, np.repeat(seen[:, None], len(starts_px), axis=1), size)


def _check_filled(masks: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Finds which of the masks ``[T, H, W]`` are not empty.

    Raises:
        ValueError: every mask is empty.
    """
    filled = masks.any(axis=(1, 2))
    if not filled.any():
        where = f" in all {len(masks)} frames" if len(masks) > 1 else ""
        raise ValueError(f"expected a mask that selects pixels, got an empty mask{where}: draw or load another mask")
    return np.asarray(filled)
