"""The pack's own sockets, and the conversion between core's TRACKS and Trajectories."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import torch
from comfy_api.latest import io
from numpy.typing import NDArray
from torch import Tensor

from ...tora_core.cogvideox.rgb_factors import RgbFactors
from ...tora_core.motion.adapter import ToraAdapter, ToraSpec
from ...tora_core.paths.trajectories import Trajectories, tracked_points
from ...tora_core.video import Size
from ..inputs import MAX_SIDE_PX

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
    """TORA_MOTION: a motion latent ``[1, 16, T', H/8, W/8]`` on the CPU, and the adapter that reads it.

    ``colours`` shows the VAE's latents as pictures while sampling. None shows none.
    """

    latent: Tensor
    model: ToraModel
    frames: int
    size: Size
    colours: RgbFactors | None = None

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


def trajectories_from(tracks: Tracks, width: int = 0, height: int = 0, frames: int | None = None) -> Trajectories:
    """Reads TRACKS of this pack, of core or of another pack.

    Args:
        tracks: the socket's value.
        width: width of the video in pixels, for TRACKS that carry no size; otherwise 0.
        height: height of the video, in the same way.
        frames: number of frames of the video, where it is known. Some trackers put the paths first.

    Raises:
        ValueError: the value is not TRACKS, the size is missing, or two sizes differ.
    """
    if not isinstance(tracks, dict) or "track_path" not in tracks:
        raise ValueError(f"expected TRACKS with a track_path, got {type(tracks).__name__}: connect a tracks output")
    canvas = canvas_of(tracks)
    if canvas is not None and (width or height) and (width, height) != canvas:
        raise ValueError(
            f"the TRACKS are for a video of {canvas}, width and height are {width}x{height}: "
            "set both to 0 to use the size of the tracks"
        )
    if canvas is None and not (width and height):
        raise ValueError(
            "expected the size of the video, got none, because these TRACKS carry no size: set width and height to "
            "those of the video, here or in a Tora Trajectory Transform before this node"
        )
    points, visible = to_numbers(tracks["track_path"]), tracks.get("track_visibility")
    confidence = None if visible is None else to_numbers(visible)
    return tracked_points(points, confidence, canvas or Size(width, height), frames)


def canvas_of(tracks: Tracks) -> Size | None:
    """Reads the size that TRACKS carry. None: they carry none.

    Raises:
        ValueError: the size is no width and height of a video.
    """
    canvas = tracks.get("canvas")
    if canvas is None:
        return None
    sides = to_numbers(canvas).ravel()
    if sides.shape != (2,) or not np.isfinite(sides).all() or sides.min() < 1 or sides.max() > MAX_SIDE_PX:
        raise ValueError(
            f"expected TRACKS with a canvas of 1 to {MAX_SIDE_PX} pixels a side, got {canvas!r:.60}: connect other "
            "tracks"
        )
    return Size(*(round(side) for side in sides.tolist()))


def to_numbers(value: Any) -> NDArray[np.float64]:
    """Converts a tensor, an array or lists to an array. None becomes NaN.

    Raises:
        ValueError: the value holds something else than numbers, or lists of different lengths.
    """
    if isinstance(value, Tensor):
        value = value.detach().cpu().double().numpy()
    try:
        return np.array(value, dtype=np.float64)
    except (TypeError, ValueError, OverflowError) as error:
        raise ValueError(
            f"expected TRACKS of numbers, got {type(value).__name__} with other values: connect a node that gives "
            "core's TRACKS"
        ) from error


def trajectories_on(tracks: Tracks, size: Size, frames: int | None = None) -> Trajectories:
    """Reads TRACKS for a video of this size. TRACKS without a size count as pixels of this video.

    ``frames`` is the video's number of frames, where it is known: some trackers put the paths first.

    Raises:
        ValueError: the value is not TRACKS, or the TRACKS are for another size.
    """
    canvas = canvas_of(tracks) if isinstance(tracks, dict) else None
    if canvas is not None and canvas != size:
        raise ValueError(
            f"the TRACKS are for a video of {canvas}, this one is {size}: resize the video, or make new tracks for it"
        )
    return trajectories_from(tracks, *size, frames if canvas is None else None)  # with a size, frames come first
