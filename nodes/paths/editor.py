"""The node for drawing paths."""

from __future__ import annotations

from comfy_api.latest import io

from ...tora_core.evaluation.overlay import Style, draw_frame
from ...tora_core.paths.coordinates_text import coordinates_text
from ...tora_core.paths.drawing import parse_drawing
from ...tora_core.paths.drawn_motion import sample_drawing
from ...tora_core.paths.exports import parse_trajectories
from ...tora_core.paths.trajectories import MAX_FRAMES, Trajectories
from ...tora_core.video import Size
from ..host import pictures
from ..host.notice import notice
from ..host.sockets import Image, tracks_from
from ..inputs import size_inputs
from ..node import ToraNode


class ToraTrajectoryEditor(ToraNode):
    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="ToraTrajectoryEditor",
            display_name="Tora Trajectory Editor",
            category="Tora/paths",
            description="Lets you draw paths on your picture, with curves, timing and presets.",
            search_aliases=["spline editor", "draw path", "motion path", "path editor", "trajectory", "drag"],
            inputs=[
                io.Image.Input(
                    "image",
                    optional=True,
                    tooltip="Picture or video to draw on. A connected Load Image is shown before the first run. A "
                    "video follows the scrub head.",
                ),
                io.String.Input(
                    "coordinates",
                    optional=True,
                    force_input=True,
                    tooltip="Paths from another node, in pixels of width and height. Used while no visible track is "
                    "drawn.",
                ),
                *size_inputs(),
                io.String.Input(
                    "trajectory",
                    default="",
                    socketless=True,
                    extra_dict={"widgetType": "TORA_TRAJECTORY"},
                    tooltip="The drawing as JSON. The editor writes it.",
                ),
                io.Int.Input(
                    "points",
                    default=0,
                    min=0,
                    max=MAX_FRAMES,
                    optional=True,
                    tooltip="Points per path in the output coordinates. 0: one per frame. ComfyUI's WanTrackToVideo "
                    "(ATI) needs 121.",
                    advanced=True,
                ),
                io.Boolean.Input(
                    "flat",
                    default=False,
                    optional=True,
                    tooltip="Writes the output coordinates of a single path without the outer list, as KJNodes' Plot "
                    "Coordinates needs them.",
                    advanced=True,
                ),
            ],
            outputs=[
                io.Tracks.Output(display_name="tracks", tooltip="One path per visible track, with the video's size."),
                io.String.Output(
                    display_name="coordinates",
                    tooltip='One point per frame for each path, as JSON: [[{"x": .., "y": ..}, ...], ...].',
                ),
                io.Image.Output(display_name="preview", tooltip="Paths drawn over the picture."),
            ],
            has_intermediate_output=True,
        )

    @classmethod
    def execute(
        cls,
        *,
        width: int,
        height: int,
        frames: int,
        trajectory: str,
        image: Image | None = None,
        coordinates: str | None = None,
        points: int = 0,
        flat: bool = False,
    ) -> io.NodeOutput:
        size = Size(width, height)
        drawing = parse_drawing(trajectory)

        def sample(frames: int) -> Trajectories:
            if coordinates is not None and not drawing.visible:
                return parse_trajectories(coordinates, size, frames, size)
            return sample_drawing(drawing, frames, size)

        trajectories = sample(frames)
        for note in trajectories.notes:
            notice(note)
        text = coordinates_text(sample(max(points, 2)) if points else trajectories, flat)
        stored = drawing.picture if image is None else None
        picture = pictures.open_stored(stored) if stored else image
        if stored and picture is None:
            notice(f"the picture {stored} is not in ComfyUI's input folder: choose it again in the editor")
        preview = draw_frame(pictures.fit_first(picture, size), trajectories, frames - 1, Style(arrows=True))
        background = None
        if image is not None:
            shown = pictures.save_temporary(image[:1], cls) if len(image) == 1 else pictures.save_clip(image)
            background = {"tora_background": shown}
        return io.NodeOutput(tracks_from(trajectories), text, pictures.to_image(preview[None]), ui=background)
