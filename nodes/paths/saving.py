"""The node that saves paths for other tools."""

from __future__ import annotations

from comfy_api.latest import io

from ...tora_core.paths.saving import FORMS, too_many_to_read, write_path_files
from ..host import files
from ..host.notice import notice
from ..host.sockets import Tracks, trajectories_from
from ..inputs import missing_size_inputs
from ..node import ToraNode


class ToraTrajectorySave(ToraNode):
    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="ToraTrajectorySave",
            display_name="Tora Trajectory Save",
            category="Tora/paths",
            description="Saves paths for After Effects, Wan-Move, ATI or a table, and to be read again.",
            search_aliases=["export", "after effects", "keyframes", "csv", "npy", "save tracks", "trajectory"],
            is_output_node=True,
            inputs=[
                io.Tracks.Input("tracks", tooltip="Paths to save."),
                io.Combo.Input(
                    "form",
                    options=list(FORMS),
                    default="TRACKS",
                    tooltip="TRACKS: JSON with everything. CSV: a table. After Effects: keyframes to paste. Wan-Move: "
                    "two .npy files. ATI: a .pth file with 121 points per path. Tora Trajectory From Text reads them.",
                ),
                io.String.Input(
                    "filename_prefix",
                    default="tora/paths",
                    tooltip="Start of the file's name in ComfyUI's output folder. A number follows.",
                ),
                io.Float.Input(
                    "fps",
                    default=8.0,
                    min=0.1,
                    max=240.0,
                    step=0.1,
                    tooltip="Frames per second of the video. Used for After Effects only.",
                ),
                *missing_size_inputs(),
            ],
            outputs=[],
        )

    @classmethod
    def execute(
        cls, *, tracks: Tracks, form: str, filename_prefix: str, fps: float, width: int, height: int
    ) -> io.NodeOutput:
        trajectories = trajectories_from(tracks, width, height)
        written = write_path_files(trajectories, form, fps)
        if problem := too_many_to_read(trajectories):
            notice(problem)
        notice("saved " + ", ".join(files.save_files(written, filename_prefix)))
        return io.NodeOutput()
