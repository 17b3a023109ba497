"""The guide video that LTX's motion-track LoRA reads: a trail of coloured circles behind each path, on black."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ..video import Size
from .trajectories import Trajectories

SHORT_SIDE_PX = 1080
"""The circles are drawn on a picture with this shorter side, and reduced with it."""
TRAIL_FRAMES = 50
FRAME_STEP, SIDE_STEP = 8, 64
"""LTX takes 8k+1 frames. Its sides are multiples of 32, and the LoRA reads the guide at half the size."""
_MOST_LONG = 8
_OLDEST_PX, _NEWEST_PX = 2.0, 8.0
"""Radius of the oldest and of the newest circle of a trail."""


def check_ltx_video(trajectories: Trajectories) -> list[str]:
    """Lists in sentences what LTX will change: frames that are not 8k+1, and sides that are no multiple of 64."""
    problems = []
    if left := (trajectories.frames - 1) % FRAME_STEP:
        below, above = trajectories.frames - left, trajectories.frames - left + FRAME_STEP
        problems.append(
            f"LTX reads {FRAME_STEP}k+1 frames: the last frames ({left} of {trajectories.frames}) are not used. Set "
            f"frames to {above if below < FRAME_STEP else f'{below} or {above}'}"
        )
    if any(side % SIDE_STEP for side in trajectories.canvas):
        problems.append(
            f"LTX's motion-track LoRA needs sides that are multiples of {SIDE_STEP}, got {trajectories.canvas}"
        )
    return problems


def draw_ltx_guide(trajectories: Trajectories) -> Tensor:
    """Draws paths as LTX-2.3's motion-track LoRA was trained on them (``ComfyUI-LTXVideo``, ``sparse_tracks.py``).

    Returns:
        ``[T, H, W, 3]`` uint8 of the canvas's size. A hidden point has no circle.

    Raises:
        ValueError: the canvas is very long and narrow.
    """
    width, height = trajectories.canvas
    if max(width, height) > _MOST_LONG * min(width, height):
        raise ValueError(
            f"expected a video at most {_MOST_LONG} times as long as wide, got {trajectories.canvas}: use another size"
        )
    scale = SHORT_SIDE_PX / min(width, height)
    large = Size(int(width * scale), SHORT_SIDE_PX) if height <= width else Size(SHORT_SIDE_PX, int(height * scale))
    points = np.nan_to_num(trajectories.points_px) * (np.array(large) / np.array(trajectories.canvas))
    places = np.rint(points.clip(-large.width - large.height, 2 * (large.width + large.height))).astype(int)
    guide = torch.empty(trajectories.frames, height, width, 3, dtype=torch.uint8)
    for frame in range(trajectories.frames):
        guide[frame] = _reduce(_draw_trails(places, trajectories.visible, frame, large), trajectories.canvas)
    return guide


def _draw_trails(places: NDArray[np.int_], visible: NDArray[np.bool_], frame: int, size: Size) -> NDArray[np.uint8]:
    """Draws the circles of one frame, the newest on top.

    Args:
        places: ``[T, N, 2]`` whole pixels of the large picture.
        visible: ``[T, N]``.
        frame: frame whose points are the newest.
        size: size of the large picture.

    Returns:
        ``[H, W, 3]``.
    """
    picture = np.zeros((size.height, size.width, 3), dtype=np.uint8)
    for past in range(max(0, frame - TRAIL_FRAMES), frame + 1):
        freshness = 1 - (frame - past) / TRAIL_FRAMES
        radius = _OLDEST_PX + (_NEWEST_PX - _OLDEST_PX) * freshness
        reach = np.arange(-int(radius), int(radius) + 1)
        x, y = (axis.ravel() for axis in np.meshgrid(reach, reach))
        disc = np.stack([x, y], axis=-1)[x**2 + y**2 <= radius**2]  # [K, 2]
        pixels = (places[past, visible[past], None] + disc).reshape(-1, 2)
        inside = ((pixels >= 0) & (pixels < np.array(size))).all(axis=-1)
        x, y = pixels[inside].T
        picture[y, x] = _colour(freshness)
    return picture


def _colour(freshness: float) -> tuple[int, int, int]:
    """Returns the colour of a circle: red is the oldest, then yellow, green, and blue for the newest."""
    third, part = divmod(3 * freshness, 1.0) if freshness < 1 else (2.0, 1.0)
    rising, falling = round(255 * part), round(255 * (1 - part))
    return ((falling, rising, 0), (0, 255, rising), (0, falling, 255))[int(third)]


def _reduce(picture: NDArray[np.uint8], size: Size) -> Tensor:
    """Reduces a large picture to ``[H, W, 3]`` uint8."""
    planes = torch.from_numpy(picture).movedim(-1, 0)[None].float()  # [1, 3, H, W]
    reduced = torch.nn.functional.interpolate(planes, (size.height, size.width), mode="bilinear")
    return reduced[0].movedim(0, -1).round().to(torch.uint8)
