"""Flow videos for training, from the dense flow of a clip or from a few of its trajectories."""

from __future__ import annotations

from typing import Literal

import numpy as np
import torch
from torch import Tensor

from tora_core.flow.flow_color import flow_video
from tora_core.flow.flow_map import BoxedFlow, flow_boxes
from tora_core.paths.trajectories import Trajectories

from .points import choose_paths, sample_trajectories
from .settings import ClipSettings, Colour


def make_motion_video(
    flow: Tensor,
    tracks: Trajectories | None,
    stage: Literal["dense", "sparse"],
    config: ClipSettings,
    random: np.random.Generator,
) -> Tensor:
    """Makes the flow video of a clip for one stage of training.

    Pixels without motion are white.

    Args:
        flow: flow of the clip, ``[T, H, W, 2]`` px.
        tracks: tracks of the clip's objects, for ``point_source: centres``.
        stage: ``dense`` colours the whole flow. ``sparse`` samples trajectories, and blurs them.
        config: the number of points, their source, and how colours are normalised.
        random: source of random numbers.

    Returns:
        ``[T, H, W, 3]`` uint8.

    Raises:
        ValueError: ``point_source`` is ``centres``, but the clip has no tracks.
    """
    if stage == "dense":
        return colour_flow(flow, config.colour)
    few, many = config.points
    count = int(random.integers(few, many + 1))
    if config.point_source == "centres":
        if tracks is None:
            raise ValueError(
                "expected mask centres, got none in the cache: add masks/ and set data.cache to another folder, or set "
                "point_source to flow"
            )
        trajectories: Trajectories | None = choose_paths(tracks, count, random)
    else:
        trajectories = sample_trajectories(flow, count, random, config.point_stride)
    if trajectories is None:
        return colour_flow(torch.zeros_like(flow), config.colour)
    boxed = flow_boxes(trajectories)
    return colour_flow(boxed if config.colour == "clip" else boxed.dense(), config.colour)


def colour_flow(flow: Tensor | BoxedFlow, colour: Colour) -> Tensor:
    """Colours a flow as a flow video ``[T, H, W, 3]`` uint8.

    Args:
        flow: ``[T, H, W, 2]`` px.
        colour: ``clip`` normalises by the maximum of the clip, as inference does. ``pair`` normalises each frame by
            its own maximum, as the reference's training does.
    """
    if colour == "clip" or isinstance(flow, BoxedFlow):
        return flow_video(flow)
    return torch.cat([flow_video(frame[None]) for frame in flow])
