"""TrajError: the distance between a video's paths and the wanted paths (Tora, section 4)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from ..paths.drawn_path import FloatArray
from ..paths.trajectories import Trajectories
from ..video import Size, check_matches


@dataclass(frozen=True)
class TrajectoryError:
    """Distance between a video's paths and the wanted paths: TrajError (Tora, section 4), and the points it covers.

    A point is one path in one frame. It is counted if it is visible in the wanted and in the tracked path. A path with
    fewer than two counted points is lost, because the tracker gets its first point. Without counted points a mean is
    None.

    Args:
        canvas: the video's size in pixels. Errors are comparable only at the same size.
        l1_px: TrajError, the mean of ``|dx| + |dy|`` over all counted points.
        euclidean_px: mean of ``sqrt(dx² + dy²)`` over the same points.
        path_l1_px: mean L1 error per path, ``[N]``.
        path_euclidean_px: mean distance per path, ``[N]``.
        frame_l1_px: mean L1 error per frame, ``[T]``.
        frame_euclidean_px: mean distance per frame, ``[T]``.
        coverage: share of the wanted points that are counted, 0..1. A low coverage can hide a large error.
        lost: indices of the lost paths, from 0.
    """

    canvas: Size
    l1_px: float | None
    euclidean_px: float | None
    path_l1_px: tuple[float | None, ...]
    path_euclidean_px: tuple[float | None, ...]
    frame_l1_px: tuple[float | None, ...]
    frame_euclidean_px: tuple[float | None, ...]
    coverage: float
    lost: tuple[int, ...]

    def __str__(self) -> str:
        if self.l1_px is None or self.euclidean_px is None:
            return f"No TrajError at {self.canvas}: none of {len(self.path_l1_px)} paths could be tracked"
        return (
            f"TrajError {format_px(self.l1_px)} at {self.canvas} (Euclidean {format_px(self.euclidean_px)}), "
            f"{100 * self.coverage:.0f} % tracked"
        )

    def to_json(self) -> dict[str, Any]:
        """Returns plain lists, numbers and None for ``json.dumps``."""
        return {
            "traj_error_px": self.l1_px,
            "euclidean_px": self.euclidean_px,
            "coverage": self.coverage,
            "canvas": list(self.canvas),
            "lost": list(self.lost),
            "paths": {"traj_error_px": list(self.path_l1_px), "euclidean_px": list(self.path_euclidean_px)},
            "frames": {"traj_error_px": list(self.frame_l1_px), "euclidean_px": list(self.frame_euclidean_px)},
        }


def format_px(value_px: float) -> str:
    """Formats pixels as ``7.2 px``, with two decimals below one pixel."""
    return f"{value_px:.1f} px" if value_px >= 0.995 else f"{value_px:.2f} px"


def offsets(wanted: Trajectories, tracked: Trajectories) -> tuple[FloatArray, NDArray[np.bool_]]:
    """Compares two trajectories point by point. ``TrajectoryError`` defines which points are counted.

    Returns:
        ``[T, N, 2]`` offsets from wanted to tracked in pixels, 0 where not counted, and ``[T, N]``, which are counted.

    Raises:
        ValueError: the canvas, the number of paths or the number of frames differs.
    """
    for what, one, other, fix in (
        ("a canvas of", wanted.canvas, tracked.canvas, "scale the paths to the video's size"),
        ("paths:", wanted.points_px.shape[1], tracked.points_px.shape[1], "track every wanted path, in its order"),
        ("frames:", wanted.frames, tracked.frames, "sample the paths once for each of the video's frames"),
    ):
        if one != other:
            raise ValueError(f"expected {what} {one} (the wanted trajectories), got {other} (the tracked): {fix}")
    counts = wanted.visible & tracked.visible
    counts = counts & (counts.sum(axis=0) > 1)
    offset_px = np.zeros_like(wanted.points_px)
    offset_px[counts] = tracked.points_px[counts] - wanted.points_px[counts]
    return offset_px, counts


def trajectory_error(wanted: Trajectories, tracked: Trajectories) -> TrajectoryError:
    """Computes the mean distance between wanted and tracked points (TrajError, Tora section 4).

    Args:
        wanted: paths that the video should follow.
        tracked: paths that were found in the video, with the same order, frames and canvas.

    Raises:
        ValueError: canvas, number of paths or number of frames differ, or no wanted point is visible.
    """
    offset_px, counts = offsets(wanted, tracked)
    if not wanted.visible.any():
        raise ValueError("expected a wanted path that is visible in at least one frame, got none: show a path")
    l1_px = np.abs(offset_px).sum(axis=-1)  # [T, N]
    euclidean_px = np.linalg.norm(offset_px, axis=-1)  # [T, N]
    return TrajectoryError(
        canvas=wanted.canvas,
        l1_px=_compute_means(l1_px.ravel(), counts.ravel())[0],
        euclidean_px=_compute_means(euclidean_px.ravel(), counts.ravel())[0],
        path_l1_px=_compute_means(l1_px, counts),
        path_euclidean_px=_compute_means(euclidean_px, counts),
        frame_l1_px=_compute_means(l1_px.T, counts.T),
        frame_euclidean_px=_compute_means(euclidean_px.T, counts.T),
        coverage=float(counts.sum() / wanted.visible.sum()),
        lost=tuple(np.flatnonzero(~counts.any(axis=0)).tolist()),
    )


def track_and_compare(video: Tensor, wanted: Trajectories) -> tuple[Trajectories, TrajectoryError]:
    """Tracks the start points of the wanted paths through a video, and compares the result with the wanted paths.

    A path starts in the first frame in which it is visible and inside the picture.

    Args:
        video: ``[T, H, W, 3]`` uint8 on the CPU.
        wanted: paths of T frames on a canvas of the video's size.

    Returns:
        The tracked trajectories, and their error.

    Raises:
        ValueError: the video has another size or number of frames, or no wanted point is visible.
    """
    from ..paths.tracking import track_points

    check_matches(video, wanted.frames, wanted.canvas)
    points = np.clip(np.nan_to_num(wanted.points_px), 0, np.array(wanted.canvas, dtype=np.float64) - 1)  # [T, N, 2]
    # The scaled far edge of a canvas lies up to one pixel outside the last pixel.
    at_hand = wanted.visible & (np.abs(points - np.nan_to_num(wanted.points_px)) <= 1).all(axis=-1)
    starts = np.where(at_hand.any(axis=0), at_hand.argmax(axis=0), -1)  # [N]
    visible = np.zeros_like(wanted.visible)
    for start in np.unique(starts[starts >= 0]).tolist():
        group = np.flatnonzero(starts == start)
        found = track_points(video, points[start, group], start)
        points[:, group], visible[:, group] = found.points_px, found.visible
    tracked = Trajectories(points, visible, wanted.canvas)
    return tracked, trajectory_error(wanted, tracked)


def _compute_means(values: FloatArray, counts: NDArray[np.bool_]) -> tuple[float | None, ...]:
    """Computes means over the first axis of the counted values; None where no value is counted."""
    values, counts = values.reshape(len(values), -1), counts.reshape(len(counts), -1)
    sums, numbers = (values * counts).sum(axis=0).tolist(), counts.sum(axis=0).tolist()
    return tuple(total / number if number else None for total, number in zip(sums, numbers, strict=True))
