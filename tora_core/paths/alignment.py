"""How the surroundings of points look, and where they are found again: affine alignment of patches."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..opencv import import_opencv
from .coordinates import FloatArray

Pixels = NDArray[np.uint8]
Floats = NDArray[np.float32]

SIMILAR = 0.8
"""Normalised cross-correlation with its template, from 0 to 1, under which a point counts as covered."""
VERY_SIMILAR = 0.85
RENEWAL = 0.2
"""What the template takes over from a frame that is very similar: it learns light and folds, but no occluder."""
MAX_CHANGE = 0.2
"""Of a patch's shape from one frame to the next; more is a wrong fit, mostly to an occluder's edge."""
ALIGNMENT_STEPS = 6


@dataclass(frozen=True)
class Templates:
    """How the surroundings of N points look, at K offsets ``[3, K]`` (x, y, 1) in pixels, weighted ``[K]``.

    ``values`` [N, K] are grey levels, ``held`` [N, K] what the frame held, ``maps`` [N, 3, 3] where it was last found.
    """

    offsets: Floats
    weights: Floats
    values: Floats
    held: NDArray[np.bool_]
    maps: Floats


def take_templates(grey: Pixels, points_px: FloatArray, window_px: int) -> Templates:
    """How the surroundings of points ``[N, 2]`` look in a frame ``[H, W]``, the middle of the window weighing most."""
    reach = np.arange(window_px, dtype=np.float32) - (window_px - 1) / 2
    x, y = (axis.ravel() for axis in np.meshgrid(reach, reach))
    offsets = np.stack([x, y, np.ones_like(x)]).astype(np.float32)
    weights = np.exp(-(x**2 + y**2) / (2 * (window_px / 3) ** 2)).astype(np.float32)
    maps = np.tile(np.eye(3, dtype=np.float32), (len(points_px), 1, 1))
    maps[:, :2, 2] = points_px
    values, held = _sample(grey, offsets, maps)
    return Templates(offsets, weights, values, held, maps)


def align(
    templates: Templates, grey: Pixels, chosen: NDArray[np.int64], points_px: FloatArray
) -> tuple[FloatArray, NDArray[np.bool_]]:
    """Lays the chosen templates onto a frame: inverse compositional Gauss-Newton (Baker and Matthews, IJCV 2004).

    Gain and bias are fitted along, and what an occluder's edge covers is trusted less (Geman and McClure). Keeps the
    maps, and renews the templates that are found very similar.

    Returns:
        ``[n, 2]`` the points in this frame, from a guess at ``points_px``, and ``[n]`` whether they are seen there.
    """
    template, held, offsets = templates.values[chosen], templates.held[chosen], templates.offsets
    maps = templates.maps[chosen]
    maps[:, :2, 2] = points_px
    count, side = len(chosen), math.isqrt(offsets.shape[1])
    slopes = np.stack([np.gradient(template.reshape(-1, side, side), axis=axis) for axis in (2, 1)], axis=1)  # x, y
    jacobian = (slopes.reshape(count, 2, 1, -1) * offsets).reshape(count, 6, -1)  # [n, 6, K]
    for _ in range(ALIGNMENT_STEPS):
        values, inside = _sample(grey, offsets, maps)
        weights = _normalise(templates.weights * (inside & held))
        missed, _ = _compare(template, values, weights)
        scale = np.maximum((weights * np.abs(missed)).sum(1, keepdims=True), 1.0)
        weights = _normalise(weights / np.square(1 + np.square(missed / scale)))
        missed, _ = _compare(template, values, weights)
        weighted = jacobian * weights[:, None]
        mean = weighted.sum(2, keepdims=True)  # [n, 6, 1]
        normal = weighted @ jacobian.swapaxes(1, 2) - mean @ mean.swapaxes(1, 2)
        # Damped, so that a patch without texture in some direction stays where it is.
        normal += np.eye(6, dtype=np.float32) * (1e-3 * normal + 1e-6)
        step = np.linalg.solve(normal, weighted @ missed[:, :, None]).reshape(-1, 2, 3)
        step[:, :, :2] = step[:, :, :2].clip(-0.4, 0.4)  # so that the change has an inverse
        change = np.tile(np.eye(3, dtype=np.float32), (count, 1, 1))
        change[:, :2] += step
        maps = maps @ np.linalg.inv(change)
    values, inside = _sample(grey, offsets, maps)
    missed, similarity = _compare(template, values, _normalise(templates.weights * (inside & held)))
    renewable = inside & held & (similarity > VERY_SIMILAR)
    templates.values[chosen] = template + RENEWAL * renewable * missed
    reshaped = np.abs(np.linalg.inv(templates.maps[chosen]) @ maps - np.eye(3))[:, :2, :2].max(axis=(1, 2))
    seen = (similarity[:, 0] > SIMILAR) & (reshaped < MAX_CHANGE)
    templates.maps[chosen] = maps
    points = maps[:, :2, 2].astype(np.float64)
    return points, seen & is_inside(points[:, 0], points[:, 1], grey)


def _compare(template: Floats, values: Floats, weights: Floats) -> tuple[Floats, Floats]:
    """What a frame at the template's gain and bias has more than it ``[n, K]``, and how they correlate ``[n, 1]``."""
    template = template - (weights * template).sum(1, keepdims=True)
    values = values - (weights * values).sum(1, keepdims=True)
    weighted = weights * values
    tt = (weights * template * template).sum(1, keepdims=True)
    vv, tv = (weighted * values).sum(1, keepdims=True), (weighted * template).sum(1, keepdims=True)
    return tv / np.maximum(vv, 1e-6) * values - template, tv / np.sqrt(np.maximum(tt * vv, 1e-6))


def _normalise(weights: Floats) -> Floats:
    return weights / np.maximum(weights.sum(1, keepdims=True), 1e-6)


def _sample(grey: Pixels, offsets: Floats, maps: Floats) -> tuple[Floats, NDArray[np.bool_]]:
    """Grey levels between pixels ``[N, K]`` where the maps lay the offsets, and which of them lie in the frame."""
    cv2 = import_opencv()

    x, y = maps[:, 0] @ offsets, maps[:, 1] @ offsets
    values = cv2.remap(grey.astype(np.float32), x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(values, dtype=np.float32), is_inside(x, y, grey)


def is_inside(x: NDArray[Any], y: NDArray[Any], grey: Pixels) -> NDArray[np.bool_]:
    """Which places lie in a frame ``[H, W]``."""
    height, width = grey.shape
    return np.asarray((x >= 0) & (x <= width - 1) & (y >= 0) & (y <= height - 1))
