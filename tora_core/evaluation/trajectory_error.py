"""How far a video's paths are from the wanted ones: TrajError (Tora, section 4)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from ..paths.coordinates import FloatArray
from ..paths.trajectories import Trajectories
from ..video import Size, check_matches


@dataclass(frozen=True)
class TrajectoryError:
    """How far a video's paths are from the wanted ones: TrajError of Tora's section 4, and what it was taken over.

    A place is one path in one frame. It counts where it is wanted and was tracked; a path with one such place or none
    is lost, because a tracker is given one. None stands where nothing counts, and no mean includes it.

    Args:
        canvas: the video's size, without which a number of pixels says nothing.
        l1_px: TrajError, the mean of ``|dx| + |dy|`` over all places that count.
        euclidean_px: the same of ``sqrt(dx² + dy²)``.
        path_l1_px: ``[N]``.
        path_euclidean_px: ``[N]``.
        frame_l1_px: ``[T]``.
        frame_euclidean_px: ``[T]``.
        coverage: 0..1, how much of what is wanted counts; few places can make a small error.
        lost: paths without a number, counted from 0.
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
        """Plain lists, numbers and None, for ``json.dumps``."""
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
    """``7.2 px``; two decimals under one pixel."""
    return f"{value_px:.1f} px" if value_px >= 0.995 else f"{value_px:.2f} px"


def offsets(wanted: Trajectories, tracked: Trajectories) -> tuple[FloatArray, NDArray[np.bool_]]:
    """Compares two trajectories place by place; ``TrajectoryError`` says which places count.

    Returns:
        ``[T, N, 2]`` from wanted to tracked in pixels, 0 where a place does not count, and ``[T, N]``, which do.

    Raises:
        ValueError: another canvas, number of paths or number of frames.
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
    """Takes the mean distance between wanted and tracked places (TrajError, section 4 of Tora).

    Args:
        wanted: what the video should follow.
        tracked: what was found in it: the same paths in the same order, frames and canvas.

    Raises:
        ValueError: another canvas, number of paths or number of frames, or no wanted place that is visible.
    """
    offset_px, counts = offsets(wanted, tracked)
    if not wanted.visible.any():
        raise ValueError("expected a wanted path that is visible in some frame, got none: there is nothing to compare")
    l1_px = np.abs(offset_px).sum(axis=-1)  # [T, N]
    euclidean_px = np.linalg.norm(offset_px, axis=-1)  # [T, N]
    return TrajectoryError(
        canvas=wanted.canvas,
        l1_px=_means(l1_px.ravel(), counts.ravel())[0],
        euclidean_px=_means(euclidean_px.ravel(), counts.ravel())[0],
        path_l1_px=_means(l1_px, counts),
        path_euclidean_px=_means(euclidean_px, counts),
        frame_l1_px=_means(l1_px.T, counts.T),
        frame_euclidean_px=_means(euclidean_px.T, counts.T),
        coverage=float(counts.sum() / wanted.visible.sum()),
        lost=tuple(np.flatnonzero(~counts.any(axis=0)).tolist()),
    )


def track_and_compare(video: Tensor, wanted: Trajectories) -> tuple[Trajectories, TrajectoryError]:
    """Follows the wanted paths' start points through a video, and compares where they go with where they should.

    A path starts in the first frame in which it is visible and inside the frame.

    Args:
        video: ``[T, H, W, 3]`` uint8 on the CPU.
        wanted: T frames on a canvas of the video's size.

    Returns:
        The tracked trajectories, and their error.

    Raises:
        ValueError: a video of another size or number of frames, or no wanted place that is visible.
    """
    from ..paths.tracking import track_points

    check_matches(video, wanted.frames, wanted.canvas)
    points = np.clip(np.nan_to_num(wanted.points_px), 0, np.array(wanted.canvas, dtype=np.float64) - 1)  # [T, N, 2]
    # A canvas's far edge, scaled, lies up to a pixel outside the frame's last pixel.
    at_hand = wanted.visible & (np.abs(points - np.nan_to_num(wanted.points_px)) <= 1).all(axis=-1)
    starts = np.where(at_hand.any(axis=0), at_hand.argmax(axis=0), -1)  # [N]
    visible = np.zeros_like(wanted.visible)
    for start in np.unique(starts[starts >= 0]).tolist():
        group = np.flatnonzero(starts == start)
        found = track_points(video, points[start, group], start)
        points[:, group], visible[:, group] = found.points_px, found.visible
    tracked = Trajectories(points, visible, wanted.canvas)
    return tracked, trajectory_error(wanted, tracked)


def _means(values: FloatArray, counts: NDArray[np.bool_]) -> tuple[float | None, ...]:
    """Means over the first axis of what counts; None where nothing does."""
    values, counts = values.reshape(len(values), -1), counts.reshape(len(counts), -1)
    sums, numbers = (values * counts).sum(axis=0).tolist(), counts.sum(axis=0).tolist()
    return tuple(total / number if number else None for total, number in zip(sums, numbers, strict=True))
