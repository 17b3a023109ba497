"""Measures the time of each node of the trajectory toolbox on a video of 49x480x720."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from tora_core.evaluation.overlay import draw_on
from tora_core.evaluation.plot import error_plot
from tora_core.evaluation.trajectory_error import trajectory_error
from tora_core.flow.flow_color import flow_video
from tora_core.flow.flow_map import flow_boxes
from tora_core.flow.optical_flow import make_search, optical_flow, split_camera
from tora_core.opencv import frame_threads
from tora_core.paths.camera import camera_trajectories
from tora_core.paths.camera_move import CameraMove
from tora_core.paths.drawn_path import FloatArray
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
    """Makes a video of a smooth random picture that moves by (-3.3, -1.2) px per frame, ``[T, H, W, 3]`` uint8."""
    import cv2

    margin = 4 * FRAMES
    noise = np.random.default_rng(0).normal(0, 1, (SIZE.height + margin, SIZE.width + margin, 3))
    picture = cv2.GaussianBlur(noise, (0, 0), 3.0)
    picture = np.clip(128 + 50 * picture / picture.std(), 0, 255).astype(np.uint8)
    ways = [np.array([[1, 0, -3.3 * frame], [0, 1, -1.2 * frame]]) for frame in range(FRAMES)]
    views = [cv2.warpAffine(picture, way, SIZE, flags=cv2.INTER_CUBIC) for way in ways]
    return torch.from_numpy(np.stack(views))


def dis_alone(video: Tensor) -> None:
    """Runs DIS with the fast setting on all pairs of frames, on as many threads as the node, and keeps no result."""
    import cv2

    greys = [cv2.cvtColor(frame.numpy(), cv2.COLOR_RGB2GRAY) for frame in video]
    searches = threading.local()

    def search(pair: tuple[Any, Any]) -> None:
        if not hasattr(searches, "own"):
            searches.own = make_search("fast")
        searches.own.calc(*pair, None)

    with frame_threads() as pool:
        for _ in pool.map(search, itertools.pairwise(greys)):
            pass


def lucas_kanade_alone(video: Tensor, starts_px: FloatArray) -> None:
    """Runs OpenCV's tracker there and back between all frames, without alignment and checks."""
    import cv2

    greys = [cv2.cvtColor(frame.numpy(), cv2.COLOR_RGB2GRAY) for frame in video]
    points: Any = starts_px.astype(np.float32)[:, None]  # [N, 1, 2]
    for one, other in itertools.pairwise(greys):
        moved, *_ = cv2.calcOpticalFlowPyrLK(one, other, points, np.empty_like(points))
        cv2.calcOpticalFlowPyrLK(other, one, moved, np.empty_like(points))
        points = moved


def picture_to_levels(image: Tensor) -> Tensor:
    """Converts float pictures to bytes as the nodes do. Their own function needs ComfyUI."""
    video = torch.empty(image.shape, dtype=torch.uint8)
    for levels, frame in zip(video, image, strict=True):
        levels.copy_(frame.nan_to_num().clamp_(0, 1).mul_(255).round_())
    return video


def measure(quick: bool) -> Iterator[Figure]:
    """Times each node, and beside the slow ones the least work that any implementation must do.

    ``quick`` repeats less often.
    """
    yield from measure_fast_nodes(21 if not quick else 5)
    yield from measure_slow_nodes(5 if not quick else 1)


def measure_fast_nodes(repeats: int) -> Iterator[Figure]:
    """Times the nodes that compute paths alone."""
    paths = straight_paths(16)
    masks = np.zeros((FRAMES, SIZE.height, SIZE.width), bool)
    masks[:, 100:300, 200:500] = True
    nodes: dict[str, Callable[[], object]] = {
        "Trajectory Preset": lambda: preset("infinity", FRAMES, SIZE),
        "Trajectory Retime, 16 paths": lambda: retime(paths, Timing(ease="in_out", speed="constant")),
        "Trajectory Transform with smoothing, 16 paths": lambda: transform(
            smooth(paths, "spline", 0.3), Transform(rotation=10)
        ),
        "Trajectory Combine, 2 x 16 paths": lambda: combine([paths, paths]),
        "Camera Trajectory": lambda: camera_trajectories(CameraMove(pan=0.3, zoom=1.2), FRAMES, SIZE),
        "Trajectory From Mask, 8 points": lambda: mask_trajectories(masks, 8),
    }
    for name, took in time_medians(nodes, repeats).items():
        yield Figure(f"Tora {name}", took, reached=f"{took / FRAMES:.2g} ms per frame")


