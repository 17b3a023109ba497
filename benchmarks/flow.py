"""Measures how long flow videos take, and how the time grows with paths and frames."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import torch
from torch import Tensor

from tora_core.flow.flow_color import flow_video
from tora_core.flow.flow_map import flow_boxes
from tora_core.paths.trajectories import Trajectories
from tora_core.video import Size

from . import naive
from .figure import Figure
from .timing import time_medians

FRAMES, SIZE = 49, Size(720, 480)
LONG, MANY = 161, 1000


def straight_paths(count: int, frames: int = FRAMES, size: Size = SIZE) -> Trajectories:
    """Makes straight paths between random points, at constant speed."""
    random = np.random.default_rng(0)
    ends_px = random.uniform((0, 0), (size.width - 1, size.height - 1), (2, count, 2))
    along = np.linspace(0, 1, frames)[:, None, None]
    return Trajectories(ends_px[0] * (1 - along) + ends_px[1] * along, np.ones((frames, count), bool), size)


def draw_flow(trajectories: Trajectories) -> Tensor:
    """Draws a flow video as float32, as the node does for an IMAGE."""
    return flow_video(flow_boxes(trajectories), torch.float32)


def measure(quick: bool) -> Iterator[Figure]:
    """Times flow videos of 1, 16 and 1000 paths, and of 161 frames. ``quick`` repeats less often."""
    repeats = 3 if quick else 9
    shape = (FRAMES, SIZE.height, SIZE.width, 3)
    one, sixteen, many = (straight_paths(count) for count in (1, 16, MANY))
    long = straight_paths(16, LONG)
    slow = time_medians({"1": lambda: naive.flow_video(one), "16": lambda: naive.flow_video(sixteen)}, 1 + repeats // 4)
    fast = time_medians(
        {
            "1": lambda: draw_flow(one),
            "16": lambda: draw_flow(sixteen),
            "many": lambda: draw_flow(many),
            "long": lambda: draw_flow(long),
            "white": lambda: torch.full(shape, 1.0),
        },
        repeats,
    )
    size = f"{FRAMES}x{SIZE.height}x{SIZE.width}"
    for count, goal in (("1", 20), ("16", 8)):
        yield Figure(
            f"flow video {size}, {count} path{'s' * (count != '1')}",
            fast[count],
            slow[count],
            fast["white"],
            goal=f"{goal}x faster" + (", under 2x the time of white frames" if count == "1" else ""),
            reached=f"{slow[count] / fast[count]:.0f}x faster, "
            f"{fast[count] / fast['white']:.2f}x the time of white frames",
        )
    yield Figure(
        f"flow video, {MANY} paths against 1",
        fast["many"],
        base=fast["1"],
        goal="sublinear",
        reached=f"{fast['many'] / fast['1']:.1f}x for {MANY}x the paths",
    )
    yield Figure(
        f"flow video, 16 paths, {LONG} frames against {FRAMES}",
        fast["long"],
        base=fast["16"],
        goal="linear",
        reached=f"{fast['long'] / fast['16']:.2f}x for {LONG / FRAMES:.2f}x the frames",
    )
