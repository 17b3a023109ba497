"""What the adapter reads of a training clip: its dense flow, or a few chained points of it, coloured."""

from __future__ import annotations

from typing import Literal

import numpy as np
import torch
from torch import Tensor

from tora_core.flow.flow_color import flow_video
from tora_core.flow.flow_map import BoxedFlow, flow_boxes
from tora_core.paths.trajectories import Trajectories

from .points import choose_paths, sparse_trajectories
from .settings import ClipSettings, Colour


def motion_video(
    flow: Tensor,
    tracks: Trajectories | None,
    stage: Literal["dense", "sparse"],
    config: ClipSettings,
    random: np.random.Generator,
) -> Tensor:
    """A flow video ``[T, H, W, 3]`` uint8 for one stage of training; white where the clip stands still.

    Args:
        flow: the clip's, ``[T, H, W, 2]`` px.
        tracks: of the clip's objects, for ``point_source: centres``.
        stage: ``dense`` colours all of the flow, ``sparse`` draws points, chains and blurs them.
        config: how many points, from where, and how colours are normalised.
        random: where chance comes from.

    Raises:
        ValueError: ``centres`` of a clip without any.
    """
    if stage == "dense":
        return colour_flow(flow, config.colour)
    few, many = config.points
    count = int(random.integers(few, many + 1))
    if config.point_source == "centres":
        if tracks is None:
            raise ValueError(
                "expected mask centres to start from, got none in the cache: add masks/ and name another data.cache, "
                "or set point_source to flow"
            )
        trajectories: Trajectories | None = choose_paths(tracks, count, random)
    else:
        trajectories = sparse_trajectories(flow, count, random, config.point_stride)
    if trajectories is None:
        return colour_flow(torch.zeros_like(flow), config.colour)
    boxed = flow_boxes(trajectories)
    return colour_flow(boxed if config.colour == "clip" else boxed.dense(), config.colour)


def colour_flow(flow: Tensor | BoxedFlow, colour: Colour) -> Tensor:
    """A flow video with one maximum for the clip, as at inference, or one a frame, as the reference trains."""
    if colour == "clip" or isinstance(flow, BoxedFlow):
        return flow_video(flow)
    return torch.cat([flow_video(frame[None]) for frame in flow])
