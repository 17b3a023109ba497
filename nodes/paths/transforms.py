"""Nodes that transform and combine paths."""

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
from ..node import ToraNode


class ToraTrajectoryTransform(ToraNode):
    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="ToraTrajectoryTransform",
            display_name="Tora Trajectory Transform",
            category="Tora/paths",
            description="Moves, scales, rotates, mirrors and smooths paths.",
            search_aliases=["move", "scale", "rotate", "mirror", "flip", "smooth", "jitter", "trajectory"],
            inputs=[
                io.Tracks.Input("tracks", tooltip="Paths to transform. All get the same change."),
                io.Float.Input(
                    "move_x",
                    default=0.0,
                    min=-2.0,
                    max=2.0,
                    step=0.01,
                    tooltip="Moves the paths right. 1 is the frame's width.",
                ),
                io.Float.Input(
                    "move_y",
                    default=0.0,
                    min=-2.0,
                    max=2.0,
                    step=0.01,
                    tooltip="Moves the paths down. 1 is the frame's height.",
                ),
                io.Float.Input(
                    "scale_x",
                    default=1.0,
                    min=0.0,
                    max=10.0,
                    step=0.01,
                    tooltip="Factor for the width of each path. 1 keeps it.",
                ),
                io.Float.Input(
                    "scale_y",
                    default=1.0,
                    min=0.0,
                    max=10.0,
                    step=0.01,
                    tooltip="Factor for the height of each path. 1 keeps it.",
                ),
                io.Float.Input(
                    "rotation",
                    default=0.0,
                    min=-360.0,
                    max=360.0,
                    step=1.0,
                    tooltip="Turns the paths clockwise, in degrees.",
                ),
                io.Combo.Input(
                    "mirror",
                    options=list(MIRRORS),
                    default="none",
                    tooltip="Mirrors the paths. none: keeps them. horizontal: swaps left and right. vertical: swaps "
                    "top and bottom. both: swaps both.",
                ),
                io.Combo.Input(
                    "pivot",
                    options=list(PIVOTS),
                    default="own centre",
                    tooltip="Point that stays in place. own centre: uses the centre of each path. first point: uses "
                    "where each path starts. frame centre: uses the middle of the frame.",
                ),
                io.Combo.Input(
                    "smoothing",
                    options=list(SMOOTHINGS),
                    default="none",
                    tooltip="Removes jitter from tracked or hand-drawn paths. The first and last points stay in "
                    "place. none: keeps the path. savitzky-golay: fits a parabola around each frame. spline: fits one "
                    "smooth curve.",
                ),
                io.Float.Input(
                    "smoothness",
                    default=0.3,
                    min=0.0,
                    max=1.0,
                    step=0.01,
                    tooltip="Strength of smoothing, 0..1. 0 changes nothing.",
                ),
                *missing_size_inputs(),
            ],
            outputs=[io.Tracks.Output(display_name="tracks", tooltip="Transformed paths.")],
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
        change = Transform((move_x, move_y), (scale_x, scale_y), rotation, mirror, pivot)
        return io.NodeOutput(tracks_from(transform(smoothed, change)))


class ToraTrajectoryCombine(ToraNode):
    @classmethod
    def define_schema(cls) -> io.Schema:
        template = io.Autogrow.TemplatePrefix(io.Tracks.Input("tracks"), prefix="tracks", min=1, max=50)
        return io.Schema(
            node_id="ToraTrajectoryCombine",
            display_name="Tora Trajectory Combine",
            category="Tora/paths",
            description="Joins the paths of several TRACKS into one.",
            search_aliases=["merge tracks", "join", "batch tracks", "several paths", "trajectory"],
            inputs=[
                io.Autogrow.Input(
                    "several",
                    template=template,
                    tooltip="TRACKS to join, with the same frames and size. A new slot appears after each connection.",
                ),
            ],
            outputs=[io.Tracks.Output(display_name="tracks", tooltip="All paths, in the order of the slots.")],
        )

    @classmethod
    def execute(cls, *, several: dict[str, Tracks]) -> io.NodeOutput:
        return io.NodeOutput(tracks_from(combine([trajectories_from(tracks) for tracks in several.values()])))
