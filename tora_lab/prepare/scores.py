"""Measures how much a clip moves, and which share of it is camera motion, from a few pairs of frames."""

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
"""Longer side of the frames that flow is measured on."""
REPORTED_PX = 720
"""Longer side of the frames that flow is reported for. It is CogVideoX's width."""
STILL_PX = 768
"""Longer side of the frames that the aesthetic model and the captioner get."""


@dataclass(frozen=True)
class ClipMotion:
    """Motion of a clip, its number of frames, and stills for models.

    Args:
        frames: number of frames in the clip.
        flow_score: mean |flow| in px per frame at the given rate, for a frame whose longer side is 720 px. None if the
            clip has fewer than two different frames.
        camera_share: share of the flow that the camera explains, 0..1. None if there is no flow.
        stills: frames ``[H, W, 3]`` uint8 RGB, evenly spread over the clip.
    """

    frames: int
    flow_score: float | None
    camera_share: float | None
    stills: list[np.ndarray]


def measure_motion(path: Path, span: Span, source_fps: float, fps: float, pairs: int, stills: int = 0) -> ClipMotion:
    """Measures optical flow (DIS) between pairs of frames that are ``1 / fps`` seconds apart, spread over a clip.

    Frames are scaled to 360 px on their longer side, and the flow is scaled back up to 720 px. A video at 30 fps has no
    frames exactly 1/8 s apart. Then the nearest frames are used, and the flow is scaled by their distance in time.

    Args:
        path: the video.
        span: the clip's part of the video.
        source_fps: frames per second of the video.
        fps: frames per second that flow is reported for.
        pairs: largest number of pairs. A short clip gives fewer.
        stills: number of larger frames to return for models.
    """
    apart_s = min(1 / fps, span.seconds)
    firsts_s = _spread_times(span.start_s, span.end_s - apart_s, pairs)
    moments = {time_s + later_s for time_s in firsts_s for later_s in (0.0, apart_s)}
    small = _Picker(sorted(moments), WORKING_PX, 0.5 / source_fps)
    large = _Picker(_spread_times(span.start_s, span.end_s, stills), STILL_PX, 0.5 / source_fps)
    frames = 0
    for frames, (time_s, frame) in enumerate(read_frames_between(path, *span, source_fps), 1):  # noqa: B007
        small.offer(time_s, frame)
        large.offer(time_s, frame)
    flows = []
    for first_s in firsts_s:
        start, end = (small.found.get(time_s) for time_s in (first_s, first_s + apart_s))
        if start and end and end[0] > start[0]:
            pair = torch.from_numpy(np.stack([start[1], end[1]]))  # [2, H, W, 3]
            flows.append(optical_flow(pair, quality="best")[1] / (fps * (end[0] - start[0])))
    pictures = [picture for _, picture in large.found.values()]
    if not flows:
        return ClipMotion(frames, None, None, pictures)
    flow = torch.stack(flows)  # [pairs, H, W, 2]
    scale = REPORTED_PX / max(flow.shape[1:3])
    return ClipMotion(frames, flow_score(flow) * scale, camera_share(flow), pictures)


def flow_score(flow: Tensor) -> float:
    """Computes the mean |flow| of ``[T, H, W, 2]`` in its own pixels."""
    return float(flow.norm(dim=-1).mean())


def camera_share(flow: Tensor) -> float:
    """Computes the camera's share of flow ``[T, H, W, 2]``: 1 - mean |flow without camera| / mean |flow|.

    The camera's flow follows the homography that fits most of a frame (``split_camera``). 0 means a still camera, and
    1 means that the camera causes all motion. An object that fills most of the frame counts as camera if it moves as
    one plane.
    """
    whole = flow_score(flow)
    if not whole:
        return 0.0
    return min(1.0, max(0.0, 1 - flow_score(split_camera(flow, "remove")) / whole))


class _Picker:
    """Keeps the first frame at or after each given moment, scaled down."""

    def __init__(self, moments_s: list[float], longer_px: int, half_frame_s: float) -> None:
        self.moments_s, self.longer_px, self.half_frame_s = moments_s, longer_px, half_frame_s
        self.found: dict[float, tuple[float, np.ndarray]] = {}

    def offer(self, time_s: float, frame: VideoFrame) -> None:
        picture = None
        while self.moments_s and time_s >= self.moments_s[0] - self.half_frame_s:
            if picture is None:
                picture = scale_frame(frame, self.longer_px)
            self.found[self.moments_s.pop(0)] = (time_s, picture)


def _spread_times(start_s: float, end_s: float, count: int) -> list[float]:
    """Splits a time range into equal parts and returns their middles."""
    return [start_s + (end_s - start_s) * (part + 0.5) / count for part in range(count)]
