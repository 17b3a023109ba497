"""Writes H.264 videos with PyAV, from a tensor or from a part of another video."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

from torch import Tensor

from .files import write_whole
from .video_reader import THREADS, VideoFacts, read_frames_between

if TYPE_CHECKING:
    from av import VideoFrame

_CRF = 16
"""Constant rate factor of videos written from tensors. 0 is lossless, 51 is the worst quality."""


def write_mp4(path: Path, video: Tensor, fps: int = 8) -> None:
    """Writes ``[T, H, W, 3]`` uint8 as H.264. Both sides must be even."""
    import av

    _, height, width, _ = video.shape

    def encode(part: Path) -> None:
        with _open_h264(part, width, height, Fraction(fps), _CRF) as (container, stream):
            for frame in video:
                container.mux(stream.encode(av.VideoFrame.from_ndarray(frame.numpy(), format="rgb24")))

    write_whole(path, encode)


def write_clip(target: Path, path: Path, start_s: float, end_s: float, facts: VideoFacts, crf: int) -> int:
    """Writes a part of a video as H.264 with a constant frame rate. Rounds both sides down to even numbers.

    At a variable frame rate, frames are repeated or dropped, because training counts frames and ignores timestamps.

    Args:
        target: the new file.
        path: the video to read.
        start_s: time of the first frame in seconds.
        end_s: time to stop before, in seconds.
        facts: size and frame rate of the video.
        crf: constant rate factor, 0 (lossless) to 51.

    Returns:
        The number of frames.
    """
    import av

    width, height = facts.width // 2 * 2, facts.height // 2 * 2
    count, first_s = 0, None

    def encode(part: Path) -> None:
        nonlocal count, first_s
        with _open_h264(part, width, height, facts.fps, crf) as (container, stream):
            for time_s, frame in read_frames_between(path, start_s, end_s, float(facts.fps)):
                if first_s is None:
                    first_s = time_s
                    _keep_colours(frame, stream.codec_context)
                picture = frame.reformat(width, height, "yuv420p")
                picture.time_base = 1 / facts.fps
                while count <= round((time_s - first_s) * facts.fps):
                    picture.pts = count
                    # Without this, the encoder repeats the keyframes of the source.
                    picture.pict_type = av.video.frame.PictureType.NONE
                    container.mux(stream.encode(picture))
                    count += 1

    write_whole(target, encode)
    return count


@contextmanager
def _open_h264(path: Path, width: int, height: int, fps: Fraction, crf: int) -> Iterator[tuple[Any, Any]]:
    """Opens a container with one H.264 stream. Writes the encoder's last packets at the end."""
    import av

    with av.open(str(path), "w", format="mp4") as container:
        # x264's macroblock tree rounds differently from run to run (measured), and the same set must give equal files.
        options = {"crf": str(crf), "x264-params": "no-mbtree=1"}
        stream: Any = container.add_stream("libx264", rate=fps, options=options)
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        stream.codec_context.thread_count = THREADS
        yield container, stream
        container.mux(stream.encode())


def _keep_colours(frame: VideoFrame, codec: Any) -> None:
    """Copies the colour space. Without it, a player or OpenCV may show different colours."""
    codec.colorspace, codec.color_range = frame.colorspace, frame.color_range
    codec.color_primaries, codec.color_trc = frame.color_primaries, frame.color_trc
