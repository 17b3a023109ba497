"""Prepares one raw video: finds its scenes, measures clips and writes the good ones. Workers run this per video."""

from __future__ import annotations

import errno
import logging
from dataclasses import replace
from pathlib import Path

from ..media.files import write_text
from ..media.video_reader import VideoFacts, read_facts
from ..media.video_writer import write_clip
from .manifest import CaptionSource, ClipRecord, make_key, write_shard
from .models import load_aesthetic, load_captioner
from .scenes import Span, find_scenes, split_long
from .scores import ClipMotion, measure_motion
from .settings import PrepareSettings

logger = logging.getLogger(__name__)

_MACHINE_ERRORS = frozenset(
    {
        *(errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EFBIG, errno.EIO, errno.ENODEV, errno.ENXIO, errno.ESTALE),
        *(errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.ENOTCONN, errno.ETIMEDOUT),
    }
)
"""Errors of the disk, of memory or of open files. They stop the run instead of blaming the video; the next run resumes
there."""
_MIN_FRAME_SHARE = 0.5
"""Least share of the frames expected from a clip's rate and length. Below it, the timestamps have gaps."""


def prepare_video(path: Path, out: Path, settings: PrepareSettings, root: Path | None = None) -> list[ClipRecord]:
    """Turns one raw video into clips, labels and a shard of the manifest. Repeating it writes the same files.

    A problem with the video becomes a record with its reason.

    Args:
        path: the raw video. ``NAME.txt`` beside it captions all its clips if the settings name no captioner, or if the
            captioner writes nothing.
        out: folder of the training set.
        settings: thresholds and models.
        root: the raw folder. The manifest names a source by its path relative to it. None is the video's own folder.

    Raises:
        OSError: the disk fails, is full or read-only, or the machine has no more memory or open files.
        MemoryError: there is no more memory.
        Exception: a model fails.
    """
    source = path.relative_to(root or path.parent).as_posix()
    try:
        facts = read_facts(path)
        scenes = find_scenes(path, settings.cut_threshold)
    except _list_video_errors() as error:
        records = [ClipRecord(source, dropped=(_describe_error(error),))]
    else:
        spans = [span for scene in scenes for span in split_long(scene, settings.max_seconds)]
        records = [_prepare_clip(path, source, out, settings, facts, span, number) for number, span in enumerate(spans)]
    write_shard(out, source, records)
    return records


def _prepare_clip(
    path: Path, source: str, out: Path, settings: PrepareSettings, facts: VideoFacts, span: Span, number: int
) -> ClipRecord:
    """Measures a clip, cheap scores first, and writes it if it is good."""
    record = ClipRecord(
        source,
        start_s=round(span.start_s, 4),
        end_s=round(span.end_s, 4),
        width=facts.width,
        height=facts.height,
        fps=round(float(facts.fps), 4),
    )
    stills = settings.stills if settings.needs_models else 0
    try:
        motion = measure_motion(path, span, float(facts.fps), settings.fps, settings.pairs, stills)
    except _list_video_errors() as error:
        return replace(record, dropped=(_describe_error(error),))
    dropped = _find_drop_reasons(settings, facts, span, motion)
    record = replace(
        record,
        frames=motion.frames,
        flow_score=_round(motion.flow_score),
        camera_share=_round(motion.camera_share),
        dropped=tuple(dropped),
    )
    if dropped:
        return record
    if aesthetic := load_aesthetic(settings):
        score = aesthetic.score(motion.stills)
        record = replace(record, aesthetic=_round(score))
        if score < settings.min_aesthetic:
            return replace(record, dropped=(f"aesthetic: {score:.2f}, expected {settings.min_aesthetic:g}",))
    name = f"{make_key(source)}-{number:04d}"
    caption, caption_source = _find_caption(path, settings, motion)
    label = out / "labels" / f"{name}.txt"
    try:
        if caption:
            write_text(label, caption + "\n")
        frames = write_clip(out / "videos" / f"{name}.mp4", path, *span, facts, settings.crf)
    except _list_video_errors() as error:
        label.unlink(missing_ok=True)
        return replace(record, dropped=(_describe_error(error),))
    return replace(record, clip=name, frames=frames, caption_source=caption_source, kept=True)


def _find_drop_reasons(settings: PrepareSettings, facts: VideoFacts, span: Span, motion: ClipMotion) -> list[str]:
    """Lists the reasons to drop a clip that need no model: size, length, rate, missing frames, flow and camera."""
    fps, side_px = float(facts.fps), min(facts.width, facts.height)
    reasons = []
    if side_px < settings.min_side_px:
        reasons.append(f"size: {facts.width}x{facts.height} px, expected {settings.min_side_px} px or more")
    if span.seconds < settings.min_seconds:
        reasons.append(f"length: {span.seconds:.2f} s, expected {settings.min_seconds:g} s or more")
    if fps < settings.fps - 0.01:
        reasons.append(f"rate: {fps:.2f} frames per second, expected {settings.fps:g} or more")
    if motion.frames < _MIN_FRAME_SHARE * span.seconds * fps:
        reasons.append(f"broken: {motion.frames} frames in {span.seconds:.2f} s, expected {span.seconds * fps:.0f}")
    if motion.flow_score is None or motion.camera_share is None:
        return [*reasons, f"flow: {motion.frames} frames, expected 2 or more that differ in time"]
    if motion.flow_score < settings.min_flow_score:
        reasons.append(f"flow: {motion.flow_score:.2f} px per frame, expected {settings.min_flow_score:g} or more")
    if motion.camera_share > settings.max_camera_share:
        reasons.append(f"camera: {motion.camera_share:.2f} of the flow, expected {settings.max_camera_share:g} or less")
    return reasons


def _find_caption(path: Path, settings: PrepareSettings, motion: ClipMotion) -> tuple[str, CaptionSource]:
    """Takes the captioner's caption, or else the text file beside the video."""
    if (captioner := load_captioner(settings)) and (caption := captioner.caption(motion.stills)):
        return caption, "captioner"
    text = path.with_suffix(".txt")
    try:
        caption = text.read_text(encoding="utf-8-sig").strip()
    except FileNotFoundError:
        return "", "missing"
    except (OSError, UnicodeDecodeError) as error:
        logger.warning("%s cannot be read (%s): the clips of %s get no caption from it", text, error, path.name)
        return "", "missing"
    return (caption, "file") if caption else ("", "missing")


def _list_video_errors() -> tuple[type[Exception], ...]:
    """Lists the exceptions that PyAV, OpenCV and PySceneDetect raise for a broken video."""
    import av
    import cv2

    python = (ValueError, OSError, RuntimeError, ArithmeticError, LookupError, AssertionError, EOFError)
    return (*python, av.FFmpegError, cv2.error)


def _describe_error(error: Exception) -> str:
    """Turns an error into a reason to drop, or raises it again if the machine caused it."""
    if isinstance(error, OSError) and error.errno in _MACHINE_ERRORS:
        raise error
    words = getattr(error, "strerror", None) or str(error) or type(error).__name__
    return f"broken: {' '.join(str(words).split())}"


def _round(score: float | None) -> float | None:
    return None if score is None else round(score, 4)
