"""The pack's own sockets, and the conversion between core's TRACKS and Trajectories."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

import torch
from comfy_api.latest import io
from torch import Tensor

from ...tora_core.motion.adapter import ToraAdapter, ToraSpec
from ...tora_core.paths.trajectories import Trajectories
from ...tora_core.video import Size

if TYPE_CHECKING:
    from comfy.model_patcher import ModelPatcher

Tracks = dict[str, Any]
"""TRACKS: core's ``track_path`` [T, N, 2] px and ``track_visibility`` [T, N], with the pack's ``canvas``."""
Image = Tensor
"""IMAGE: ``[T, H, W, 3]`` in 0..1."""
Mask = Tensor
"""MASK: ``[T, H, W]`` in 0..1."""
Conditioning = list[Any]
Latent = dict[str, Any]
Model: TypeAlias = "ModelPatcher"
Vae = Any
Guider = Any
"""The rest of the host's sockets that nodes pass on."""

ToraModelSocket = io.Custom("TORA_MODEL")
ToraMotionSocket = io.Custom("TORA_MOTION")
OpticalFlowSocket = io.Custom("OPTICAL_FLOW")
"""Core's socket: a ModelPatcher around torchvision's RAFT."""


@dataclass(frozen=True)
class ToraModel:
    """TORA_MODEL: an adapter whose weights ComfyUI moves and frees."""

    patcher: Model
    spec: ToraSpec
    name: str


@dataclass(frozen=True)
class ToraMotion:
    """TORA_MOTION: a motion latent ``[1, 16, T', H/8, W/8]`` on the CPU, and the adapter that reads it."""

    latent: Tensor
    model: ToraModel
    frames: int
    size: Size

    @property
    def adapter(self) -> ToraAdapter:
        """The adapter's module."""
        return self.model.patcher.model


def tracks_from(trajectories: Trajectories) -> Tracks:
    """Converts trajectories to core's TRACKS, with a ``canvas`` entry that holds the video's size."""
    return {
        "track_path": torch.from_numpy(trajectories.points_px).float(),  # [T, N, 2]
        "track_visibility": torch.from_numpy(trajectories.visible),  # [T, N]
        "canvas": tuple(trajectories.canvas),
    }


def trajectories_from(tracks: Tracks, width: int = 0, height: int = 0) -> Trajectories:
    """Reads TRACKS of this pack, of core or of another pack.

    Args:
        tracks: the socket's value.
        width: width of the video in pixels, for TRACKS that carry no size; otherwise 0.
        height: height of the video, in the same way.

    Raises:
        ValueError: the value is not TRACKS, the size is missing, or two sizes differ.
    """
    if not isinstance(tracks, dict) or "track_path" not in tracks:
        raise ValueError(f"expected TRACKS with a track_path, got {type(tracks).__name__}: connect a tracks output")
    points_px = tracks["track_path"].cpu().double()  # [T, N, 2]
    visible = tracks.get("track_visibility")  # [T, N], or [T, 1] for all points
    visible = torch.ones(points_px.shape[:2]) if visible is None else visible.cpu()
    if points_px.ndim != 3 or visible.ndim != 2 or visible.shape[1] not in (1, points_px.shape[1]):
        raise ValueError(
            f"expected TRACKS of points [T, N, 2] and visibility [T, N], got {tuple(points_px.shape)} and "
            f"{tuple(visible.shape)}: connect a node that gives core's TRACKS"
        )
    canvas = tracks.get("canvas")
    if canvas is not None and (width or height) and (width, height) != tuple(canvas):
        raise ValueError(
            f"the TRACKS are for a video of {Size(*canvas)}, width and height are {width}x{height}: "
            "set both to 0 to use the size of the tracks"
        )
    if canvas is None and not (width and height):
        raise ValueError(
            "expected the size of the video, got none, because these TRACKS carry no size: set width and height to "
            "those of the video, here or in a Tora Trajectory Transform before this node"
        )
    return Trajectories(
        points_px.numpy(), visible.bool().expand(points_px.shape[:2]).numpy(), Size(*(canvas or (width, height)))
    )


def trajectories_on(tracks: Tracks, size: Size) -> Trajectories:
    """Reads TRACKS for a video of this size. TRACKS without a size count as pixels of this video.

    Raises:
        ValueError: the value is not TRACKS, or the TRACKS are for another size.
    """
    canvas = tracks.get("canvas") if isinstance(tracks, dict) else None
    if canvas is not None and tuple(canvas) != tuple(size):
        raise ValueError(
            f"the TRACKS are for a video of {Size(*canvas)}, this one is {size}: resize the video, or make new tracks "
            "for it"
        )
    return trajectories_from(tracks, *size)
