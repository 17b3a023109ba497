"""Measures the time of each node of the trajectory toolbox on a video of 49x480x720."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import torch
from torch import Tensor

from tora_core.evaluation.overlay import draw_on
from tora_core.evaluation.plot import error_plot
from tora_core.evaluation.trajectory_error import trajectory_error
from tora_core.flow.flow_color import flow_video
from tora_core.flow.optical_flow import optical_flow, split_camera
from tora_core.paths.camera import camera_trajectories
from tora_core.paths.camera_move import CameraMove
from tora_core.paths.grid import grid_points
from tora_core.paths.masks import mask_trajectories
from tora_core.paths.presets import preset
from tora_core.paths.retiming import Timing, retime
from tora_core.paths.tracking import track_points
from tora_core.paths.transforms import Transform, combine, smooth, transform

from .figure import Figure
from .flow import FRAMES, SIZE, straight_paths
from .timing import time_medians


def moving_video() -> Tensor:
    """Makes a video of a smooth random picture that moves by (-3, -1) px per frame, ``[T, H, W, 3]`` uint8."""
    import cv2

    margin = 4 * FRAMES
    noise = np.random.default_rng(0).normal(0, 1, (SIZE.height + margin, SIZE.width + margin, 3))
    picture = cv2.GaussianBlur(noise, (0, 0), 3.0)
    picture = np.clip(128 + 50 * picture / picture.std(), 0, 255).astype(np.uint8)
    views = [picture[frame : frame + SIZE.height, 3 * frame : 3 * frame + SIZE.width] for frame in range(FRAMES)]
    return torch.from_numpy(np.stack(views))


def measure(quick: bool) -> Iterator[Figure]:
    """Times each node. ``quick`` repeats less often."""
    video, paths = moving_video(), straight_paths(16)
    masks = np.zeros((FRAMES, SIZE.height, SIZE.width), bool)
    masks[:, 100:300, 200:500] = True
    flow = torch.zeros(FRAMES, SIZE.height, SIZE.width, 2)
    flow[1:] = torch.tensor([-3.0, -1.0])
    starts_px = paths.points_px[0]
    tracked = transform(paths, Transform(move_unit=(0.01, 0.0)))
    error = trajectory_error(paths, tracked)
    fast: dict[str, Callable[[], object]] = {
        "Trajectory Preset": lambda: preset("infinity", FRAMES, SIZE),
        "Trajectory Retime, 16 paths": lambda: retime(paths, Timing(ease="in_out", speed="constant")),
        "Trajectory Transform with smoothing, 16 paths": lambda: transform(
            smooth(paths, "spline", 0.3), Transform(rotation=10)
        ),
        "Trajectory Combine, 2 x 16 paths": lambda: combine([paths, paths]),
        "Camera Trajectory": lambda: camera_trajectories(CameraMove(pan=0.3, zoom=1.2), FRAMES, SIZE),
        "Trajectory From Mask, 8 points": lambda: mask_trajectories(masks, 8),
    }
    slow: dict[str, Callable[[], object]] = {
        "Trajectory From Video, 16 points": lambda: track_points(video, starts_px),
        "Trajectory From Video, a grid of 64 px": lambda: track_points(video, grid_points(SIZE, 64, 32)),
        "Flow From Video (DIS)": lambda: optical_flow(video),
        "Flow From Video, the camera's part removed": lambda: split_camera(flow, "remove"),
        "Flow From Video, its colours": lambda: flow_video(flow, torch.float32),
        "Draw Trajectories, 16 paths": lambda: draw_on(video, paths),
        "Trajectory Error, its plot": lambda: error_plot(video[-1], paths, tracked, error),
    }
    times = {**time_medians(fast, 5 if quick else 21), **time_medians(slow, 1 if quick else 3)}
    for name, took in times.items():
        yield Figure(f"Tora {name}", took, reached=f"{took / FRAMES:.2g} ms per frame")
