"""Fits paths to the frames and the size that another trajectory model wants."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

import numpy as np

from ..video import Size
from .retiming import Timing, retime
from .trajectories import Trajectories

CUSTOM = "custom"
ATI = "Wan ATI"
LTX = "LTX-2.3"


class Target(NamedTuple):
    """Points per path and size of the video that a model wants."""

    frames: int
    size: Size


TARGETS = {
    "Tora": Target(49, Size(720, 480)),
    "Wan-Move": Target(81, Size(832, 480)),
    ATI: Target(121, Size(832, 480)),
    LTX: Target(121, Size(960, 512)),
}
"""Models with their defaults: Tora's, those of core's nodes for Wan, and LTX's with its motion-track LoRA.

ATI wants 121 points for every length.
"""


def resample_trajectories(trajectories: Trajectories, target: Target, most_paths: int = 0) -> Trajectories:
    """Samples paths at other frames and scales them to another size, like a picture that is scaled and cropped.

    Args:
        trajectories: the paths.
        target: frames T' >= 2, and the size. With another shape, the paths keep the middle of the picture, as core's
            nodes crop a start image. Points that leave the frame with it are hidden.
        most_paths: most paths to keep, evenly chosen. 0 keeps all.

    Raises:
        ValueError: fewer than 2 frames, or no path is left inside the frame.
    """
    timed = retime(trajectories, Timing(target.frames))
    fitted = timed.fit_to(target.size, fill=True) if timed.canvas != target.size else timed
    low, high = -0.5, np.array(target.size) - 0.5  # the outer edges of the corner pixels
    was_inside = ((timed.points_px >= low) & (timed.points_px <= np.array(timed.canvas) - 0.5)).all(axis=-1)
    inside = ((fitted.points_px >= low) & (fitted.points_px <= high)).all(axis=-1)
    visible = fitted.visible & (inside | ~was_inside)
    if fitted.visible.any() and not visible.any():
        raise ValueError(
            f"expected paths in the middle part of the picture that {target.size} keeps, got none: draw closer to the "
            "middle, or choose a size of the same shape"
        )
    kept = np.arange(visible.shape[1])
    if 0 < most_paths < len(kept):
        kept = np.linspace(0, len(kept) - 1, most_paths).round().astype(int)
    return replace(fitted, points_px=fitted.points_px[:, kept], visible=visible[:, kept])
