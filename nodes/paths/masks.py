"""The node that follows a mask."""

from __future__ import annotations

from comfy_api.latest import io

from ...tora_core.paths.masks import mask_trajectories
from ..host import pictures
from ..host.sockets import Mask, Tracks, tracks_from, trajectories_from


class ToraTrajectoryFromMask(io.ComfyNode):
    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="ToraTrajectoryFromMask",
            display_name="Tora Trajectory From Mask",
            category="Tora/paths",
            description="The way of a mask's centre, or points inside a mask that share one way: a whole object moves.",
            search_aliases=["mask to path", "segment", "object motion", "centroid", "sam", "trajectory"],
            inputs=[
                io.Mask.Input("mask", tooltip="A video of masks, or one mask and the tracks it is to follow."),
                io.Int.Input(
                    "points",
                    default=1,
                    min=1,
                    max=256,
                    tooltip="1 is the centre; more are spread inside the first mask and share one way.",
                ),
                io.Tracks.Input(
                    "tracks", optional=True, tooltip="The way to go: the first of these paths. The mask's own if empty."
                ),
            ],
            outputs=[io.Tracks.Output(display_name="tracks")],
        )

    @classmethod
    def execute(cls, *, mask: Mask, points: int, tracks: Tracks | None = None) -> io.NodeOutput:
        way = None if tracks is None else trajectories_from(tracks)
        return io.NodeOutput(tracks_from(mask_trajectories(pictures.to_masks(mask), points, way)))