@dataclass(frozen=True)
class _Node:
    """A node with the least work that any implementation must do, and the goal for both."""

    run: Callable[[], object]
    least: Callable[[], object]
    goal: str


def measure_slow_nodes(repeats: int) -> Iterator[Figure]:
    """Times the nodes that read or write pictures, each in turn with the least possible work."""
    video, paths = moving_video(), straight_paths(16)
    image = video.float() / 255
    flow = torch.zeros(FRAMES, SIZE.height, SIZE.width, 2)
    flow[1:] = torch.tensor([-3.3, -1.2])
    starts_px, grid_64, grid_16 = paths.points_px[0], grid_points(SIZE, 64, 32), grid_points(SIZE, 16, 8)
    tracked = transform(paths, Transform(move_unit=(0.01, 0.0)))
    error = trajectory_error(paths, tracked)
    shape = (FRAMES, SIZE.height, SIZE.width, 3)

    def draw_flow(count: int) -> Callable[[], object]:
        some = straight_paths(count)
        return lambda: flow_video(flow_boxes(some), torch.float32)

    def white() -> Tensor:
        return torch.full(shape, 1.0)

    nodes = {
        "Draw Trajectories, 16 paths": _Node(
            lambda: draw_on(video, paths), video.clone, "at most 600 ms; base: a copy of the clip"
        ),
        "Flow From Video, DIS fast": _Node(
            lambda: optical_flow(video), lambda: dis_alone(video), "at most 2000 ms; base: DIS alone"
        ),
        "Flow From Video, DIS best": _Node(
            lambda: optical_flow(video, quality="best"), lambda: dis_alone(video), "base: DIS fast alone"
        ),
        "Flow From Video, the camera's part removed": _Node(
            lambda: split_camera(flow, "remove"), flow.clone, "base: a copy of the flow"
        ),
        "Flow From Video, its colours": _Node(lambda: flow_video(flow, torch.float32), white, "base: white frames"),
        "Flow Map, 4 paths": _Node(draw_flow(4), white, "at most 2x white frames"),
        "Flow Map, 16 paths": _Node(draw_flow(16), white, "base: white frames"),
        "Trajectory From Video, 16 points": _Node(
            lambda: track_points(video, starts_px),
            lambda: lucas_kanade_alone(video, starts_px),
            "base: Lucas-Kanade alone",
        ),
        f"Trajectory From Video, {len(grid_64)} points": _Node(
            lambda: track_points(video, grid_64), lambda: lucas_kanade_alone(video, grid_64), "base: Lucas-Kanade alone"
        ),
        f"Trajectory From Video, {len(grid_16)} points": _Node(
            lambda: track_points(video, grid_16),
            lambda: lucas_kanade_alone(video, grid_16),
            "at most 2500 ms; base: Lucas-Kanade alone",
        ),
        "any node, the clip as bytes": _Node(
            lambda: picture_to_levels(image), lambda: image.to(torch.uint8), "at most 43 ms; base: a plain conversion"
        ),
        "Trajectory Error, its plot": _Node(
            lambda: error_plot(video[-1], paths, tracked, error), video[-1].clone, "base: a copy of the frame"
        ),
    }
    for name, node in nodes.items():
        took = time_medians({"ours": node.run, "base": node.least}, repeats)
        reached = f"{took['ours'] / FRAMES:.2g} ms per frame, {took['ours'] / took['base']:.2f}x the base"
        yield Figure(f"Tora {name}", took["ours"], base=took["base"], goal=node.goal, reached=reached)
