"""The node that follows points through a video."""

from __future__ import annotations

from comfy_api.latest import io

from ...tora_core.paths.grid import grid_points
from ...tora_core.paths.masks import interior_points
from ...tora_core.paths.tracking import track_points
from ..host import pictures
from ..host.notice import notice
from ..host.sockets import Image, Mask, Tracks, tracks_from, trajectories_on

START_POINTS = ("grid", "mask", "tracks")
_NOT_CONNECTED = "expected {0} to start from, got none: connect {0}, or choose another option of points"


class ToraTrajectoryFromVideo(io.ComfyNode):
    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="ToraTrajectoryFromVideo",
            display_name="Tora Trajectory From Video",
            category="Tora/paths",
            description="Follows points through a video; a point that is hidden or leaves becomes invisible.",
            search_aliases=[
                "tracker",
                "point tracking",
                "optical flow",
                "motion transfer",
                "lucas kanade",
                "cotracker",
            ],
            inputs=[
                io.Image.Input("video", tooltip="At least two frames, the size of the video to be made."),
                io.Combo.Input(
                    "points",
                    options=list(START_POINTS),
                    default="grid",
                    tooltip="grid: all over the frame, or over the mask. mask: a few well inside it. "
                    "tracks: where those paths begin.",
                ),
                io.Float.Input(
                    "spacing", default=64.0, min=4.0, max=1024.0, step=1.0, tooltip="For grid: pixels between points."
                ),
                io.Int.Input("count", default=8, min=1, max=256, tooltip="For mask: how many points."),
                io.Int.Input(
                    "start_frame", default=0, min=0, max=1024, tooltip="The frame whose points are followed, both ways."
                ),
                io.Float.Input(
                    "tolerance",
                    default=1.0,
                    min=0.1,
                    max=10.0,
                    step=0.1,
                    tooltip="Pixels by which a point may miss its origin when it is followed back, before it is lost.",
                    advanced=True,
                ),
                io.Mask.Input("mask", optional=True, tooltip="For grid and mask: where points may be."),
                io.Tracks.Input("tracks", optional=True, tooltip="For tracks: their points at the start frame."),
            ],
            outputs=[
                io.Tracks.Output(display_name="tracks"),
                io.Int.Output(display_name="lost", tooltip="How many points were not seen to the end."),
            ],
            hidden=[io.Hidden.unique_id],
        )

    @classmethod
    def execute(
        cls,
        *,
        video: Image,
        points: str,
        spacing: float,
        count: int,
        start_frame: int,
        tolerance: float,
        mask: Mask | None = None,
        tracks: Tracks | None = None,
    ) -> io.NodeOutput:
        clip, size = pictures.to_video(video), pictures.size_of(video)
        selected = None if mask is None else pictures.to_masks(mask, size)[0]
        if points == "tracks":
            if tracks is None:
                raise ValueError(_NOT_CONNECTED.format(points))
            paths = trajectories_on(tracks, size).clamp_to_frame()
            starts_px = paths.points_px[min(start_frame, paths.frames - 1)]
        elif points == "mask":
            if selected is None:
                raise ValueError(_NOT_CONNECTED.format(points))
            starts_px = interior_points(selected, count)
        else:
            starts_px = grid_points(size, spacing, spacing / 2, selected)
        tracked = track_points(clip, starts_px, start_frame, tolerance)
        lost = int((~tracked.visible).any(axis=0).sum())
        if not tracked.visible.all(axis=0).any():
            notice(
                f"no point of {len(starts_px)} was seen all the way: choose points on texture, or another start frame",
                cls.hidden.unique_id,
            )
        return io.NodeOutput(tracks_from(tracked), lost)
