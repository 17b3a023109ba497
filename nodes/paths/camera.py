"""The node of camera moves."""

from __future__ import annotations

from comfy_api.latest import io

from ...tora_core.paths.camera import CameraMove, camera_trajectories
from ...tora_core.paths.easing import EASES
from ...tora_core.video import Size
from ..host import pictures
from ..host.sockets import Mask, Tracks, tracks_from, trajectories_from
from ..inputs import size_inputs


class ToraCameraTrajectory(io.ComfyNode):
    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="ToraCameraTrajectory",
            display_name="Tora Camera Trajectory",
            category="Tora/paths",
            description="A camera move as a grid of paths over the frame; objects move relative to it.",
            search_aliases=["camera", "pan", "tilt", "zoom", "roll", "dolly", "camera motion", "trajectory"],
            inputs=[
                *size_inputs(),
                io.Float.Input(
                    "pan",
                    default=0.2,
                    min=-4.0,
                    max=4.0,
                    step=0.01,
                    tooltip="The camera turns right by this part of the frame's width: the picture moves left.",
                ),
                io.Float.Input(
                    "tilt",
                    default=0.0,
                    min=-4.0,
                    max=4.0,
                    step=0.01,
                    tooltip="The camera turns up by this part of the height: the picture moves down.",
                ),
                io.Float.Input(
                    "zoom",
                    default=1.0,
                    min=0.1,
                    max=10.0,
                    step=0.01,
                    tooltip="How much larger the picture ends, every frame by the same factor.",
                ),
                io.Float.Input(
                    "roll",
                    default=0.0,
                    min=-720.0,
                    max=720.0,
                    step=1.0,
                    tooltip="The camera turns clockwise by degrees: the picture turns the other way.",
                ),
                io.Float.Input(
                    "dolly",
                    default=0.0,
                    min=-4.0,
                    max=0.95,
                    step=0.01,
                    tooltip="The camera moves forward by this part of the distance: the picture grows ever faster.",
                ),
                io.Combo.Input("ease", options=list(EASES), default="linear", tooltip="How it sets off and arrives."),
                io.Float.Input(
                    "spacing",
                    default=64.0,
                    min=8.0,
                    max=1024.0,
                    step=1.0,
                    tooltip="Pixels between the grid's points; each steers about 20 pixels around it.",
                ),
                io.Float.Input(
                    "margin", default=16.0, min=0.0, max=1024.0, step=1.0, tooltip="Pixels kept free along the edges."
                ),
                io.Tracks.Input(
                    "objects", optional=True, tooltip="Paths as they would be with a camera that stands still."
                ),
                io.Mask.Input("mask", optional=True, tooltip="Where an object is at first: the grid keeps off it."),
            ],
            outputs=[io.Tracks.Output(display_name="tracks", tooltip="The objects' paths first, then the grid's.")],
        )

    @classmethod
    def execute(
        cls,
        *,
        width: int,
        height: int,
        frames: int,
        pan: float,
        tilt: float,
        zoom: float,
        roll: float,
        dolly: float,
        ease: str,
        spacing: float,
        margin: float,
        objects: Tracks | None = None,
        mask: Mask | None = None,
    ) -> io.NodeOutput:
        size = Size(width, height)
        moving = None if objects is None else trajectories_from(objects)
        keep_off = None if mask is None else pictures.to_masks(mask, size)[0]
        move = CameraMove(pan, tilt, zoom, roll, dolly, ease)
        return io.NodeOutput(tracks_from(camera_trajectories(move, frames, size, spacing, margin, keep_off, moving)))
