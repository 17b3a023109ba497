"""Writes each point's displacement into a flow map, spread by a Gaussian of peak 1 (paper section 3.2)."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from ..paths.trajectories import MODES, Mode, Trajectories
from ..video import Size

logger = logging.getLogger(__name__)

SIGMA_PX = 10.0
RADIUS_PX = 49
"""The reference blurs with a 99x99 kernel of sigma 10 (diffusers-version ``traj_utils.py``)."""
_MOST_SPLIT = 16
"""Most points of a frame that get several boxes. The footprints of more points rarely leave room between them."""
_WORTH_SPLITTING = 0.75
"""Share of the area of one box below which several boxes save time."""


@dataclass(frozen=True)
class FlowBox:
    """The moving part of one frame: displacements ``[2, h, w]`` (x, y) in pixels, and its position in the frame."""

    frame: int
    top_px: int
    left_px: int
    flow: Tensor

    @property
    def region(self) -> tuple[int, slice, slice]:
        """Index of the box in a clip ``[T, H, W, ...]``."""
        _, height, width = self.flow.shape
        return self.frame, slice(self.top_px, self.top_px + height), slice(self.left_px, self.left_px + width)


@dataclass(frozen=True)
class BoxedFlow:
    """A flow map stored as its moving parts. Boxes do not overlap, and a frame is zero outside its boxes."""

    frames: int
    size: Size
    boxes: tuple[FlowBox, ...]

    def dense(self) -> Tensor:
        """Converts the boxes to the whole flow map, ``[T, H, W, 2]`` float32."""
        flow = torch.zeros(self.frames, self.size.height, self.size.width, 2)
        for box in self.boxes:
            flow[box.region] = box.flow.permute(1, 2, 0)
        return flow


def flow_map(trajectories: Trajectories, mode: Mode = "exact") -> Tensor:
    """Computes the flow map, ``[T, H, W, 2]`` float32 displacements (x, y) in pixels per frame. See ``flow_boxes``."""
    return flow_boxes(trajectories, mode).dense()


def flow_boxes(trajectories: Trajectories, mode: Mode = "exact") -> BoxedFlow:
    """Writes each displacement at its start point and spreads it by a Gaussian (reference ``traj_utils.py``).

    Frame 0 is zero, and frame i+1 holds ``p[i+1] - p[i]`` around ``p[i]``. A blurred point is the outer product of two
    1-D Gaussians. Each frame is therefore one matrix product over its points, which replaces a 99x99 convolution.

    Args:
        trajectories: points outside the frame are moved to its edge, with a warning.
        mode: ``exact`` rounds positions once and averages points that share a pixel, with a warning.
            ``reference`` truncates positions, and the later path overwrites, as in the public code.

    Raises:
        ValueError: the mode is unknown.
    """
    if mode not in MODES:
        raise ValueError(f"expected a mode of {MODES}, got {mode!r}: choose one of these")
    trajectories = trajectories.clamp_to_frame()
    points_px, visible = trajectories.points_px, trajectories.visible
    if mode == "reference":
        if (points_px != np.trunc(points_px)).any():
            logger.warning("reference mode expects points sampled in reference mode, got fractions: they are truncated")
        points_px = np.trunc(points_px)
    frame, point = np.nonzero(visible[:-1] & visible[1:])
    pixels = np.rint(points_px).astype(np.int64)[frame, point]
    impulses, merged = _impulses(frame + 1, pixels, np.diff(points_px, axis=0)[frame, point], mode == "reference")
    if merged and mode == "exact":
        logger.warning("%d displacements share a pixel with another path: their mean is used", merged)
    return BoxedFlow(trajectories.frames, trajectories.canvas, tuple(_spread(impulses, trajectories.canvas)))


@dataclass(frozen=True)
class _Impulses:
    """Displacements ``[M, 2]`` in pixels at pixels ``[M, 2]`` (x, y) of frames ``[M]``, sorted by frame."""

    frames: np.ndarray
    pixels: np.ndarray
    displacements_px: np.ndarray


def _impulses(
    frames: np.ndarray, pixels: np.ndarray, displacements_px: np.ndarray, overwrite: bool
) -> tuple[_Impulses, int]:
    """Merges displacements at the same pixel to the last one or their mean. Returns also how many shared a pixel."""
    if not len(frames):
        return _Impulses(frames, pixels, displacements_px), 0
    places = np.column_stack([frames, pixels])[::-1]  # [M, 3], reversed: np.unique returns the first of each
    places, last, groups, counts = np.unique(places, axis=0, return_index=True, return_inverse=True, return_counts=True)
    reverse = displacements_px[::-1]
    if overwrite:
        displacements_px = reverse[last]
    else:
        sums = [np.bincount(groups, weights=axis, minlength=len(places)) for axis in reverse.T]
        displacements_px = np.column_stack(sums) / counts[:, None]
    moving = displacements_px.any(axis=1)
    impulses = _Impulses(places[moving, 0], places[moving, 1:], displacements_px[moving])
    return impulses, int(counts[counts > 1].sum())


def _spread(impulses: _Impulses, size: Size) -> Iterator[FlowBox]:
    """Spreads each impulse by a Gaussian of peak 1. Yields the boxes around its footprints."""
    if not len(impulses.frames):
        return
    (x, column), (y, row) = (np.unique(axis, return_inverse=True) for axis in impulses.pixels.T)
    columns, rows = _axis_weights(x, size.width), _axis_weights(y, size.height)
    displacements_px = torch.from_numpy(impulses.displacements_px).float().T[:, :, None]  # [2, M, 1]
    starts = np.flatnonzero(np.diff(impulses.frames, prepend=0))
    for start, stop in zip(starts, [*starts[1:], len(impulses.frames)], strict=True):
        for group in _group(impulses.pixels[start:stop], size):
            here = start + group
            left, right = _footprint(x[column[here]], size.width)
            top, bottom = _footprint(y[row[here]], size.height)
            spread = columns[column[here], left:right] * displacements_px[:, here]  # [2, N, w]
            flow = rows[row[here], top:bottom].T @ spread  # [2, h, w]
            yield FlowBox(int(impulses.frames[start]), top, left, flow)


def _group(pixels: np.ndarray, size: Size) -> list[np.ndarray]:
    """Groups the points ``[N, 2]`` of a frame, so that the boxes around the groups' footprints do not overlap.

    Returns one group of all points where several boxes would save little.
    """
    together = [np.arange(len(pixels))]
    if not 1 < len(pixels) <= _MOST_SPLIT:
        return together
    groups: list[tuple[list[int], tuple[int, int, int, int]]] = []
    for index, (x, y) in enumerate(pixels.tolist()):
        points, box = [index], (*_footprint(np.array([x]), size.width), *_footprint(np.array([y]), size.height))
        while (meeting := next((each for each in groups if _overlap(each[1], box)), None)) is not None:
            groups.remove(meeting)
            points, box = points + meeting[0], _union(meeting[1], box)
        groups.append((points, box))
    area = sum((right - left) * (bottom - top) for _, (left, right, top, bottom) in groups)
    (left, right), (top, bottom) = (
        _footprint(axis, length) for axis, length in zip(pixels.T, (size.width, size.height), strict=True)
    )
    if area > _WORTH_SPLITTING * (right - left) * (bottom - top):
        return together
    return [np.sort(points) for points, _ in groups]


def _overlap(one: tuple[int, int, int, int], other: tuple[int, int, int, int]) -> bool:
    """Whether two boxes (left, right, top, bottom) share a pixel."""
    return one[0] < other[1] and other[0] < one[1] and one[2] < other[3] and other[2] < one[3]


def _union(one: tuple[int, int, int, int], other: tuple[int, int, int, int]) -> tuple[int, int, int, int]:
    """Returns the smallest box (left, right, top, bottom) around two boxes."""
    return min(one[0], other[0]), max(one[1], other[1]), min(one[2], other[2]), max(one[3], other[3])


def _footprint(centres: np.ndarray, length: int) -> tuple[int, int]:
    """Returns the range along an axis that blurred impulses at ``centres`` reach, including border reflections."""
    return max(0, int(centres.min()) - RADIUS_PX), min(length, int(centres.max()) + RADIUS_PX + 1)


def _axis_weights(centres_px: np.ndarray, length: int) -> Tensor:
    """Computes the weights of blurred impulses along an axis with reflect-101 borders, ``[centre, position]``.

    As in OpenCV's ``filter2D``, every pixel that reflects onto the centre acts as its own impulse. These pixels are
    ``centre + turn`` and ``turn - centre``, where ``turn`` is a multiple of the period. Each impulse is a slice of one
    Gaussian line.
    """
    reach = length + RADIUS_PX
    period = max(1, 2 * (length - 1))
    distance = torch.arange(-2 * reach - period, 2 * reach + period + 1, dtype=torch.float64)
    gaussian = torch.exp(distance.square() / (-2 * SIGMA_PX**2)) * (distance.abs() <= RADIUS_PX)
    slices = gaussian.float().unfold(0, length, 1)
    zero = len(distance) // 2
    centres = torch.from_numpy(centres_px)
    weights = slices[zero - centres]
    for turn in range(period, reach, period) if length > 1 else ():
        weights += slices[zero - centres - turn] + slices[zero - centres + turn]
    mirrored = torch.zeros_like(weights)
    for turn in range(-(RADIUS_PX // period) * period, length + reach, period) if length > 1 else ():
        mirrored += slices[zero + centres - turn]
    mirrored[(centres == 0) | (centres == length - 1)] = 0  # a centre on the border is its own mirror image
    return weights + mirrored
