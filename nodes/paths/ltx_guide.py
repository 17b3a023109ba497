"""The node that draws paths for LTX."""

from __future__ import annotations

from comfy_api.latest import io

from ...tora_core.paths.ltx_guide import check_ltx_video, draw_ltx_guide
from ..host import pictures
from ..host.notice import notice
from ..host.sockets import Tracks, trajectories_from
from ..inputs import missing_size_inputs
from ..node import ToraNode


class ToraLTXGuide(ToraNode):
    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="ToraLTXGuide",
            display_name="Tora LTX Guide",
            category="Tora/paths",
            description="Draws paths as the guide video that LTX-2.3's motion-track LoRA reads.",
            search_aliases=["ltx", "ltxv", "ic-lora", "motion track", "draw tracks", "guide", "trajectory"],
            inputs=[
                io.Tracks.Input("tracks", tooltip="Paths with 8k+1 frames, for example from Tora Trajectory Resample."),
                *missing_size_inputs(),
            ],
            outputs=[
                io.Image.Output(
                    display_name="guide", tooltip="Trails of coloured circles on black, for LTXV Add Guide."
                )
            ],
        )

    @classmethod
    def execute(cls, *, tracks: Tracks, width: int, height: int) -> io.NodeOutput:
        trajectories = trajectories_from(tracks, width, height)
        for problem in check_ltx_video(trajectories):
            notice(problem)
        return io.NodeOutput(pictures.to_image(draw_ltx_guide(trajectories)))
