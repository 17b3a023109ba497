"""Nodes that make flow videos."""

from __future__ import annotations

from comfy_api.latest import io

from ..tora_core.flow.flow_color import flow_video
from ..tora_core.flow.flow_map import flow_boxes
from ..tora_core.flow.optical_flow import CAMERA_PARTS, CameraPart, adjust_flow, split_camera
from ..tora_core.paths.trajectories import MODES, Mode
from .host import pictures
from .host.device import image_dtype
from .host.optical_flow import estimate_flow
from .host.sockets import Image, Mask, Model, OpticalFlowSocket, Tracks, trajectories_from
from .inputs import missing_size_inputs

NORMALISATIONS = ("clip", "fixed speed")


def normalisation_inputs() -> list[io.Combo.Input | io.Float.Input]:
    """What counts as full colour."""
    return [
        io.Combo.Input(
            "normalisation",
            options=list(NORMALISATIONS),
            default=NORMALISATIONS[0],
            optional=True,
            tooltip="clip: the fastest place of the clip is full colour, as Tora was trained. fixed speed: full_colour "
            "is, so that one fast path does not make the others pale.",
        ),
        io.Float.Input(
            "full_colour",
            default=10.0,
            min=0.1,
            max=1000.0,
            step=0.1,
            optional=True,
            tooltip="For fixed speed: pixels per frame that count as full colour.",
        ),
    ]


def full_colour_px(normalisation: str, full_colour: float) -> float | None:
    return full_colour if normalisation == "fixed speed" else None


class ToraFlowMap(io.ComfyNode):
    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="ToraFlowMap",
            display_name="Tora Flow Map",
            category="Tora/flow",
            description="Spreads each point's displacement and colours it: the video that Tora reads as motion.",
            search_aliases=["optical flow", "flow to image", "motion map", "trajectory"],
            inputs=[
                io.Tracks.Input(
                    "tracks", tooltip="From this pack, from core (Generate Video Tracks) or from another one."
                ),
                io.Combo.Input(
                    "mode",
                    options=list(MODES),
                    default="exact",
                    tooltip="exact: positions are rounded once and paths that share a pixel are averaged. "
                    "reference: as the public code (truncates, the later path overwrites).",
                ),
                *missing_size_inputs(),
                *normalisation_inputs(),
            ],
            outputs=[io.Image.Output(display_name="flow_video", tooltip="One colour-coded frame per video frame.")],
        )

    @classmethod
    def execute(
        cls,
        *,
        tracks: Tracks,
        mode: Mode,
        width: int,
        height: int,
        normalisation: str = NORMALISATIONS[0],
        full_colour: float = 10.0,
    ) -> io.NodeOutput:
        flow = flow_boxes(trajectories_from(tracks, width, height), mode)
        return io.NodeOutput(flow_video(flow, image_dtype(), full_colour_px(normalisation, full_colour)))


class ToraFlowFromVideo(io.ComfyNode):
    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="ToraFlowFromVideo",
            display_name="Tora Flow From Video",
            category="Tora/flow",
            description="The dense motion of a video as a flow video: motion transfer, with or without the camera.",
            search_aliases=["optical flow", "motion transfer", "raft", "dis", "video to flow", "camera motion"],
            inputs=[
                io.Image.Input("video", tooltip="At least two frames, the size of the video to be made."),
                io.Combo.Input(
                    "camera",
                    options=list(CAMERA_PARTS),
                    default=CAMERA_PARTS[0],
                    tooltip="keep: all motion. remove: what moves by itself, the camera's part taken out by a robust "
                    "homography. only: the camera's part alone.",
                ),
                io.Float.Input(
                    "blur", default=0.0, min=0.0, max=64.0, step=0.5, tooltip="Gaussian blur of the motion, in pixels."
                ),
                io.Float.Input(
                    "strength",
                    default=1.0,
                    min=-4.0,
                    max=4.0,
                    step=0.05,
                    tooltip="Of the motion; -1 turns it round. It shows at a fixed speed only.",
                ),
                *normalisation_inputs(),
                io.Mask.Input("mask", optional=True, tooltip="Where motion is kept, one mask or one a frame."),
                OpticalFlowSocket.Input(
                    "optical_flow",
                    optional=True,
                    tooltip="RAFT, from core's Load Optical Flow Model: better and slower. OpenCV's DIS if empty.",
                ),
            ],
            outputs=[io.Image.Output(display_name="flow_video", tooltip="For Tora Encode Motion.")],
        )

    @classmethod
    def execute(
        cls,
        *,
        video: Image,
        camera: CameraPart,
        blur: float,
        strength: float,
        normalisation: str = NORMALISATIONS[0],
        full_colour: float = 10.0,
        mask: Mask | None = None,
        optical_flow: Model | None = None,
    ) -> io.NodeOutput:
        flow = estimate_flow(optical_flow, pictures.to_video(video))
        selected = None if mask is None else pictures.to_masks(mask, pictures.size_of(video))
        flow = adjust_flow(split_camera(flow, camera), blur, selected, strength)
        return io.NodeOutput(flow_video(flow, image_dtype(), full_colour_px(normalisation, full_colour)))


NODES = [ToraFlowMap, ToraFlowFromVideo]
