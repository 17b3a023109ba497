"""Affine alignment of image patches: finds the surroundings of points again in another frame."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..opencv import import_opencv
from .drawn_path import FloatArray

Pixels = NDArray[np.uint8]
Floats = NDArray[np.float32]

SIMILAR = 0.8
"""A point counts as covered if its normalised cross-correlation with the template is not above this value."""
VERY_SIMILAR = 0.85
"""Correlation above which the template is updated from the frame."""
RENEWAL = 0.2
"""Weight of the new frame in a template update. The template adapts to new light and folds, but not to occluders."""
MAX_CHANGE = 0.2
"""Largest change of a patch's shape between frames. A larger one is a wrong fit, mostly to an occluder's edge."""
ALIGNMENT_STEPS = 6
"""Most Gauss-Newton steps per frame."""
CONVERGED_PX = 0.01
"""A point needs no further step if the last one moved the weighty part of its patch by less."""


@dataclass(frozen=True)
class Templates:
    """Image patches around N points, sampled at K offsets.

    Args:
        offsets: ``[3, K]`` (x, y, 1) in pixels.
        weights: ``[K]``, weight of each offset.
        values: ``[N, K]``, grey levels.
        in_frame: ``[N, K]``, which offsets were inside the frame.
        maps: ``[N, 3, 3]``, affine map of each patch in the frame where it was last found.
    """

    offsets: Floats
    weights: Floats
    values: Floats
    in_frame: NDArray[np.bool_]
    maps: Floats


def take_templates(grey: Pixels, points_px: FloatArray, window_px: int) -> Templates:
    """Samples a patch around each point ``[N, 2]`` of a frame ``[H, W]``. The middle has the greatest weight."""
    reach = np.arange(window_px, dtype=np.float32) - (window_px - 1) / 2
    x, y = (axis.ravel() for axis in np.meshgrid(reach, reach))
    offsets = np.stack([x, y, np.ones_like(x)]).astype(np.float32)
    weights = np.exp(-(x**2 + y**2) / (2 * (window_px / 3) ** 2)).astype(np.float32)
    maps = np.tile(np.eye(3, dtype=np.float32), (len(points_px), 1, 1))
    maps[:, :2, 2] = points_px
    values, in_frame = _sample(grey, offsets, maps)
    return Templates(offsets, weights, values, in_frame, maps)


def align(
    templates: Templates, grey: Pixels, chosen: NDArray[np.int64], points_px: FloatArray
) -> tuple[FloatArray, NDArray[np.bool_]]:
    """Aligns the chosen templates to a frame by inverse compositional Gauss-Newton (Baker and Matthews, IJCV 2004).

    Also fits gain and bias. Robust weights (Geman and McClure) reduce the effect of pixels that an occluder covers.
    Stores the new maps in ``templates``, and updates the templates that are very similar to the frame.

    Args:
        templates: patches of all points.
        grey: ``[H, W]``.
        chosen: ``[n]``, indices of the templates to align.
        points_px: ``[n, 2]``, first guess of their positions.

    Returns:
        ``[n, 2]``, positions of the points in this frame, and ``[n]``, whether they are visible.
    """
    template, in_frame, offsets = templates.values[chosen], templates.in_frame[chosen], templates.offsets
    maps = templates.maps[chosen]
    maps[:, :2, 2] = points_px
    count, side = len(chosen), math.isqrt(offsets.shape[1])
    slopes = np.stack([np.gradient(template.reshape(-1, side, side), axis=axis) for axis in (2, 1)], axis=1)  # x, y
    jacobian = (slopes.reshape(count, 2, 1, -1) * offsets).reshape(count, 6, -1)  # [n, 6, K]
    moving = np.arange(count)
    parts = (template, in_frame, jacobian)
    for _ in range(ALIGNMENT_STEPS):
        step = _find_step(templates, grey, maps[moving], *parts)
        change = np.tile(np.eye(3, dtype=np.float32), (len(moving), 1, 1))
        change[:, :2] += step
        maps[moving] = maps[moving] @ np.linalg.inv(change)
        moved_px = np.abs(step[:, :, 2]) + np.abs(step[:, :, :2]).sum(2) * side / 3
        unfinished = (moved_px >= CONVERGED_PX).any(axis=1)
        moving = moving[unfinished]
        if not len(moving):
            break
        if not unfinished.all():
            parts = (template[moving], in_frame[moving], jacobian[moving])
    values, inside = _sample(grey, offsets, maps)
    residual, similarity = _compare(template, values, _normalise(templates.weights * (inside & in_frame)))
    can_update = inside & in_frame & (similarity > VERY_SIMILAR)
    templates.values[chosen] = template + RENEWAL * can_update * residual
    shape_change = np.abs(np.linalg.inv(templates.maps[chosen]) @ maps - np.eye(3))[:, :2, :2].max(axis=(1, 2))
    visible = (similarity[:, 0] > SIMILAR) & (shape_change < MAX_CHANGE)
    templates.maps[chosen] = maps
    points = maps[:, :2, 2].astype(np.float64)
    return points, visible & is_inside(points[:, 0], points[:, 1], grey)


def _find_step(
    templates: Templates,
    grey: Pixels,
    maps: Floats,
    template: Floats,
    in_frame: NDArray[np.bool_],
    jacobian: Floats,
) -> Floats:
    """Finds one Gauss-Newton step ``[n, 2, 3]`` of patches, as a change of their maps in the template."""
    values, inside = _sample(grey, templates.offsets, maps)
    weights = _normalise(templates.weights * (inside & in_frame))
    residual = _fit_light(template, values, weights)[0]
    scale = np.maximum(_dot(weights, np.abs(residual)), 1.0)
    weights = _normalise(weights / np.square(1 + np.square(residual / scale)))
    residual = _fit_light(template, values, weights)[0]
    weighted = jacobian * weights[:, None]
    mean = jacobian @ weights[:, :, None]  # [n, 6, 1]
    normal = weighted @ jacobian.swapaxes(1, 2) - mean @ mean.swapaxes(1, 2)
    # Damping keeps a patch in place along directions without texture.
    normal += np.eye(6, dtype=np.float32) * (1e-3 * normal + 1e-6)
    step = np.linalg.solve(normal, weighted @ residual[:, :, None]).reshape(-1, 2, 3)
    step[:, :, :2] = step[:, :, :2].clip(-0.4, 0.4)  # keeps the change invertible
    return np.asarray(step)


def _compare(template: Floats, values: Floats, weights: Floats) -> tuple[Floats, Floats]:
    """Compares a frame with the template after a fit of gain and bias.

    Returns:
        ``[n, K]``, the frame minus the template, and ``[n, 1]``, their correlation.
    """
    residual, template, vv, tv = _fit_light(template, values, weights)
    tt = _dot(weights * template, template)
    return residual, tv / np.sqrt(np.maximum(tt * vv, 1e-6))


def _fit_light(template: Floats, values: Floats, weights: Floats) -> tuple[Floats, Floats, Floats, Floats]:
    """Fits gain and bias of a frame to the template.

    Returns:
        ``[n, K]``, the frame minus the template; ``[n, K]``, the template without its mean; and ``[n, 1]`` twice, the
        variance of the frame and its covariance with the template.
    """
    template = template - _dot(weights, template)
    values = values - _dot(weights, values)
    weighted = weights * values
    vv, tv = _dot(weighted, values), _dot(weighted, template)
    values *= tv / np.maximum(vv, 1e-6)
    values -= template
    return values, template, vv, tv


def _dot(one: Floats, other: Floats) -> Floats:
    """Computes the dot product of each row, ``[n, 1]``."""
    return np.asarray(np.einsum("nk,nk->n", one, other)[:, None])


def _normalise(weights: Floats) -> Floats:
    """Scales the weights ``[n, K]`` of each point to a sum of 1."""
    return weights / np.maximum(weights.sum(1, keepdims=True), 1e-6)


def _sample(grey: Pixels, offsets: Floats, maps: Floats) -> tuple[Floats, NDArray[np.bool_]]:
    """Interpolates grey levels ``[N, K]`` at the mapped offsets. Returns also which of them lie in the frame."""
    cv2 = import_opencv()

    x, y = maps[:, 0] @ offsets, maps[:, 1] @ offsets
    values = cv2.remap(grey.astype(np.float32), x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(values, dtype=np.float32), is_inside(x, y, grey)


def is_inside(x: NDArray[Any], y: NDArray[Any], grey: Pixels) -> NDArray[np.bool_]:
    """Whether each position lies in a frame ``[H, W]``."""
    height, width = grey.shape
    return np.asarray((x >= 0) & (x <= width - 1) & (y >= 0) & (y <= height - 1))
