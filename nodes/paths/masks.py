"""The node that makes paths from masks."""

from __future__ import annotations

from comfy_api.latest import io

from ...tora_core.paths.easing import EASES
from ...tora_core.paths.masks import mask_trajectories
from ...tora_core.paths.object_motion import MAX_SCALE, MAX_TURNS, ObjectMotion
from ..host import pictures
from ..host.notice import notice
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
                io.Float.Input(
                    "scale",
                    default=1.0,
                    min=1 / MAX_SCALE,
                    max=MAX_SCALE,
                    step=0.05,
                    optional=True,
                    tooltip="Size of the object at the end: 2 is twice as large. Needs several points.",
                ),
                io.Float.Input(
                    "rotation",
                    default=0.0,
                    min=-360.0 * MAX_TURNS,
                    max=360.0 * MAX_TURNS,
                    step=5.0,
                    optional=True,
                    tooltip="Degrees by which the object turns about its centre, clockwise. Needs several points.",
                ),
                io.Combo.Input(
                    "ease",
                    options=list(EASES),
                    default="linear",
                    optional=True,
                    tooltip="How scale and rotation start and stop. linear: constant. in: starts slowly. out: stops "
                    "slowly. in_out: does both.",
                ),
            ],
            outputs=[io.Tracks.Output(display_name="tracks", tooltip="One path per point.")],
        )

    @classmethod
    def execute(
        cls,
        *,
        mask: Mask,
        points: int,
        tracks: Tracks | None = None,
        scale: float = 1.0,
        rotation: float = 0.0,
        ease: str = "linear",
    ) -> io.NodeOutput:
        motion, growth = None if tracks is None else trajectories_from(tracks), ObjectMotion(scale, rotation)
        if points == 1 and not growth.is_still:
            notice("scale and rotation have no effect on a single point: set points to 2 or more")
        paths = mask_trajectories(pictures.to_masks(mask), points, motion, growth, ease)
        return io.NodeOutput(tracks_from(paths))
