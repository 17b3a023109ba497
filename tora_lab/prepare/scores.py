"""How much a clip moves, and how much of that is its camera, from a handful of its frames."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

from tora_core.flow.optical_flow import optical_flow, split_camera

from ..media.video_reader import read_frames_between, scale_frame
from .scenes import Span

if TYPE_CHECKING:
    from av import VideoFrame

WORKING_PX = 360
"""Longer side of the frames that flow is measured in."""
REPORTED_PX = 720
"""Longer side of the frames that flow is reported in: CogVideoX's width."""
STILL_PX = 768
"""Longer side of the frames that models see."""


@dataclass(frozen=True)
class ClipMotion:
    """What was seen of a clip.

    Args:
        frames: how many it has.
        flow_score: mean |flow| in px per frame at the given rate, on a canvas whose longer side is 720 px; None where
            there are not two frames.
        camera_share: of that flow, 0..1.
        stills: ``[H, W, 3]`` uint8 RGB each, spread over the clip.
    """

    frames: int
    flow_score: float | None
    camera_share: float | None
    stills: list[np.ndarray]


def measure_motion(path: Path, span: Span, source_fps: float, fps: float, pairs: int, stills: int = 0) -> ClipMotion:
    """Measures flow (DIS) between pairs of frames that are ``1 / fps`` seconds apart, spread evenly over a clip.

    Frames are scaled down to 360 px on their longer side, and flow back up to 720. Where a video has no frame at just
    that distance, as 30 a second have none for 8, flow is scaled by time.

    Args:
        path: of the video.
        span: of the clip in it.
        source_fps: of the video.
        fps: of the frames that flow is given for.
        pairs: at most; fewer where the clip is short.
        stills: frames that are also kept larger, for models.
    """
    apart_s = min(1 / fps, span.seconds)
    firsts_s = _spread(span.start_s, span.end_s - apart_s, pairs)
    moments = {time_s + later_s for time_s in firsts_s for later_s in (0.0, apart_s)}
    small = _Picker(sorted(moments), WORKING_PX, 0.5 / source_fps)
    large = _Picker(_spread(span.start_s, span.end_s, stills), STILL_PX, 0.5 / source_fps)
    frames = 0
    for frames, (time_s, frame) in enumerate(read_frames_between(path, *span, source_fps), 1):  # noqa: B007
        small.offer(time_s, frame)
        large.offer(time_s, frame)
    flows = []
    for first_s in firsts_s:
        start, end = (small.found.get(time_s) for time_s in (first_s, first_s + apart_s))
        if start and end and end[0] > start[0]:
            pair = torch.from_numpy(np.stack([start[1], end[1]]))  # [2, H, W, 3]
            flows.append(optical_flow(pair)[1] / (fps * (end[0] - start[0])))
    pictures = [picture for _, picture in large.found.values()]
    if not flows:
        return ClipMotion(frames, None, None, pictures)
    flow = torch.stack(flows)  # [pairs, H, W, 2]
    scale = REPORTED_PX / max(flow.shape[1:3])
    return ClipMotion(frames, flow_score(flow) * scale, camera_share(flow), pictures)


def flow_score(flow: Tensor) -> float:
    """Mean |flow| of ``[T, H, W, 2]``, in its own pixels."""
    return float(flow.norm(dim=-1).mean())


def camera_share(flow: Tensor) -> float:
    """How much of ``[T, H, W, 2]`` a camera explains: 1 - mean |flow without the camera's| / mean |flow|.

    The camera's flow is that of the homography that most of a frame agrees with (``split_camera``). 0 is a camera that
    stands still, 1 one that makes all the motion; something that fills most of the frame and moves as one plane counts
    as the camera too.
    """
    whole = flow_score(flow)
    if not whole:
        return 0.0
    return min(1.0, max(0.0, 1 - flow_score(split_camera(flow, "remove")) / whole))


class _Picker:
    """Takes the first frame at or after each of some moments, scaled down."""

    def __init__(self, moments_s: list[float], longer_px: int, half_frame_s: float) -> None:
        self.moments_s, self.longer_px, self.half_frame_s = moments_s, longer_px, half_frame_s
        self.found: dict[float, tuple[float, np.ndarray]] = {}

    def offer(self, time_s: float, frame: VideoFrame) -> None:
        picture = None
        while self.moments_s and time_s >= self.moments_s[0] - self.half_frame_s:
            if picture is None:
                picture = scale_frame(frame, self.longer_px)
            self.found[self.moments_s.pop(0)] = (time_s, picture)


def _spread(start_s: float, end_s: float, count: int) -> list[float]:
    """The middles of equal parts."""
    return [start_s + (end_s - start_s) * (part + 0.5) / count for part in range(count)]
