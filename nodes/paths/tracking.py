"""The node that tracks points in a video."""

from __future__ import annotations

from comfy_api.latest import io

from ...tora_core.paths.grid import grid_points
from ...tora_core.paths.masks import interior_points
from ...tora_core.paths.tracking import track_points
from ...tora_core.paths.trajectories import Trajectories
from ..host import pictures
from ..host.notice import notice
from ..host.sockets import Image, Mask, Tracks, tracks_from, trajectories_on
from ..node import ToraNode

TRACKED = "tracked already"
START_POINTS = ("grid", "mask", "tracks", TRACKED)
_NOT_CONNECTED = "expected {0} for the start points, got none: connect {0}, or choose another option in points"


class ToraTrajectoryFromVideo(ToraNode):
    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="ToraTrajectoryFromVideo",
            display_name="Tora Trajectory From Video",
            category="Tora/paths",
            description="Tracks points in a video and returns their paths.",
            search_aliases=[
                "tracker",
                "point tracking",
                "optical flow",
                "motion transfer",
                "lucas kanade",
                "cotracker",
            ],
            inputs=[
                io.Image.Input("video", tooltip="Video to track. At least 2 frames, in the size of the new video."),
                io.Combo.Input(
                    "points",
                    options=list(START_POINTS),
                    default="grid",
                    tooltip="Which points are tracked. grid: covers the frame, or the mask if connected. mask: places "
                    "count points inside the mask. tracks: takes the points of tracks at the start frame. tracked "
                    "already: takes the whole tracks of another tracker, such as CoTracker.",
                ),
                io.Float.Input(
                    "spacing",
                    default=64.0,
                    min=4.0,
                    max=1024.0,
                    step=1.0,
                    tooltip="Distance between points in pixels. Used by grid only.",
                ),
                io.Int.Input("count", default=8, min=1, max=256, tooltip="Number of points. Used by mask only."),
                io.Int.Input(
                    "start_frame",
                    default=0,
                    min=0,
                    max=1024,
                    tooltip="Frame in which the points are placed, from 0. They are tracked forwards and backwards.",
                ),
                io.Float.Input(
                    "tolerance",
                    default=1.0,
                    min=0.1,
                    max=10.0,
                    step=0.1,
                    tooltip="Allowed error in pixels when a step is tracked back. Raise it if too many points are "
                    "lost.",
                    advanced=True,
                ),
                io.Mask.Input(
                    "mask",
                    optional=True,
                    tooltip="White area in which points start. For grid and mask. Of several masks, the first is used.",
                ),
                io.Tracks.Input(
                    "tracks", optional=True, tooltip="Paths that give the points, or what another tracker found."
                ),
            ],
            outputs=[
                io.Tracks.Output(display_name="tracks", tooltip="One path per point. A lost point becomes invisible."),
                io.Int.Output(display_name="lost", tooltip="Number of points that are not visible in every frame."),
            ],
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
        if points in ("tracks", TRACKED):
            if tracks is None:
                raise ValueError(_NOT_CONNECTED.format("tracks"))
            if points == TRACKED:
                return _check_tracked(trajectories_on(tracks, size, len(clip)), len(clip))
            paths = trajectories_on(tracks, size).clamp_to_frame()
            starts_px = paths.points_px[min(start_frame, paths.frames - 1)]
        elif points == "mask":
            if selected is None:
                raise ValueError(_NOT_CONNECTED.format(points))
            starts_px = interior_points(selected, count)
        else:
            starts_px = grid_points(size, spacing, spacing / 2, selected)
        tracked = track_points(clip, starts_px, start_frame, tolerance)
        if not tracked.visible.all(axis=0).any():
            notice(
                f"no point of {len(starts_px)} is visible in every frame: choose points on texture, or another start "
                "frame"
            )
        return io.NodeOutput(tracks_from(tracked), _count_lost(tracked))


def _check_tracked(tracked: Trajectories, frames: int) -> io.NodeOutput:
    """Gives the tracks of another tracker, if they are of this video."""
    if tracked.frames != frames:
        raise ValueError(
            f"expected tracks of {frames} frames, as the video has, got {tracked.frames}: connect the tracks of this "
            "video"
        )
    return io.NodeOutput(tracks_from(tracked), _count_lost(tracked))


def _count_lost(tracked: Trajectories) -> int:
    """Counts the points that are not visible in every frame."""
    return int((~tracked.visible).any(axis=0).sum())
