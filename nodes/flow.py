"""Nodes that make flow videos."""

from __future__ import annotations

from comfy_api.latest import io

from ..tora_core.flow.flow_color import flow_video
from ..tora_core.flow.flow_map import flow_boxes
from ..tora_core.flow.optical_flow import CAMERA_PARTS, QUALITIES, CameraPart, Quality, adjust_flow, split_camera
from ..tora_core.paths.trajectories import MODES, Mode
from .host import pictures
from .host.device import image_dtype
from .host.notice import notice
from .host.optical_flow import estimate_flow
from .host.sockets import Image, Mask, Model, OpticalFlowSocket, Tracks, trajectories_from
from .inputs import missing_size_inputs
from .node import ToraNode

NO_MOTION = "no visible point moves: the flow video is white, and the motion has no effect"
NORMALISATIONS = ("clip", "fixed speed")


def normalisation_inputs() -> list[io.Combo.Input | io.Float.Input]:
    """Inputs that set which speed gets full colour."""
    return [
        io.Combo.Input(
            "normalisation",
            options=list(NORMALISATIONS),
            default=NORMALISATIONS[0],
            optional=True,
            tooltip="Which speed gets full colour. clip: uses the fastest pixel of the clip, as in Tora's training. "
            "fixed speed: uses full_colour, so that one fast path does not make the others pale.",
        ),
        io.Float.Input(
            "full_colour",
            default=10.0,
            min=0.1,
            max=1000.0,
            step=0.1,
            optional=True,
            tooltip="Speed that gets full colour, in pixels per frame. Used by fixed speed only. A lower value makes "
            "all colours stronger.",
        ),
    ]


def full_colour_px(normalisation: str, full_colour: float) -> float | None:
    """Returns the speed of full colour in pixels per frame. None stands for the clip's fastest pixel."""
    return full_colour if normalisation == "fixed speed" else None


class ToraFlowMap(ToraNode):
    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="ToraFlowMap",
            display_name="Tora Flow Map",
            category="Tora/flow",
            description="Turns paths into the coloured flow video that Tora reads as motion.",
            search_aliases=["optical flow", "flow to image", "motion map", "trajectory"],
            inputs=[
                io.Tracks.Input(
                    "tracks",
                    tooltip="Paths as TRACKS, from this pack, from ComfyUI (Generate Video Tracks) or from another "
                    "pack.",
                ),
                io.Combo.Input(
                    "mode",
                    options=list(MODES),
                    default="exact",
                    tooltip="How positions become pixels. exact: rounds positions, and averages paths that share a "
                    "pixel. reference: works as Tora's public code. It truncates positions, and the later path "
                    "overwrites.",
                ),
                *missing_size_inputs(),
                *normalisation_inputs(),
            ],
            outputs=[
                io.Image.Output(
                    display_name="flow_video", tooltip="One coloured frame per video frame, for Tora Encode Motion."
                )
            ],
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
        trajectories = trajectories_from(tracks, width, height)
        if not trajectories.moves:
            notice(NO_MOTION)
        elif hidden := int((~trajectories.visible).sum()):
            notice(f"{hidden} of {trajectories.visible.size} points are hidden and leave no motion")
        flow = flow_boxes(trajectories, mode)
        return io.NodeOutput(flow_video(flow, image_dtype(), full_colour_px(normalisation, full_colour)))


class ToraFlowFromVideo(ToraNode):
    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="ToraFlowFromVideo",
            display_name="Tora Flow From Video",
            category="Tora/flow",
            description="Turns the motion of a video into a flow video, to transfer that motion to a new video.",
            search_aliases=["optical flow", "motion transfer", "raft", "dis", "video to flow", "camera motion"],
            inputs=[
                io.Image.Input(
                    "video",
                    tooltip="Video whose motion is read. At least 2 frames, in the size of the new video. Tora Encode "
                    "Motion needs 4k+1 frames.",
                ),
                io.Combo.Input(
                    "camera",
                    options=list(CAMERA_PARTS),
                    default=CAMERA_PARTS[0],
                    tooltip="Which motion is used. keep: uses all motion. remove: subtracts the camera motion, "
                    "estimated by a robust homography. only: uses the camera motion alone.",
                ),
                io.Float.Input(
                    "blur",
                    default=0.0,
                    min=0.0,
                    max=64.0,
                    step=0.5,
                    tooltip="Sigma of a Gaussian blur of the motion, in pixels. Raise it if the motion is noisy.",
                ),
                io.Float.Input(
                    "strength",
                    default=1.0,
                    min=-4.0,
                    max=4.0,
                    step=0.05,
                    tooltip="Factor for the motion. -1 reverses it, 0 removes it. With normalisation clip, only the "
                    "sign matters.",
                ),
                *normalisation_inputs(),
                io.Mask.Input(
                    "mask",
                    optional=True,
                    tooltip="Keeps motion only where the mask is white. One mask, or one mask per frame.",
                ),
                OpticalFlowSocket.Input(
                    "optical_flow",
                    optional=True,
                    tooltip="RAFT model from ComfyUI's Load Optical Flow Model: more accurate but slower. Without it, "
                    "OpenCV's DIS is used.",
                ),
                io.Combo.Input(
                    "quality",
                    options=list(QUALITIES),
                    default=QUALITIES[0],
                    optional=True,
                    tooltip="Accuracy of DIS. fast: exact enough for every flow video. best: takes about twice the "
                    "time and differs by hundredths of a pixel. RAFT ignores it.",
                    advanced=True,
                ),
            ],
            outputs=[
                io.Image.Output(
                    display_name="flow_video", tooltip="One coloured frame per video frame, for Tora Encode Motion."
                )
            ],
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
        quality: Quality = QUALITIES[0],
    ) -> io.NodeOutput:
        flow = estimate_flow(optical_flow, pictures.to_video(video), quality)
        selected = None if mask is None else pictures.to_masks(mask, pictures.size_of(video))
        flow = adjust_flow(split_camera(flow, camera), blur, selected, strength)
        return io.NodeOutput(flow_video(flow, image_dtype(), full_colour_px(normalisation, full_colour)))


NODES = [ToraFlowMap, ToraFlowFromVideo]
