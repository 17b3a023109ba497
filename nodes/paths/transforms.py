"""Nodes that say where a path is, and that put several together."""

from __future__ import annotations

from comfy_api.latest import io

from ...tora_core.paths.transforms import (
    MIRRORS,
    PIVOTS,
    SMOOTHINGS,
    Mirror,
    Pivot,
    Smoothing,
    Transform,
    combine,
    smooth,
    transform,
)
from ..host.sockets import Tracks, tracks_from, trajectories_from
from ..inputs import missing_size_inputs


class ToraTrajectoryTransform(io.ComfyNode):
    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="ToraTrajectoryTransform",
            display_name="Tora Trajectory Transform",
            category="Tora/paths",
            description="Moves, scales, turns and mirrors paths, and takes the jitter out of them.",
            search_aliases=["move", "scale", "rotate", "mirror", "flip", "smooth", "jitter", "trajectory"],
            inputs=[
                io.Tracks.Input("tracks", tooltip="The paths; all are transformed alike."),
                io.Float.Input(
                    "move_x", default=0.0, min=-2.0, max=2.0, step=0.01, tooltip="In parts of the frame's width."
                ),
                io.Float.Input(
                    "move_y", default=0.0, min=-2.0, max=2.0, step=0.01, tooltip="In parts of the frame's height."
                ),
                io.Float.Input("scale_x", default=1.0, min=0.0, max=10.0, step=0.01, tooltip="1 keeps the width."),
                io.Float.Input("scale_y", default=1.0, min=0.0, max=10.0, step=0.01, tooltip="1 keeps the height."),
                io.Float.Input("rotation", default=0.0, min=-360.0, max=360.0, step=1.0, tooltip="Degrees, clockwise."),
                io.Combo.Input(
                    "mirror", options=list(MIRRORS), default="none", tooltip="horizontal swaps left and right."
                ),
                io.Combo.Input(
                    "pivot",
                    options=list(PIVOTS),
                    default="own centre",
                    tooltip="What stays in place when a path is scaled, turned or mirrored.",
                ),
                io.Combo.Input(
                    "smoothing",
                    options=list(SMOOTHINGS),
                    default="none",
                    tooltip="Takes jitter out, for tracked or hand-drawn paths; the ends stay where they are.",
                ),
                io.Float.Input(
                    "smoothness", default=0.3, min=0.0, max=1.0, step=0.01, tooltip="How much; 0 changes nothing."
                ),
                *missing_size_inputs(),
            ],
            outputs=[io.Tracks.Output(display_name="tracks")],
        )

    @classmethod
    def execute(
        cls,
        *,
        tracks: Tracks,
        move_x: float,
        move_y: float,
        scale_x: float,
        scale_y: float,
        rotation: float,
        mirror: Mirror,
        pivot: Pivot,
        smoothing: Smoothing,
        smoothness: float,
        width: int,
        height: int,
    ) -> io.NodeOutput:
        smoothed = smooth(trajectories_from(tracks, width, height), smoothing, smoothness)
        how = Transform((move_x, move_y), (scale_x, scale_y), rotation, mirror, pivot)
        return io.NodeOutput(tracks_from(transform(smoothed, how)))


class ToraTrajectoryCombine(io.ComfyNode):
    @classmethod
    def define_schema(cls) -> io.Schema:
        template = io.Autogrow.TemplatePrefix(io.Tracks.Input("tracks"), prefix="tracks", min=1, max=50)
        return io.Schema(
            node_id="ToraTrajectoryCombine",
            display_name="Tora Trajectory Combine",
            category="Tora/paths",
            description="All paths of several TRACKS as one; they need the same frames and size.",
            search_aliases=["merge tracks", "join", "batch tracks", "several paths", "trajectory"],
            inputs=[
                io.Autogrow.Input(
                    "several", template=template, tooltip="TRACKS of the same frames and size; a new slot appears."
                ),
            ],
            outputs=[io.Tracks.Output(display_name="tracks")],
        )

    @classmethod
    def execute(cls, *, several: dict[str, Tracks]) -> io.NodeOutput:
        return io.NodeOutput(tracks_from(combine([trajectories_from(tracks) for tracks in several.values()])))
