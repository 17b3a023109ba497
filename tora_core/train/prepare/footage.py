"""A video file's facts, its frames between two moments, and a clip cut out of it; nothing is held in memory whole."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..files import written

if TYPE_CHECKING:
    from av import VideoFrame

_EARLIER_S = 2.0
"""Where seeking lands behind the moment that was asked for, as it may with reordered frames, it is tried from here."""
_THREADS = 4
"""Of FFmpeg, on every machine: x264 writes other bits with another number, and many workers need few each."""
_GAP_FRAMES = 1.5
"""Between neighbouring frames, after something was lost; more is a gap."""
_LARGEST_RATE = 1001
"""Denominator of a rate; averages of a variable one are fractions that no container holds."""


@dataclass(frozen=True)
class Facts:
    """A video's size in px as it is shown, and its frames a second."""

    width: int
    height: int
    fps: Fraction


def facts_of(path: Path) -> Facts:
    """Reads a video's first frame.

    Raises:
        ValueError: no picture in it, no frame, or no rate.
    """
    import av

    with av.open(str(path)) as container:
        if not container.streams.video:
            raise ValueError("there is no picture in it")
        stream = container.streams.video[0]
        rate = stream.average_rate or stream.guessed_rate
        if not rate:
            raise ValueError("it does not say how many frames a second it has")
        first = next(container.decode(stream), None)
        if first is None:
            raise ValueError("there is no frame in it")
        shown = _upright(first)
        fps = Fraction(rate.numerator, rate.denominator).limit_denominator(_LARGEST_RATE)
        return Facts(shown.width, shown.height, fps)


def frames_between(path: Path, start_s: float, end_s: float, fps: float) -> Iterator[tuple[float, VideoFrame]]:
    """Decodes a video's frames from one moment until before another, with the second each is shown at.

    Raises:
        ValueError: a damaged frame, or frames without timestamps.
    """
    half_s = 0.5 / fps
    for earlier_s in (0.0, _EARLIER_S, start_s):
        from_s = max(0.0, start_s - earlier_s)
        late = True
        for time_s, frame, damaged in _frames_from(path, from_s, fps):
            late = late and from_s > 0 and time_s > start_s + half_s
            if late or time_s >= end_s - half_s:
                break
            if time_s >= start_s - half_s:
                if damaged:
                    raise ValueError(f"the frame at {time_s:.2f} s is damaged")
                yield time_s, _upright(frame)
        if not late or from_s == 0:
            return


def write_clip(target: Path, path: Path, start_s: float, end_s: float, facts: Facts, crf: int) -> int:
    """Encodes a part of a video as H.264 of constant rate, its sides rounded down to even ones.

    Frames of a variable rate are repeated or left out, as training counts frames and reads no timestamps.

    Returns:
        Number of frames.
    """
    import av

    width, height = facts.width // 2 * 2, facts.height // 2 * 2
    count, first_s = 0, None

    def encode(part: Path) -> None:
        nonlocal count, first_s
        with av.open(str(part), "w", format="mp4") as container:
            stream: Any = container.add_stream("libx264", rate=facts.fps, options={"crf": str(crf)})
            stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
            stream.codec_context.thread_count = _THREADS
            for time_s, frame in frames_between(path, start_s, end_s, float(facts.fps)):
                if first_s is None:
                    first_s = time_s
                    _keep_colours(frame, stream.codec_context)
                picture = frame.reformat(width, height, "yuv420p")
                picture.time_base = 1 / facts.fps
                while count <= round((time_s - first_s) * facts.fps):
                    picture.pts = count
                    picture.pict_type = av.video.frame.PictureType.NONE  # else keyframes are where the source had them
                    container.mux(stream.encode(picture))
                    count += 1
            container.mux(stream.encode())

    written(target, encode)
    return count


def pixels_of(frame: VideoFrame, longer_px: int) -> np.ndarray:
    """A frame scaled down until its longer side has at most so many pixels -> ``[H, W, 3]`` uint8 RGB."""
    scale = min(1.0, longer_px / max(frame.width, frame.height))
    width, height = (max(1, round(side * scale)) for side in (frame.width, frame.height))
    return frame.reformat(width, height, "rgb24", interpolation="AREA").to_ndarray()


def _frames_from(path: Path, start_s: float, fps: float) -> Iterator[tuple[float, VideoFrame, bool]]:
    """Frames from the last keyframe that a seek finds before a moment, or from the video's first.

    A packet that cannot be decoded is passed over, as frames from before it are still to come. The frame after the gap
    is said to be damaged, as is one whose lost parts FFmpeg has filled with pixels of others.
    """
    import av

    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        stream.thread_type, stream.codec_context.thread_count = "AUTO", _THREADS
        if stream.time_base is None:
            raise ValueError("its timestamps have no unit")
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
                    raise ValueError("its frames have no timestamps: put it in another container")
                time_s = float((frame.pts - begin) * unit_s)
                gap = lost and last_s is not None and time_s - last_s > _GAP_FRAMES / fps
                yield time_s, frame, frame.is_corrupt or gap
                last_s = time_s


def _upright(frame: VideoFrame) -> VideoFrame:
    """Turned as a phone says it was held; training reads pixels, not what is said about them."""
    quarters = round(getattr(frame, "rotation", 0) / 90) % 4
    if not quarters:
        return frame
    from av import VideoFrame

    pixels: NDArray[np.uint8] = np.rot90(frame.to_ndarray(format="rgb24"), quarters)
    return VideoFrame.from_ndarray(np.ascontiguousarray(pixels), format="rgb24")


def _keep_colours(frame: VideoFrame, codec: Any) -> None:
    """Without these, a player and OpenCV would guess other colours for the clip than for its source."""
    codec.colorspace, codec.color_range = frame.colorspace, frame.color_range
    codec.color_primaries, codec.color_trc = frame.color_primaries, frame.color_trc
