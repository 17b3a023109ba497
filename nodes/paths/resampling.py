"""The node that fits paths to another trajectory model."""

from __future__ import annotations

from comfy_api.latest import io

from ...tora_core.paths.coordinates_text import coordinates_text
from ...tora_core.paths.resampling import ATI, CUSTOM, LTX, TARGETS, Target, resample_trajectories
from ...tora_core.video import Size
from ..host.sockets import Tracks, tracks_from, trajectories_from
from ..node import ToraNode


class ToraTrajectoryResample(ToraNode):
    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="ToraTrajectoryResample",
            display_name="Tora Trajectory Resample",
            category="Tora/paths",
            description="Fits paths to the number of frames and the size of Wan-Move, ATI, LTX or another model.",
            search_aliases=[
                "resample",
                "resize tracks",
                "wan move",
                "ati",
                "ltx",
                "convert tracks",
                "frames",
                "trajectory",
            ],
            inputs=[
                io.Tracks.Input("tracks", tooltip="Paths to fit, with their size, as TRACKS of this pack have it."),
                io.Combo.Input(
                    "model",
                    options=[*TARGETS, CUSTOM],
                    default="Wan-Move",
                    tooltip="Model that reads the paths. Tora: 49 points at 720x480. Wan-Move: 81 at 832x480. Wan ATI: "
                    "121 at 832x480, for every length of the video. LTX-2.3: 121 at 960x512. custom: uses "
                    "frames, width and height.",
                ),
                io.Int.Input(
                    "frames",
                    default=0,
                    min=0,
                    max=1025,
                    tooltip="Points per path. 0 uses the number of the model, or with custom that of the tracks.",
                ),
                io.Int.Input(
                    "width",
                    default=0,
                    min=0,
                    max=4096,
                    tooltip="Width of the video in pixels. 0 uses the model's, or with custom that of the tracks.",
                ),
                io.Int.Input(
                    "height",
                    default=0,
                    min=0,
                    max=4096,
                    tooltip="Height of the video in pixels. 0 uses the model's, or with custom that of the tracks.",
                ),
                io.Int.Input(
                    "most_paths",
                    default=0,
                    min=0,
                    max=4096,
                    tooltip="Most paths to keep, evenly chosen. 0 keeps all.",
                ),
            ],
            outputs=[
                io.Tracks.Output(display_name="tracks", tooltip="The fitted paths."),
                io.String.Output(
                    display_name="coordinates",
                    tooltip="The same as text. For Wan ATI and LTX-2.3, a path ends where it stays hidden.",
                ),
            ],
        )

    @classmethod
    def execute(
        cls, *, tracks: Tracks, model: str, frames: int, width: int, height: int, most_paths: int
    ) -> io.NodeOutput:
        trajectories = trajectories_from(tracks)
        default = TARGETS.get(model, Target(trajectories.frames, trajectories.canvas))
        size = Size(width or default.size.width, height or default.size.height)
        fitted = resample_trajectories(trajectories, Target(frames or default.frames, size), most_paths)
        return io.NodeOutput(tracks_from(fitted), coordinates_text(fitted, ends_when_hidden=model in (ATI, LTX)))
