"""Dense flow -> a few trajectories, as the sparse stage of training draws them (reference ``sat`` training)."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from tora_core.paths.coordinates import FloatArray
from tora_core.paths.trajectories import Trajectories
from tora_core.video import Size


def sparse_trajectories(flow: Tensor, count: int, random: np.random.Generator, stride: int = 32) -> Trajectories | None:
    """Draws start points in proportion to their speed, and follows each one through the flow.

    Args:
        flow: ``[T, H, W, 2]`` px, frame i+1 at the places of frame i (``optical_flow``).
        count: points at most; a place is drawn once.
        random: where chance comes from.
        stride: of the grid of places, in pixels; every pixel is one where nothing on the grid moves.

    Returns:
        The trajectories, a point invisible from where it leaves the frame; None where the clip stands still, for which
        the reference's weights are NaN.
    """
    starts_px = _moving_places(flow[1], stride)
    if starts_px is None:
        starts_px = _moving_places(flow[1:].norm(dim=-1).amax(0)[..., None], stride)
    if starts_px is None:
        return None
    places, weights = starts_px
    drawn = random.choice(len(places), min(count, len(places)), replace=False, p=weights)
    return follow_flow(flow, places[drawn])


def follow_flow(flow: Tensor, starts_px: FloatArray) -> Trajectories:
    """Chains a flow ``[T, H, W, 2]`` px from places ``[N, 2]`` px of its first frame; a point is invisible from where
    it leaves the frame."""
    frames, height, width, _ = flow.shape
    points_px = np.empty((frames, len(starts_px), 2))
    visible = np.ones((frames, len(starts_px)), dtype=bool)
    points_px[0] = starts_px
    edge = np.array([width, height]) - 1
    for frame in range(1, frames):
        step = _read(flow[frame], points_px[frame - 1])
        points_px[frame] = points_px[frame - 1] + step
        inside = ((points_px[frame] >= 0) & (points_px[frame] <= edge)).all(axis=1)
        visible[frame] = visible[frame - 1] & inside
        points_px[frame] = np.clip(points_px[frame], 0, edge)
    return Trajectories(points_px, visible, Size(width, height))


def choose_paths(trajectories: Trajectories, count: int, random: np.random.Generator) -> Trajectories:
    """That many of the paths, drawn evenly, in their order."""
    paths = trajectories.points_px.shape[1]
    drawn = np.sort(random.choice(paths, min(count, paths), replace=False))
    return Trajectories(trajectories.points_px[:, drawn], trajectories.visible[:, drawn], trajectories.canvas)


def _moving_places(flow: Tensor, stride: int) -> tuple[FloatArray, FloatArray] | None:
    """Places ``[P, 2]`` px that move and their weights, on a grid or, where nothing on it does, anywhere."""
    speed = flow.double().norm(dim=-1).numpy()  # [H, W]
    for every in dict.fromkeys((min(stride, *speed.shape), 1)):
        first = every // 2
        weights = speed[first::every, first::every]
        rows, columns = np.nonzero(weights)
        if len(rows):
            chosen = weights[rows, columns]
            places = np.stack([columns, rows], axis=-1) * float(every) + first
            return places, chosen / chosen.sum()
    return None


def _read(flow: Tensor, points_px: FloatArray) -> FloatArray:
    """A frame's flow ``[H, W, 2]`` at places between pixels, ``[N, 2]``."""
    height, width, _ = flow.shape
    unit = torch.from_numpy(
        points_px / (np.maximum(np.array([width, height]) - 1, 1)) * 2 - 1
    )  # -1..1, corners aligned
    read = torch.nn.functional.grid_sample(
        flow.double().permute(2, 0, 1)[None], unit[None, None], align_corners=True, padding_mode="border"
    )
    return read[0, :, 0].T.numpy()
