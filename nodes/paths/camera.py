"""The node for camera moves."""

from __future__ import annotations

from comfy_api.latest import io

from ...tora_core.paths.camera import camera_trajectories
from ...tora_core.paths.camera_move import CAMERA_PRESETS, MAX_STRENGTH, CameraMove, CameraPreset
from ...tora_core.paths.depth_map import DepthMap
from ...tora_core.paths.easing import EASES
from ...tora_core.video import Size
from ..host import pictures
from ..host.device import ProgressBar
from ..host.notice import notice
from ..host.sockets import Image, Mask, Tracks, tracks_from, trajectories_from
from ..inputs import size_inputs
from ..node import ToraNode

DEPTH_KINDS = {"near is white": True, "far is white": False}


class ToraCameraTrajectory(ToraNode):
    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="ToraCameraTrajectory",
            display_name="Tora Camera Trajectory",
            category="Tora/paths",
            description="Creates a grid of paths that makes the picture move as under a camera move.",
            search_aliases=[
                "camera",
                "pan",
                "tilt",
                "zoom",
                "roll",
                "dolly",
                "orbit",
                "crane",
                "depth",
                "parallax",
                "camera motion",
            ],
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
                io.Image.Input(
                    "depth",
                    optional=True,
                    tooltip="Depth of the first frame, a grey picture as Depth Anything and MoGe draw it. Near things "
                    "then move more than far ones, and hide them. Paths of objects are not hidden.",
                ),
                io.Combo.Input(
                    "depth_is",
                    options=list(DEPTH_KINDS),
                    default="near is white",
                    optional=True,
                    tooltip="near is white: as Depth Anything and MoGe draw it. far is white: grey is the distance.",
                ),
                io.Float.Input(
                    "far",
                    default=4.0,
                    min=1.0,
                    max=100.0,
                    step=0.1,
                    optional=True,
                    tooltip="Distance at the far end of the grey scale, divided by that at the near end. A higher "
                    "value gives more difference between near and far. Used with depth only.",
                ),
                io.Float.Input(
                    "field_of_view",
                    default=60.0,
                    min=1.0,
                    max=170.0,
                    step=1.0,
                    optional=True,
                    tooltip="Angle that the picture shows from left to right, in degrees. A phone has about 65, a "
                    "telephoto lens 20. MoGe measures it.",
                ),
                io.Combo.Input(
                    "preset",
                    options=list(CAMERA_PRESETS),
                    default="none",
                    optional=True,
                    tooltip="A move around what is in the middle of the picture, added to the others. orbit: goes "
                    "around it by 30 degrees. dolly zoom: goes forward and zooms out, so that it keeps its size. "
                    "crane: rises and looks down at it. Set pan to 0 for the preset alone.",
                ),
                io.Float.Input(
                    "preset_strength",
                    default=1.0,
                    min=-MAX_STRENGTH,
                    max=MAX_STRENGTH,
                    step=0.05,
                    optional=True,
                    tooltip="How far the preset goes. Negative goes the other way.",
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
        depth: Image | None = None,
        depth_is: str = "near is white",
        far: float = 4.0,
        field_of_view: float = 60.0,
        preset: CameraPreset = "none",
        preset_strength: float = 1.0,
    ) -> io.NodeOutput:
        size = Size(width, height)
        moving = None if objects is None else trajectories_from(objects)
        excluded = None if mask is None else pictures.to_masks(mask, size, crop=True)[0]
        move = CameraMove(pan, tilt, zoom, roll, dolly, ease, preset, preset_strength)
        if move.needs_space and (pan or tilt or roll):
            notice(f"pan {pan:g}, tilt {tilt:g} and roll {roll:g} are added to {preset}: set them to 0 for it alone")
        space = None
        if depth is not None:
            space = DepthMap.from_picture(pictures.to_grey(depth, size), far, field_of_view, DEPTH_KINDS[depth_is])
        elif move.needs_space:
            space = DepthMap.flat(size, field_of_view)
        paths = camera_trajectories(move, frames, size, spacing, margin, excluded, moving, space, ProgressBar())
        return io.NodeOutput(tracks_from(paths))
