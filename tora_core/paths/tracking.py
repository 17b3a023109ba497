"""Tracks points through a video by pyramidal Lucas-Kanade, aligned to their appearance in the start frame."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from ..opencv import import_opencv, make_threads
from ..video import Size, check_video
from .alignment import Pixels, align, is_inside, take_templates
from .drawn_path import FloatArray
from .trajectories import Trajectories

logger = logging.getLogger(__name__)


MAX_WINDOW_PX = 181
"""OpenCV's ``remap`` handles at most 32,767 positions per row, and 181 squared is just below."""
LEVELS = 3
"""Highest pyramid level of Lucas-Kanade."""
POINTS_AT_ONCE = 192
"""Number of points aligned together. Their patches then fit into the processor's cache."""


def track_points(
    video: Tensor, points_px: FloatArray, start_frame: int = 0, tolerance_px: float = 1.0, window_px: int = 21
) -> Trajectories:
    """Tracks points forwards and backwards from one frame (Bouguet 2000; Shi and Tomasi, CVPR 1994).

    1. Each point moves from frame to frame by translation. Tracked back, it must return to its start.
    2. The point's patch of the start frame is aligned to the new frame by an affine map. This removes drift.
    3. The aligned patch must still look similar. This detects occluders.

    A lost point keeps its last position and stays invisible. Tracking follows about 10 px per frame for a small object
    on another background, and about 30 px for a whole natural picture.

    Args:
        video: ``[T, H, W, 3]`` uint8 RGB on the CPU, T >= 2.
        points_px: ``[N, 2]`` (x, y) in pixels inside the frame.
        start_frame: frame in which ``points_px`` are given, 0..T-1.
        tolerance_px: largest distance between a point and its position after tracking forth and back, above 0.
        window_px: side of the compared patch, 5..181.

    Returns:
        Trajectories of T frames and N points. At ``start_frame`` they equal ``points_px``.

    Raises:
        ValueError: the video has another layout or a single frame, there are no points, a point or the start frame is
            outside the video, or the window or tolerance is out of range.
    """
    cv2 = import_opencv()

    size = check_video(video, min_frames=2)
    points_px = _check_points(points_px, size)
    frames = len(video)
    if not 0 <= start_frame < frames:
        raise ValueError(f"expected a start frame of 0..{frames - 1}, got {start_frame}: choose a frame of this video")
    if not 5 <= window_px <= MAX_WINDOW_PX or not tolerance_px > 0:
        limits = f"5..{MAX_WINDOW_PX} px and a tolerance above 0 px"
        raise ValueError(
            f"expected a window of {limits}, got {window_px} px and {tolerance_px} px: use for example 21 px and 1 px"
        )
    greys = [np.asarray(cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY), dtype=np.uint8) for frame in video.numpy()]
    with make_threads() as pool:
        after, seen_after = _follow(greys[start_frame:], points_px, tolerance_px, window_px, pool)
        before, seen_before = _follow(greys[start_frame::-1], points_px, tolerance_px, window_px, pool)
    points = np.concatenate([before[:0:-1], after])  # [T, N, 2]
    visible = np.concatenate([seen_before[:0:-1], seen_after])  # [T, N]
    _warn_lost(visible, start_frame)
    return Trajectories(points, visible, size)


def _follow(
    greys: Sequence[Pixels], start_px: FloatArray, tolerance_px: float, window_px: int, pool: ThreadPoolExecutor
) -> tuple[FloatArray, NDArray[np.bool_]]:
    """Tracks points from the first frame to all others.

    Returns:
        ``[T, N, 2]``, the positions, and ``[T, N]``, whether the points are still visible.
    """
    points = np.repeat(start_px[None], len(greys), axis=0)
    visible = np.ones(points.shape[:2], dtype=bool)
    templates = take_templates(greys[0], start_px, window_px)
    for frame in range(1, len(greys)):
        points[frame], visible[frame] = points[frame - 1], False
        alive = np.flatnonzero(visible[frame - 1])
        if not len(alive):
            continue
        moved, returned = _step(greys[frame - 1], greys[frame], points[frame - 1, alive], tolerance_px, window_px)
        alive, moved = alive[returned], moved[returned]
        groups = [slice(first, first + POINTS_AT_ONCE) for first in range(0, len(alive), POINTS_AT_ONCE)]
        run: Any = map if len(groups) < 2 else pool.map
        found = run(lambda part: align(templates, greys[frame], alive[part], moved[part]), groups)  # noqa: B023
        for part, (aligned, similar) in zip(groups, found, strict=True):
            seen = alive[part][similar]
            points[frame, seen], visible[frame, seen] = aligned[similar], True
    return points, visible


def _step(
    grey: Pixels, following: Pixels, points_px: FloatArray, tolerance_px: float, window_px: int
) -> tuple[FloatArray, NDArray[np.bool_]]:
    """Tracks points to the next frame and back.

    Returns:
        ``[N, 2]``, the positions in the next frame, and ``[N]``, whether the points return to their start.
    """
    cv2 = import_opencv()

    lucas_kanade = partial(
        cv2.calcOpticalFlowPyrLK,
        winSize=(window_px, window_px),
        maxLevel=LEVELS,
        criteria=(cv2.TERM_CRITERIA_COUNT | cv2.TERM_CRITERIA_EPS, 30, 0.003),
    )
    start: Any = points_px.astype(np.float32)[:, None]  # [N, 1, 2]
    there, found, _ = lucas_kanade(grey, following, start, np.empty_like(start))
    back, found_back, _ = lucas_kanade(following, grey, there, np.empty_like(start))
    missed_px = np.linalg.norm((back - start)[:, 0], axis=1)
    moved = there[:, 0].astype(np.float64)
    returned = np.hstack([found, found_back]).all(axis=1) & (missed_px <= tolerance_px)
    return moved, returned & is_inside(moved[:, 0], moved[:, 1], grey)


def _warn_lost(visible: NDArray[np.bool_], start_frame: int) -> None:
    """Warns how many points were lost, and in which frames."""
    if visible.all():
        return
    ends = np.flatnonzero((visible[1:] != visible[:-1]).any(axis=1))
    missed = ends + (ends >= start_frame)  # tracking backwards loses a point in the earlier frame
    lost, points = (~visible.all(axis=0)).sum(), visible.shape[1]
    logger.warning(
        "%d of %d points were lost between frames %d and %d (covered, out of the frame, changed, or without texture): "
        "they stay at their last position, invisible%s",
        *(lost, points, missed.min(), missed.max()),
        "" if visible.sum() > points else ". No point moves: choose points on texture, or another start frame",
    )


def _check_points(points_px: FloatArray, size: Size) -> FloatArray:
    """Checks that all points ``[N, 2]`` are inside the frame, and returns a copy."""
    points_px = np.array(points_px, dtype=np.float64)
    if points_px.ndim != 2 or points_px.shape[1] != 2 or not len(points_px):
        raise ValueError(f"expected at least one point [N, 2], got {points_px.shape}: give (x, y) in pixels")
    outside = ~((points_px >= 0) & (points_px <= np.array(size) - 1)).all(axis=1)
    if outside.any():
        x, y = points_px[outside][0]
        raise ValueError(
            f"expected points inside the {size} frame, got {outside.sum()} of {len(points_px)} outside, the first at "
            f"({x:g}, {y:g}): use pixels of this video"
        )
    return points_px
