"""The node that says when a path is where."""

from __future__ import annotations

from comfy_api.latest import io

from ...tora_core.paths.easing import EASES
from ...tora_core.paths.retiming import REPEATS, RETIME_SPEEDS, Repeat, Speed, Timing, retime
from ..host.sockets import Tracks, tracks_from, trajectories_from

CUSTOM = "custom"


class ToraTrajectoryRetime(io.ComfyNode):
    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="ToraTrajectoryRetime",
            display_name="Tora Trajectory Retime",
            category="Tora/paths",
            description="The same lines at other times: length, start and end, hold, ease, speed, reverse, loop.",
            search_aliases=["ease", "speed", "timing", "loop", "ping pong", "reverse", "resample", "frames"],
            inputs=[
                io.Tracks.Input("tracks", tooltip="The paths; each keeps its line."),
                io.Int.Input("frames", default=0, min=0, max=1025, tooltip="The new length; 0 keeps it."),
                io.Float.Input(
                    "start",
                    default=0.0,
                    min=0.0,
                    max=1.0,
                    step=0.01,
                    tooltip="When in the clip the motion begins; it rests before.",
                ),
                io.Float.Input(
                    "end",
                    default=1.0,
                    min=0.0,
                    max=1.0,
                    step=0.01,
                    tooltip="When in the clip it has arrived; it rests afterwards.",
                ),
                io.Float.Input(
                    "hold",
                    default=0.0,
                    min=0.0,
                    max=0.99,
                    step=0.01,
                    tooltip="Part of the moving time that it rests halfway.",
                ),
                io.Combo.Input(
                    "ease", options=[*EASES, CUSTOM], default="linear", tooltip="How it sets off and arrives."
                ),
                io.String.Input(
                    "curve",
                    default="0,0 0.3,0.8 1,1",
                    tooltip="For ease custom: pairs of time,progress in 0..1, in order of time.",
                ),
                io.Combo.Input(
                    "speed",
                    options=list(RETIME_SPEEDS),
                    default="as it is",
                    tooltip="as it is: close points are slow. constant: the same speed all along the line.",
                ),
                io.Boolean.Input("reverse", default=False, tooltip="From the last point to the first."),
                io.Combo.Input(
                    "repeat", options=list(REPEATS), default="once", tooltip="How several passes follow each other."
                ),
                io.Float.Input(
                    "passes",
                    default=2.0,
                    min=0.25,
                    max=64.0,
                    step=0.25,
                    tooltip="For loop and ping-pong: how many passes fit between start and end.",
                ),
            ],
            outputs=[io.Tracks.Output(display_name="tracks")],
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
        how = curve if ease == CUSTOM else ease
        timing = Timing(frames, start, end, hold, how, speed, reverse, repeat, passes)
        return io.NodeOutput(tracks_from(retime(trajectories_from(tracks), timing)))
