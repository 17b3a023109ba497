"""The node for preset paths."""

from __future__ import annotations

from comfy_api.latest import io

from ...tora_core.paths.presets import DIRECTIONS, PRESETS, Direction
from ...tora_core.paths.presets import preset as make_preset
from ...tora_core.video import Size
from ..host.sockets import tracks_from
from ..inputs import size_inputs
from ..node import ToraNode


class ToraTrajectoryPreset(ToraNode):
    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="ToraTrajectoryPreset",
            display_name="Tora Trajectory Preset",
            category="Tora/paths",
            description="Creates a path of a standard shape, such as a circle, a wave or a line.",
            search_aliases=["circle", "spiral", "infinity", "wave", "zigzag", "bounce", "motion path", "trajectory"],
            inputs=[
                io.Combo.Input(
                    "preset",
                    options=list(PRESETS),
                    default="circle",
                    tooltip="Shape of the path. The editor offers the same shapes.",
                ),
                *size_inputs(),
                io.Float.Input(
                    "centre_x",
                    default=0.5,
                    min=-1.0,
                    max=2.0,
                    step=0.01,
                    tooltip="Horizontal position of the centre. 0 is the left edge, 1 is the right edge.",
                ),
                io.Float.Input(
                    "centre_y",
                    default=0.5,
                    min=-1.0,
                    max=2.0,
                    step=0.01,
                    tooltip="Vertical position of the centre. 0 is the top edge, 1 is the bottom edge.",
                ),
                io.Float.Input(
                    "extent_x",
                    default=0.3,
                    min=0.0,
                    max=2.0,
                    step=0.01,
                    tooltip="Half the width of the path. 1 is the smaller side of the frame.",
                ),
                io.Float.Input(
                    "extent_y",
                    default=0.3,
                    min=0.0,
                    max=2.0,
                    step=0.01,
                    tooltip="Half the height of the path. 1 is the smaller side of the frame.",
                ),
                io.Float.Input(
                    "rotation",
                    default=0.0,
                    min=-360.0,
                    max=360.0,
                    step=1.0,
                    tooltip="Turns the path clockwise, in degrees.",
                ),
                io.Float.Input(
                    "turns",
                    default=0.0,
                    min=0.0,
                    max=64.0,
                    step=0.25,
                    tooltip="Number of rounds, swings or bounces. 0 uses the preset's own number. line and pause "
                    "ignore it.",
                ),
                io.Combo.Input(
                    "direction",
                    options=list(DIRECTIONS),
                    default="forward",
                    tooltip="Direction along the path. forward: runs from its start to its end. backward: runs from "
                    "its end to its start.",
                ),
            ],
            outputs=[io.Tracks.Output(display_name="tracks", tooltip="One path.")],
        )

    @classmethod
    def execute(
        cls,
        *,
        preset: str,
        width: int,
        height: int,
        frames: int,
        centre_x: float,
        centre_y: float,
        extent_x: float,
        extent_y: float,
        rotation: float,
        turns: float,
        direction: Direction,
    ) -> io.NodeOutput:
        centre, extent = (centre_x, centre_y), (extent_x, extent_y)
        return io.NodeOutput(
            tracks_from(make_preset(preset, frames, Size(width, height), centre, extent, rotation, turns, direction))
        )
