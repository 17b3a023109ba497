"""The node that follows points through a video."""

from __future__ import annotations

from comfy_api.latest import io

from ...tora_core.paths.masks import interior_points
from ...tora_core.paths.tracking import grid_points, track_points
from ...tora_core.paths.trajectories import Size
from ..host import pictures
from ..host.notice import notice
from ..sockets import tracks_from, trajectories_on

START_POINTS = ("grid", "mask", "tracks")


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
    def execute(cls, video, points, spacing, count, start_frame, tolerance, mask=None, tracks=None) -> io.NodeOutput:
        clip = pictures.levels(video)
        size = Size(clip.shape[2], clip.shape[1])
        selected = None if mask is None else pictures.mask_of(mask, size)[0]
        if (points == "tracks" and tracks is None) or (points == "mask" and selected is None):
            raise ValueError(f"expected {points} to start from, got none: connect {points}, or choose another start")
        if points == "tracks":
            paths = trajectories_on(tracks, size).clamped()
            starts_px = paths.points_px[min(start_frame, paths.frames - 1)]
        elif points == "mask":
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
