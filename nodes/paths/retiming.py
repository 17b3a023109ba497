"""The node that changes the timing of paths."""

from __future__ import annotations

from comfy_api.latest import io

from ...tora_core.paths.easing import EASES
from ...tora_core.paths.retiming import REPEATS, RETIME_SPEEDS, Repeat, Speed, Timing, retime
from ..host.sockets import Tracks, tracks_from, trajectories_from
from ..node import ToraNode

CUSTOM = "custom"


class ToraTrajectoryRetime(ToraNode):
    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="ToraTrajectoryRetime",
            display_name="Tora Trajectory Retime",
            category="Tora/paths",
            description="Changes the timing of paths. Their shape stays the same.",
            search_aliases=["ease", "speed", "timing", "loop", "ping pong", "reverse", "resample", "frames"],
            inputs=[
                io.Tracks.Input("tracks", tooltip="Paths to retime."),
                io.Int.Input(
                    "frames",
                    default=0,
                    min=0,
                    max=1025,
                    tooltip="New number of frames. 0 keeps the number of the tracks.",
                ),
                io.Float.Input(
                    "start",
                    default=0.0,
                    min=0.0,
                    max=1.0,
                    step=0.01,
                    tooltip="When the motion starts: 0 is the first frame, 1 is the last. Before that, the point "
                    "rests.",
                ),
                io.Float.Input(
                    "end",
                    default=1.0,
                    min=0.0,
                    max=1.0,
                    step=0.01,
                    tooltip="When the motion ends, 0..1. After that, the point rests. Must be greater than start.",
                ),
                io.Float.Input(
                    "hold",
                    default=0.0,
                    min=0.0,
                    max=0.99,
                    step=0.01,
                    tooltip="Length of a rest halfway, as a part of the time between start and end. 0 is no rest.",
                ),
                io.Combo.Input(
                    "ease",
                    options=[*EASES, CUSTOM],
                    default="linear",
                    tooltip="How the motion starts and stops. linear: keeps the speed. in: starts slowly. out: stops "
                    "slowly. in_out: does both. custom: uses curve.",
                ),
                io.String.Input(
                    "curve",
                    default="0,0 0.3,0.8 1,1",
                    tooltip="Curve for ease custom: pairs of time,progress in 0..1, separated by spaces and in order "
                    "of time.",
                ),
                io.Combo.Input(
                    "speed",
                    options=list(RETIME_SPEEDS),
                    default="as it is",
                    tooltip="Speed along the path. as it is: keeps the speed of the tracks. constant: moves at the "
                    "same speed along the whole path.",
                ),
                io.Boolean.Input("reverse", default=False, tooltip="Runs the path from its last point to its first."),
                io.Combo.Input(
                    "repeat",
                    options=list(REPEATS),
                    default="once",
                    tooltip="Repeats the path. once: runs it one time. loop: jumps back to the first point after each "
                    "pass. ping-pong: runs back and forth.",
                ),
                io.Float.Input(
                    "passes",
                    default=2.0,
                    min=0.25,
                    max=64.0,
                    step=0.25,
                    tooltip="Number of passes between start and end, for loop and ping-pong.",
                ),
            ],
            outputs=[io.Tracks.Output(display_name="tracks", tooltip="Paths with the new timing.")],
        )

    @classmethod
    def execute(
        cls,
        *,
        tracks: Tracks,
        frames: int,
        start: float,
        end: float,
        hold: float,
        ease: str,
        curve: str,
        speed: Speed,
        reverse: bool,
        repeat: Repeat,
        passes: float,
    ) -> io.NodeOutput:
        easing = curve if ease == CUSTOM else ease
        timing = Timing(frames, start, end, hold, easing, speed, reverse, repeat, passes)
        return io.NodeOutput(tracks_from(retime(trajectories_from(tracks), timing)))
