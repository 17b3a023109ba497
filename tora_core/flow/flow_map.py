"""Trajectories -> flow map: each point's displacement, spread by a Gaussian of peak 1 (paper section 3.2)."""

from __future__ import annotations

import logging

import numpy as np
import torch
from torch import Tensor

from ..paths.trajectories import MODES, Mode, Trajectories

logger = logging.getLogger(__name__)

SIGMA_PX = 10.0
RADIUS_PX = 49
"""The reference blurs with a 99x99 kernel of sigma 10 (diffusers-version ``traj_utils.py``)."""


def flow_map(trajectories: Trajectories, mode: Mode = "exact") -> Tensor:
    """Writes every displacement at the point it starts from and spreads it (reference ``traj_utils.py``).

    The blurred impulse of a point is known in closed form: the outer product of two 1-D Gaussians, so no 99x99
    convolution runs over the frame. Frame 0 is zero, and frame i+1 holds ``p[i+1] - p[i]`` around ``p[i]``.

    Args:
        trajectories: points outside the frame are moved to its edge, with a warning.
        mode: ``exact`` rounds a position once and averages points that share a pixel, with a warning;
            ``reference`` truncates and lets the later path overwrite, as the public code does.

    Returns:
        ``[T, H, W, 2]`` float32 displacements (x, y) in pixels per frame.
    """
    if mode not in MODES:
        raise ValueError(f"expected a mode of {MODES}, got {mode!r}")
    width, height = trajectories.canvas
    trajectories = trajectories.clamped()
    points_px, visible = trajectories.points_px, trajectories.visible
    if mode == "reference":
        if (points_px != np.trunc(points_px)).any():
            logger.warning("reference mode wants points that were sampled in reference mode too: fractions are cut off")
        points_px = np.trunc(points_px)
    pixels = np.rint(points_px).astype(np.int64)
    flow = torch.zeros(trajectories.frames, height, width, 2)  # [T, H, W, 2]
    collisions = 0
    for frame in range(trajectories.frames - 1):
        moving = visible[frame] & visible[frame + 1]
        impulses, merged = _impulses(
            pixels[frame, moving], (points_px[frame + 1] - points_px[frame])[moving], overwrite=mode == "reference"
        )
        collisions += merged
        for (x, y), displacement in impulses.items():
            if displacement.any():
                _spread(flow[frame + 1], x, y, torch.from_numpy(displacement).float())
    if collisions and mode == "exact":
        logger.warning("%d displacements share a pixel with another path and were averaged", collisions)
    return flow


def _impulses(
    pixels: np.ndarray, displacements_px: np.ndarray, overwrite: bool
) -> tuple[dict[tuple[int, int], np.ndarray], int]:
    """One displacement a pixel (the last or the mean of those that meet there), and how many met another."""
    at_pixel: dict[tuple[int, int], list[np.ndarray]] = {}
    for (x, y), displacement in zip(pixels.tolist(), displacements_px, strict=True):
        at_pixel.setdefault((x, y), []).append(displacement)
    merged = sum(len(found) for found in at_pixel.values() if len(found) > 1)
    if overwrite:
        return {pixel: found[-1] for pixel, found in at_pixel.items()}, merged
    return {pixel: np.mean(found, axis=0) for pixel, found in at_pixel.items()}, merged


def _spread(frame: Tensor, x: int, y: int, displacement: Tensor) -> None:
    """Adds one Gaussian of peak 1 to ``frame`` [H, W, 2], in the kernel's footprint only."""
    height, width, _ = frame.shape
    rows, row_weights = _axis_weights(y, height)
    columns, column_weights = _axis_weights(x, width)
    weights = row_weights[:, None] * column_weights  # [h, w]
    frame[rows, columns] += weights[..., None] * displacement


def _axis_weights(centre: int, length: int) -> tuple[slice, Tensor]:
    """What a blurred impulse at ``centre`` leaves along one axis of ``length`` pixels, border reflect-101.

    Every pixel q that reflects onto the centre acts as an impulse of its own, as in OpenCV's ``filter2D``.
    """
    start, stop = max(0, centre - RADIUS_PX), min(length, centre + RADIUS_PX + 1)
    if length == 1:
        images = {centre}
    else:
        period = 2 * (length - 1)
        turns = RADIUS_PX // period + 2
        images = {sign * centre + turn * period for sign in (1, -1) for turn in range(-turns, turns + 1)}
        if any(-RADIUS_PX <= image < length + RADIUS_PX and image != centre for image in images):
            start, stop = 0, length
    positions = torch.arange(start, stop, dtype=torch.float64)
    weights = torch.zeros_like(positions)
    for image in images:
        distance = positions - image
        weights += torch.exp(-(distance**2) / (2 * SIGMA_PX**2)) * (distance.abs() <= RADIUS_PX)
    return slice(start, stop), weights.float()
