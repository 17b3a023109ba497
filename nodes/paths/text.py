"""The node that reads paths from text."""

from __future__ import annotations

from comfy_api.latest import io

from ...tora_core.paths.exports import parse_trajectories
from ...tora_core.paths.trajectories import MODES, TORA_CANVAS, Mode
from ...tora_core.video import Size
from ..host import files
from ..host.notice import notice
from ..host.sockets import tracks_from
from ..inputs import size_inputs
from ..node import ToraNode

EXAMPLE = "[[40, 128], [128, 60], [216, 128]]"


class ToraTrajectoryFromText(ToraNode):
    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="ToraTrajectoryFromText",
            display_name="Tora Trajectory From Text",
            category="Tora/paths",
            description="Reads paths from text or a file and samples them once per frame.",
            search_aliases=["coordinates", "spline", "path", "points", "motion path", "trajectory", "tracks"],
            inputs=[
                io.String.Input(
                    "coordinates",
                    default=EXAMPLE,
                    multiline=True,
                    tooltip="Coordinates of the paths: [[x, y], ...], a list of such paths, {x, y} dicts of a spline "
                    "editor, or one 'x,y' per line with an empty line between paths. Also what the Tora editor "
                    "exports.",
                ),
                io.Combo.Input(
                    "file",
                    options=[files.NO_FILE, *files.path_files()],
                    default=files.NO_FILE,
                    tooltip="A file of paths in ComfyUI's input folder: .txt, .csv, .json, .svg, .npy or .pth. It "
                    "replaces the text above. none: uses the text.",
                ),
                *size_inputs(),
                io.Int.Input(
                    "canvas_width",
                    default=TORA_CANVAS.width,
                    min=1,
                    max=16384,
                    tooltip="Width of the canvas the paths were drawn on. Tora's own files use 256. Exports of the "
                    "editor hold their own.",
                ),
                io.Int.Input(
                    "canvas_height",
                    default=TORA_CANVAS.height,
                    min=1,
                    max=16384,
                    tooltip="Height of the canvas the paths were drawn on. Tora's own files use 256. Exports of the "
                    "editor hold their own.",
                ),
                io.Combo.Input(
                    "mode",
                    options=list(MODES),
                    default="exact",
                    tooltip="How paths are sampled. exact: uses the whole path and keeps fractions. reference: "
                    "samples exactly as Tora's public code. It truncates, and drops the end of a path with more "
                    "points than frames.",
                ),
            ],
            outputs=[
                io.Tracks.Output(display_name="tracks", tooltip="One point per frame for each path."),
                io.Int.Output(display_name="count", tooltip="Number of paths read."),
            ],
        )

    @classmethod
    def fingerprint_inputs(cls, *, file: str, **_: object) -> int:
        return files.fingerprint(file)

    @classmethod
    def execute(
        cls,
        *,
        coordinates: str,
        file: str,
        width: int,
        height: int,
        frames: int,
        canvas_width: int,
        canvas_height: int,
        mode: Mode,
    ) -> io.NodeOutput:
        text = coordinates if file == files.NO_FILE else files.read_paths(file, frames)
        trajectories = parse_trajectories(text, Size(canvas_width, canvas_height), frames, Size(width, height), mode)
        for note in trajectories.notes:
            notice(note)
        # A point on the right or bottom edge of the canvas lands just outside the last pixel. A few are normal.
        if 10 * trajectories.outside > trajectories.visible.size:
            notice(
                f"{trajectories.outside} of {trajectories.visible.size} points lie outside the {width}x{height} frame "
                f"and move to its edge: check that the paths were drawn on a {canvas_width}x{canvas_height} canvas"
            )
        return io.NodeOutput(tracks_from(trajectories), trajectories.points_px.shape[1])
