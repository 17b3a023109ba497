"""Nodes that make flow videos."""

from __future__ import annotations

from comfy_api.latest import io

from ..tora_core.flow.flow_color import flow_video
from ..tora_core.flow.flow_map import flow_boxes
from ..tora_core.paths.trajectories import MODES
from .host import memory
from .sockets import trajectories_from


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
                io.Int.Input(
                    "width",
                    default=0,
                    min=0,
                    max=4096,
                    step=16,
                    tooltip="Only for TRACKS that carry no size; 0 otherwise.",
                ),
                io.Int.Input(
                    "height",
                    default=0,
                    min=0,
                    max=4096,
                    step=16,
                    tooltip="Only for TRACKS that carry no size; 0 otherwise.",
                ),
            ],
            outputs=[io.Image.Output(display_name="flow_video", tooltip="One colour-coded frame per video frame.")],
        )

    @classmethod
    def execute(cls, tracks, mode, width, height) -> io.NodeOutput:
        flow = flow_boxes(trajectories_from(tracks, width, height), mode)
        return io.NodeOutput(flow_video(flow, memory.image_dtype()))


NODES = [ToraFlowMap]
