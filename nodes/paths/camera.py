"""The node for camera moves."""

from __future__ import annotations

from comfy_api.latest import io

from ...tora_core.paths.camera import CameraMove, camera_trajectories
from ...tora_core.paths.easing import EASES
from ...tora_core.video import Size
from ..host import pictures
from ..host.sockets import Mask, Tracks, tracks_from, trajectories_from
from ..inputs import size_inputs
from ..node import ToraNode


class ToraCameraTrajectory(ToraNode):
    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="ToraCameraTrajectory",
            display_name="Tora Camera Trajectory",
            category="Tora/paths",
            description="Creates a grid of paths that makes the picture move as under a camera move.",
            search_aliases=["camera", "pan", "tilt", "zoom", "roll", "dolly", "camera motion", "trajectory"],
            inputs=[
                *size_inputs(),
                io.Float.Input(
                    "pan",
                    default=0.2,
                    min=-4.0,
                    max=4.0,
                    step=0.01,
                    tooltip="Turns the camera right, so the picture moves left. 1 is the frame's width. Negative "
                    "turns left.",
                ),
                io.Float.Input(
                    "tilt",
                    default=0.0,
                    min=-4.0,
                    max=4.0,
                    step=0.01,
                    tooltip="Turns the camera up, so the picture moves down. 1 is the frame's height. Negative turns "
                    "down.",
                ),
                io.Float.Input(
                    "zoom",
                    default=1.0,
                    min=0.1,
                    max=10.0,
                    step=0.01,
                    tooltip="Size of the picture at the end. 1 is no zoom, 2 is twice as large, 0.5 is half.",
                ),
                io.Float.Input(
                    "roll",
                    default=0.0,
                    min=-720.0,
                    max=720.0,
                    step=1.0,
                    tooltip="Turns the camera clockwise, in degrees, so the picture turns the other way.",
                ),
                io.Float.Input(
                    "dolly",
                    default=0.0,
                    min=-4.0,
                    max=0.95,
                    step=0.01,
                    tooltip="Moves the camera forward by this part of the distance to the scene (0.5 is half way). The "
                    "picture grows faster and faster. Negative moves away.",
                ),
                io.Combo.Input(
                    "ease",
                    options=list(EASES),
                    default="linear",
                    tooltip="How the move starts and stops. linear: keeps a constant speed. in: starts slowly. out: "
                    "stops slowly. in_out: does both.",
                ),
                io.Float.Input(
                    "spacing",
                    default=64.0,
                    min=8.0,
                    max=1024.0,
                    step=1.0,
                    tooltip="Distance between grid points in pixels. Each point steers about 20 pixels around it.",
                ),
                io.Float.Input(
                    "margin",
                    default=16.0,
                    min=0.0,
                    max=1024.0,
                    step=1.0,
                    tooltip="Width of the strip without points along the edges, in pixels.",
                ),
                io.Tracks.Input(
                    "objects",
                    optional=True,
                    tooltip="Object paths for a still camera. The camera move is added to them.",
                ),
                io.Mask.Input(
                    "mask", optional=True, tooltip="Object in the first frame (white). No grid point starts there."
                ),
            ],
            outputs=[
                io.Tracks.Output(display_name="tracks", tooltip="Object paths first, then the paths of the grid.")
            ],
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
        excluded = None if mask is None else pictures.to_masks(mask, size)[0]
        move = CameraMove(pan, tilt, zoom, roll, dolly, ease)
        return io.NodeOutput(tracks_from(camera_trajectories(move, frames, size, spacing, margin, excluded, moving)))
