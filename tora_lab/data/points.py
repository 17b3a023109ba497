"""Samples a few trajectories from dense flow, for the sparse stage of training (reference ``sat`` training)."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from tora_core.paths.drawn_path import FloatArray
from tora_core.paths.trajectories import Trajectories
from tora_core.video import Size


def sample_trajectories(flow: Tensor, count: int, random: np.random.Generator, stride: int = 32) -> Trajectories | None:
    """Samples start points in proportion to their speed, and follows each one through the flow.

    Args:
        flow: ``[T, H, W, 2]`` px. Entry i+1 is the motion from frame i to frame i+1, at the pixels of frame i.
        count: largest number of points. No place is drawn twice.
        random: source of random numbers.
        stride: distance in pixels between possible start points. If none of them moves, every pixel is possible.

    Returns:
        The trajectories. A point is invisible once it has left the frame. None if nothing moves in the clip: the
        reference's weights are NaN there.
    """
    starts_px = _find_moving_places(flow[1], stride)
    if starts_px is None:
        starts_px = _find_moving_places(flow[1:].norm(dim=-1).amax(0)[..., None], stride)
    if starts_px is None:
        return None
    places, weights = starts_px
    chosen = random.choice(len(places), min(count, len(places)), replace=False, p=weights)
    return follow_flow(flow, places[chosen])


def follow_flow(flow: Tensor, starts_px: FloatArray) -> Trajectories:
    """Follows points through a flow.

    Args:
        flow: ``[T, H, W, 2]`` px.
        starts_px: places ``[N, 2]`` px in the first frame.

    Returns:
        The trajectories. A point is invisible once it has left the frame.
    """
    frames, height, width, _ = flow.shape
    points_px = np.empty((frames, len(starts_px), 2))
    visible = np.ones((frames, len(starts_px)), dtype=bool)
    points_px[0] = starts_px
    edge = np.array([width, height]) - 1
    for frame in range(1, frames):
        step = _sample_flow(flow[frame], points_px[frame - 1])
        points_px[frame] = points_px[frame - 1] + step
        inside = ((points_px[frame] >= 0) & (points_px[frame] <= edge)).all(axis=1)
        visible[frame] = visible[frame - 1] & inside
        points_px[frame] = np.clip(points_px[frame], 0, edge)
    return Trajectories(points_px, visible, Size(width, height))


def choose_paths(trajectories: Trajectories, count: int, random: np.random.Generator) -> Trajectories:
    """Chooses ``count`` random paths, all equally likely, and keeps their order."""
    paths = trajectories.points_px.shape[1]
    chosen = np.sort(random.choice(paths, min(count, paths), replace=False))
    return Trajectories(trajectories.points_px[:, chosen], trajectories.visible[:, chosen], trajectories.canvas)


def _find_moving_places(flow: Tensor, stride: int) -> tuple[FloatArray, FloatArray] | None:
    """Finds the places ``[P, 2]`` px that move, and their weights ``[P]``.

    Searches a grid first, then every pixel. Returns None if nothing moves.
    """
    speed = flow.double().norm(dim=-1).numpy()  # [H, W]
    for step_px in dict.fromkeys((min(stride, *speed.shape), 1)):
        first = step_px // 2
        weights = speed[first::step_px, first::step_px]
        rows, columns = np.nonzero(weights)
        if len(rows):
            chosen = weights[rows, columns]
            places = np.stack([columns, rows], axis=-1) * float(step_px) + first
            return places, chosen / chosen.sum()
    return None


def _sample_flow(flow: Tensor, points_px: FloatArray) -> FloatArray:
    """Interpolates the flow of one frame ``[H, W, 2]`` at points ``[N, 2]`` px between pixels."""
    height, width, _ = flow.shape
    unit = torch.from_numpy(
        points_px / (np.maximum(np.array([width, height]) - 1, 1)) * 2 - 1
    )  # -1..1, corners aligned
    sampled = torch.nn.functional.grid_sample(
        flow.double().permute(2, 0, 1)[None], unit[None, None], align_corners=True, padding_mode="border"
    )
    return sampled[0, :, 0].T.numpy()
