"""Reads video files with PyAV: all frames, the first frames, or the frames between two times."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

if TYPE_CHECKING:
    from av import VideoFrame

VIDEO_SUFFIXES = (".mp4", ".webm", ".mov")
THREADS = 4
"""FFmpeg threads per video. The number is fixed because x264's output depends on it."""
_EARLIER_S = 2.0
"""Seconds to seek earlier when a seek lands after the start time, which happens with reordered frames."""
_GAP_FRAMES = 1.5
"""Largest distance in frames between two frames after a lost packet. A larger distance is a gap."""
_LARGEST_RATE = 1001
"""Largest denominator of a frame rate. The average of a variable rate can be a fraction that no container can store."""


@dataclass(frozen=True)
class VideoFacts:
    """Size of a video in pixels after rotation, and its frames per second."""

    width: int
    height: int
    fps: Fraction


def read_video(path: Path) -> Tensor:
    """Decodes a whole video to ``[T, H, W, 3]`` uint8.

    Raises:
        ValueError: the file is not a video, or cannot be decoded.
    """
    frames = [_to_tensor(frame) for frame in _decode(path)]
    if not frames:
        raise ValueError(f"expected a video, got {path.name} without a frame: encode it again")
    return torch.stack(frames)


def read_first_frames(path: Path, frames: int, fps: float | None = None) -> Tensor:
    """Decodes the first frames of a video to ``[T, H, W, 3]`` uint8. Stops after the last frame that is needed.

    Args:
        path: the video.
        frames: number of frames, T.
        fps: frames per second to take. None takes all frames.

    Raises:
        ValueError: the file cannot be decoded, or is too short.
    """
    taken: list[Tensor] = []
    frame_step = 1.0
    with _open(path) as (_, stream):
        if fps and stream.average_rate:
            frame_step = max(1.0, float(stream.average_rate) / fps)
    for number, frame in enumerate(_decode(path)):
        if number < round(len(taken) * frame_step):
            continue
        taken.append(_to_tensor(frame))
        if len(taken) == frames:
            return torch.stack(taken)
    rate = f" at {fps:g} per second" if fps else ""
    raise ValueError(f"expected at least {frames} frames{rate} in {path.name}, got {len(taken)}: use a longer video")


def read_facts(path: Path) -> VideoFacts:
    """Reads the size and the frame rate of a video. Decodes one frame.

    Raises:
        ValueError: the file has no video stream, no frame or no frame rate.
    """
    with _open(path) as (container, stream):
        rate = stream.average_rate or stream.guessed_rate
        if not rate:
            raise ValueError(f"expected a frame rate in {path.name}, got none: encode it again")
        first = next(container.decode(stream), None)
        if first is None:
            raise ValueError(f"expected a video, got {path.name} without a frame: encode it again")
        shown = _rotate_upright(first)
        fps = Fraction(rate.numerator, rate.denominator).limit_denominator(_LARGEST_RATE)
        return VideoFacts(shown.width, shown.height, fps)


def read_frames_between(path: Path, start_s: float, end_s: float, fps: float) -> Iterator[tuple[float, VideoFrame]]:
    """Decodes the frames from ``start_s`` up to, not including, ``end_s``.

    Args:
        path: the video.
        start_s: time of the first frame in seconds.
        end_s: time to stop before, in seconds.
        fps: frame rate of the video.

    Yields:
        Time in seconds and frame.

    Raises:
        ValueError: a frame is damaged, or the frames have no timestamps.
    """
    half_s = 0.5 / fps
    for earlier_s in (0.0, _EARLIER_S, start_s):
        from_s = max(0.0, start_s - earlier_s)
        late = True  # whether all frames so far come after the start time
        for time_s, frame, damaged in _decode_from(path, from_s, fps):
            late = late and from_s > 0 and time_s > start_s + half_s
            if late or time_s >= end_s - half_s:
                break
            if time_s >= start_s - half_s:
                if damaged:
                    raise ValueError(f"the frame at {time_s:.2f} s is damaged")
                yield time_s, _rotate_upright(frame)
        if not late or from_s == 0:
            return


def scale_frame(frame: VideoFrame, longer_px: int) -> np.ndarray:
    """Scales a frame down until its longer side has at most ``longer_px`` pixels. Returns ``[H, W, 3]`` uint8 RGB."""
    scale = min(1.0, longer_px / max(frame.width, frame.height))
    width, height = (max(1, round(side * scale)) for side in (frame.width, frame.height))
    return frame.reformat(width, height, "rgb24", interpolation="AREA").to_ndarray()


@contextlib.contextmanager
def _open(path: Path) -> Iterator[tuple[Any, Any]]:
    """Opens a container and its first video stream. FFmpeg's errors become ValueErrors."""
    import av

    try:
        with av.open(str(path)) as container:
            if not container.streams.video:
                raise ValueError(f"expected a video, got {path.name} without a video stream: encode it again")
            yield container, container.streams.video[0]
    except av.FFmpegError as error:
        raise ValueError(
            f"expected a video, got {path.name}, which cannot be decoded ({error.strerror}): encode it again"
        ) from error


def _decode(path: Path) -> Iterator[VideoFrame]:
    """Decodes all frames in order and rotates them upright."""
    with _open(path) as (container, stream):
        for frame in container.decode(stream):
            yield _rotate_upright(frame)


def _decode_from(path: Path, start_s: float, fps: float) -> Iterator[tuple[float, VideoFrame, bool]]:
    """Decodes frames from the last keyframe that a seek finds before ``start_s``, or from the start of the video.

    Skips packets that cannot be decoded, because frames from earlier packets may still follow. A frame counts as
    damaged if it follows a gap, or if FFmpeg filled lost parts of it with pixels of other frames.

    Yields:
        Time in seconds, frame, and whether the frame is damaged.
    """
    import av

    with _open(path) as (container, stream):
        stream.thread_type, stream.codec_context.thread_count = "AUTO", THREADS
        if stream.time_base is None:
            raise ValueError(f"expected a unit of time in {path.name}, got none: encode it again")
        unit_s = Fraction(stream.time_base.numerator, stream.time_base.denominator)
        begin = stream.start_time or 0
        if start_s > 0:
            container.seek(begin + int(start_s / unit_s), stream=stream)
        lost, last_s = False, None
        for packet in container.demux(stream):
            try:
                frames = packet.decode()
            except av.error.InvalidDataError:
                lost = True
                continue
            for frame in frames:
                if frame.pts is None:
                    raise ValueError(f"expected timestamps in {path.name}, got none: encode it again as MP4")
                time_s = float((frame.pts - begin) * unit_s)
                gap = lost and last_s is not None and time_s - last_s > _GAP_FRAMES / fps
                yield time_s, frame, frame.is_corrupt or gap
                last_s = time_s


def _rotate_upright(frame: VideoFrame) -> VideoFrame:
    """Rotates a frame as its rotation metadata says, because training reads only the pixels."""
    quarters = round(getattr(frame, "rotation", 0) / 90) % 4
    if not quarters:
        return frame
    from av import VideoFrame

    pixels: NDArray[np.uint8] = np.rot90(frame.to_ndarray(format="rgb24"), quarters)
    return VideoFrame.from_ndarray(np.ascontiguousarray(pixels), format="rgb24")


def _to_tensor(frame: VideoFrame) -> Tensor:
    return torch.from_numpy(frame.to_ndarray(format="rgb24"))
