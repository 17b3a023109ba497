"""The node that makes paths from masks."""

from __future__ import annotations

from comfy_api.latest import io

from ...tora_core.paths.masks import mask_trajectories
from ..host import pictures
from ..host.sockets import Mask, Tracks, tracks_from, trajectories_from
from ..node import ToraNode


class ToraTrajectoryFromMask(ToraNode):
    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="ToraTrajectoryFromMask",
            display_name="Tora Trajectory From Mask",
            category="Tora/paths",
            description="Follows a mask, or moves several points inside it together, so that the whole object moves.",
            search_aliases=["mask to path", "segment", "object motion", "centroid", "sam", "trajectory"],
            inputs=[
                io.Mask.Input(
                    "mask",
                    tooltip="Video of masks (one per frame), or a single mask with tracks connected. White is the "
                    "object.",
                ),
                io.Int.Input(
                    "points",
                    default=1,
                    min=1,
                    max=256,
                    tooltip="Number of points. 1 uses the centre. More points are spread inside the first mask and "
                    "move together; 2 to 6 suit one object.",
                ),
                io.Tracks.Input(
                    "tracks",
                    optional=True,
                    tooltip="Motion to follow. The first path is used. Without it, the motion of the mask's centre is "
                    "used.",
                ),
            ],
            outputs=[io.Tracks.Output(display_name="tracks", tooltip="One path per point.")],
        )

    @classmethod
    def execute(cls, *, mask: Mask, points: int, tracks: Tracks | None = None) -> io.NodeOutput:
        motion = None if tracks is None else trajectories_from(tracks)
        return io.NodeOutput(tracks_from(mask_trajectories(pictures.to_masks(mask), points, motion)))
