"""Nodes that draw paths, and measure how closely a video follows them."""

from __future__ import annotations

import json

from comfy_api.latest import io

from ..tora_core.evaluation.overlay import Style, draw_on
from ..tora_core.evaluation.plot import error_plot
from ..tora_core.evaluation.trajectory_error import track_and_compare, trajectory_error
from .host import pictures
from .host.notice import notice
from .host.sockets import Image, Tracks, tracks_from, trajectories_from, trajectories_on
from .node import ToraNode


class ToraDrawTrajectories(ToraNode):
    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="ToraDrawTrajectories",
            display_name="Tora Draw Trajectories",
            category="Tora/evaluation",
            description="Draws paths on a video or a picture, each path in its own colour.",
            search_aliases=["preview", "overlay", "visualize", "draw tracks", "show path", "trajectory"],
            inputs=[
                io.Tracks.Input(
                    "tracks", tooltip="Paths to draw, as TRACKS from this pack, from ComfyUI or from another pack."
                ),
                io.Image.Input(
                    "video",
                    optional=True,
                    tooltip="Video or picture to draw on. A video needs as many frames as the tracks. A picture is "
                    "repeated. Without it, the background is white.",
                ),
                io.Int.Input(
                    "tail",
                    default=0,
                    min=0,
                    max=1024,
                    tooltip="Length of the strong line behind each point, in frames. 0 draws the path from its start.",
                ),
                io.Boolean.Input("ahead", default=True, tooltip="Draws the rest of each path as a faint line."),
                io.Boolean.Input("dots", default=True, tooltip="Draws a dot at the current position of each path."),
                io.Boolean.Input("arrows", default=False, tooltip="Draws an arrow head in the direction of motion."),
                io.Boolean.Input("numbers", default=False, tooltip="Writes the frame number in the top left corner."),
                io.Float.Input(
                    "line_width",
                    default=1.0,
                    min=0.25,
                    max=8.0,
                    step=0.25,
                    tooltip="Line width relative to the picture size. 1 is the default.",
                ),
                io.String.Input(
                    "label",
                    default="",
                    optional=True,
                    tooltip="Text in the bottom left corner of every picture.",
                    advanced=True,
                ),
                io.Combo.Input(
                    "size_of",
                    options=["tracks", "video"],
                    default="tracks",
                    optional=True,
                    tooltip="Size of the pictures. tracks: the video is scaled and cropped to the tracks. video: the "
                    "video stays as it is, and the paths are scaled to it, for example after an upscale.",
                    advanced=True,
                ),
            ],
            outputs=[io.Image.Output(display_name="images", tooltip="One picture per frame of the tracks.")],
        )

    @classmethod
    def execute(
        cls,
        *,
        tracks: Tracks,
        tail: int,
        ahead: bool,
        dots: bool,
        arrows: bool,
        numbers: bool,
        line_width: float,
        video: Image | None = None,
        label: str = "",
        size_of: str = "tracks",
    ) -> io.NodeOutput:
        carries_size = isinstance(tracks, dict) and tracks.get("canvas") is not None
        if video is None or carries_size:
            trajectories = trajectories_from(tracks)
        else:
            trajectories = trajectories_on(tracks, pictures.size_of(video))
        if video is not None and size_of == "video":
            trajectories = trajectories.fit_to(pictures.size_of(video))
        clip = pictures.fit_all(video, trajectories.canvas)
        look = Style(tail or None, dots, ahead, numbers, arrows, width=line_width, label=label.strip())
        return io.NodeOutput(pictures.to_image(draw_on(clip, trajectories, look)))


class ToraTrajectoryError(ToraNode):
    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="ToraTrajectoryError",
            display_name="Tora Trajectory Error",
            category="Tora/evaluation",
            description="Measures how closely a video follows the paths: TrajError in pixels, with a plot.",
            search_aliases=["trajerror", "evaluate", "metric", "accuracy", "measure", "trajectory"],
            inputs=[
                io.Image.Input(
                    "video", tooltip="Video to measure. It needs the frames and the size of the wanted paths."
                ),
                io.Tracks.Input("wanted", tooltip="Paths that the video should follow."),
                io.Tracks.Input(
                    "tracked",
                    optional=True,
                    tooltip="Paths measured in the video by another tracker, such as CoTracker, in the order of the "
                    "wanted paths. Without it, the built-in tracker follows them.",
                ),
            ],
            outputs=[
                io.Float.Output(
                    display_name="error",
                    tooltip="TrajError: mean of |dx| + |dy| in pixels of the video. -1 if no path could be followed.",
                ),
                io.Image.Output(
                    display_name="plot", tooltip="Plot of wanted and tracked paths, and of the error over time."
                ),
                io.String.Output(display_name="json", tooltip="All numbers as JSON, per path and per frame."),
                io.Tracks.Output(display_name="tracked", tooltip="Paths found in the video."),
            ],
        )

    @classmethod
    def execute(cls, *, video: Image, wanted: Tracks, tracked: Tracks | None = None) -> io.NodeOutput:
        clip = pictures.to_video(video if tracked is None else video[-1:])
        frames, size = len(video), pictures.size_of(video)
        goal = trajectories_on(wanted, size, frames)
        if tracked is None:
            found, error = track_and_compare(clip, goal)
        else:
            found = trajectories_on(tracked, size, frames)
            error = trajectory_error(goal, found)
        if error.l1_px is None:
            notice("no path could be followed in the video: error is -1. Start the paths on visible texture")
        plot = error_plot(clip[-1], goal, found, error)
        number = -1.0 if error.l1_px is None else error.l1_px
        return io.NodeOutput(number, pictures.to_image(plot[None]), json.dumps(error.to_json()), tracks_from(found))


NODES = [ToraDrawTrajectories, ToraTrajectoryError]
