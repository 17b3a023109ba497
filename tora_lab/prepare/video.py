"""One raw video: cut, measured, and its good clips written. The unit of work on one machine and on many."""

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

_NOT_THE_VIDEO_S = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EROFS})
"""A full disk is no reason to drop a clip: the run stops, and goes on from there when started again."""
_MOST_MISSING = 0.5
"""A clip with fewer of the frames that its rate and length promise has timestamps that jump."""


def prepare_video(path: Path, out: Path, settings: PrepareSettings, root: Path | None = None) -> list[ClipRecord]:
    """Turns one raw video into clips, labels and a shard of the manifest; done again, it writes the same files.

    What is wrong with the video becomes a record; only a full or read-only disk, or a model that fails, is raised.

    Args:
        path: of the raw video; ``NAME.txt`` beside it is the caption of all its clips where no captioner is named.
        out: the training set's folder.
        settings: what is kept.
        root: the raw folder, below which paths name a source; the video's own folder where None.
    """
    source = path.relative_to(root or path.parent).as_posix()
    try:
        facts = read_facts(path)
        scenes = find_scenes(path, settings.cut_threshold)
    except _problems() as error:
        records = [ClipRecord(source, dropped=(_broken(error),))]
    else:
        spans = [span for scene in scenes for span in split_long(scene, settings.max_seconds)]
        records = [_prepare_clip(path, source, out, settings, facts, span, number) for number, span in enumerate(spans)]
    write_shard(out, source, records)
    return records


def _prepare_clip(
    path: Path, source: str, out: Path, settings: PrepareSettings, facts: VideoFacts, span: Span, number: int
) -> ClipRecord:
    """Measures a clip, cheap things first, and writes it where it is good."""
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
        seen = measure_motion(path, span, float(facts.fps), settings.fps, settings.pairs, stills)
    except _problems() as error:
        return replace(record, dropped=(_broken(error),))
    dropped = _reasons(settings, facts, span, seen)
    record = replace(
        record,
        frames=seen.frames,
        flow_score=_rounded(seen.flow_score),
        camera_share=_rounded(seen.camera_share),
        dropped=tuple(dropped),
    )
    if dropped:
        return record
    if aesthetic := load_aesthetic(settings):
        score = aesthetic.score(seen.stills)
        record = replace(record, aesthetic=_rounded(score))
        if score < settings.min_aesthetic:
            return replace(record, dropped=(f"aesthetic: {score:.2f}, expected {settings.min_aesthetic:g}",))
    name = f"{make_key(source)}-{number:04d}"
    caption, caption_source = _caption(path, settings, seen)
    label = out / "labels" / f"{name}.txt"
    try:
        if caption:
            write_text(label, caption + "\n")
        frames = write_clip(out / "videos" / f"{name}.mp4", path, *span, facts, settings.crf)
    except _problems() as error:
        label.unlink(missing_ok=True)
        return replace(record, dropped=(_broken(error),))
    return replace(record, clip=name, frames=frames, caption_source=caption_source, kept=True)


def _reasons(settings: PrepareSettings, facts: VideoFacts, span: Span, seen: ClipMotion) -> list[str]:
    """Why a clip is not kept, from what is known of every clip."""
    fps, side_px = float(facts.fps), min(facts.width, facts.height)
    reasons = []
    if side_px < settings.min_side_px:
        reasons.append(f"size: {facts.width}x{facts.height} px, expected {settings.min_side_px} px or more")
    if span.seconds < settings.min_seconds:
        reasons.append(f"length: {span.seconds:.2f} s, expected {settings.min_seconds:g} s or more")
    if fps < settings.fps - 0.01:
        reasons.append(f"rate: {fps:.2f} frames a second, expected {settings.fps:g} or more")
    if seen.frames < _MOST_MISSING * span.seconds * fps:
        reasons.append(f"broken: {seen.frames} frames in {span.seconds:.2f} s, expected {span.seconds * fps:.0f}")
    if seen.flow_score is None or seen.camera_share is None:
        return [*reasons, f"flow: no two frames to measure_motion it in, got {seen.frames}"]
    if seen.flow_score < settings.min_flow_score:
        reasons.append(f"flow: {seen.flow_score:.2f} px per frame, expected {settings.min_flow_score:g} or more")
    if seen.camera_share > settings.max_camera_share:
        reasons.append(f"camera: {seen.camera_share:.2f} of the flow, expected {settings.max_camera_share:g} or less")
    return reasons


def _caption(path: Path, settings: PrepareSettings, seen: ClipMotion) -> tuple[str, CaptionSource]:
    if (captioner := load_captioner(settings)) and (caption := captioner.caption(seen.stills)):
        return caption, "captioner"
    try:
        caption = path.with_suffix(".txt").read_text(encoding="utf-8-sig").strip()
    except FileNotFoundError:
        return "", "missing"
    except (OSError, UnicodeDecodeError) as error:
        logger.warning("%s: the text beside it cannot be read (%s)", path, error)
        return "", "missing"
    return (caption, "file") if caption else ("", "missing")


def _problems() -> tuple[type[Exception], ...]:
    """What a broken video raises in the libraries that read it."""
    import av
    import cv2

    python = (ValueError, OSError, RuntimeError, ArithmeticError, LookupError, AssertionError, EOFError, MemoryError)
    return (*python, av.FFmpegError, cv2.error)


def _broken(error: Exception) -> str:
    """The reason to drop, or what was raised where the video is not to blame."""
    if isinstance(error, OSError) and error.errno in _NOT_THE_VIDEO_S:
        raise error
    words = getattr(error, "strerror", None) or str(error) or type(error).__name__
    return f"broken: {' '.join(str(words).split())}"


def _rounded(score: float | None) -> float | None:
    return None if score is None else round(score, 4)
