"""Nodes that show paths, and measure whether a video followed them."""

from __future__ import annotations

import json

from comfy_api.latest import io

from ..tora_core.evaluation.overlay import Style, draw_on
from ..tora_core.evaluation.plot import error_plot
from ..tora_core.evaluation.trajectory_error import track_and_compare, trajectory_error
from .host import pictures
from .host.notice import notice
from .host.sockets import Image, Tracks, tracks_from, trajectories_from, trajectories_on


class ToraDrawTrajectories(io.ComfyNode):
    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="ToraDrawTrajectories",
            display_name="Tora Draw Trajectories",
            category="Tora/evaluation",
            description="Paths on a video or a picture, one colour a path: tails, dots, frame numbers.",
            search_aliases=["preview", "overlay", "visualize", "draw tracks", "show path", "trajectory"],
            inputs=[
                io.Tracks.Input("tracks", tooltip="From this pack, from core or from another one."),
                io.Image.Input(
                    "video",
                    optional=True,
                    tooltip="A video of as many frames, or one picture; white paper if empty. Pictures of another size "
                    "are cropped to that of the tracks.",
                ),
                io.Int.Input(
                    "tail",
                    default=0,
                    min=0,
                    max=1024,
                    tooltip="How many frames back the strong line reaches; 0 draws all the way so far.",
                ),
                io.Boolean.Input("ahead", default=True, tooltip="Draw the whole way faintly."),
                io.Boolean.Input("dots", default=True, tooltip="A dot where each path is."),
                io.Boolean.Input("arrows", default=False, tooltip="An arrow head in the direction of motion."),
                io.Boolean.Input("numbers", default=False, tooltip="The frame number in a corner."),
                io.Float.Input("line_width", default=1.0, min=0.25, max=8.0, step=0.25, tooltip="1 suits the picture."),
            ],
            outputs=[io.Image.Output(display_name="images")],
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
    ) -> io.NodeOutput:
        carries_size = isinstance(tracks, dict) and tracks.get("canvas") is not None
        if video is None or carries_size:
            trajectories = trajectories_from(tracks)
        else:
            trajectories = trajectories_on(tracks, pictures.size_of(video))
        clip = pictures.fit_all(video, trajectories.canvas)
        style = Style(tail=tail or None, dots=dots, ahead=ahead, numbers=numbers, arrows=arrows, width=line_width)
        return io.NodeOutput(pictures.to_image(draw_on(clip, trajectories, style)))


class ToraTrajectoryError(io.ComfyNode):
    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="ToraTrajectoryError",
            display_name="Tora Trajectory Error",
            category="Tora/evaluation",
            description="Whether a video went where it should: TrajError in pixels, per path and frame, with a plot.",
            search_aliases=["trajerror", "evaluate", "metric", "accuracy", "measure", "trajectory"],
            inputs=[
                io.Image.Input("video", tooltip="The video that was made."),
                io.Tracks.Input("wanted", tooltip="The paths it was to follow."),
                io.Tracks.Input(
                    "tracked",
                    optional=True,
                    tooltip="Where the points really went, from another tracker; the built-in one if empty.",
                ),
            ],
            outputs=[
                io.Float.Output(
                    display_name="error",
                    tooltip="TrajError: mean |dx| + |dy| in pixels of the video; -1 if all is lost.",
                ),
                io.Image.Output(display_name="plot", tooltip="Wanted and tracked paths, and the error over time."),
                io.String.Output(display_name="json", tooltip="All numbers, per path and per frame."),
                io.Tracks.Output(display_name="tracked", tooltip="Where the points went."),
            ],
            hidden=[io.Hidden.unique_id],
        )

    @classmethod
    def execute(cls, *, video: Image, wanted: Tracks, tracked: Tracks | None = None) -> io.NodeOutput:
        clip, size = pictures.to_video(video), pictures.size_of(video)
        goal = trajectories_on(wanted, size)
        if tracked is None:
            found, error = track_and_compare(clip, goal)
        else:
            found = trajectories_on(tracked, size)
            error = trajectory_error(goal, found)
        if error.l1_px is None:
            notice("no path could be followed in the video, so there is no error to tell", cls.hidden.unique_id)
        plot = error_plot(clip[-1], goal, found, error)
        number = -1.0 if error.l1_px is None else error.l1_px
        return io.NodeOutput(number, pictures.to_image(plot[None]), json.dumps(error.to_json()), tracks_from(found))


NODES = [ToraDrawTrajectories, ToraTrajectoryError]
