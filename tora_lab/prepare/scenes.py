"""Splits a video into scenes at hard cuts."""

from __future__ import annotations

import logging
import math
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple


class Span(NamedTuple):
    """Part of a video in seconds, without its end."""

    start_s: float
    end_s: float

    @property
    def seconds(self) -> float:
        return self.end_s - self.start_s


def find_scenes(path: Path, cut_threshold: float) -> list[Span]:
    """Finds the scenes between hard cuts with PySceneDetect's AdaptiveDetector.

    PyAV decodes the video and stops at damaged data. There is no minimum distance between cuts, because a clip with a
    cut inside is worse than a short clip.

    Raises:
        ValueError: the video cannot be opened, or no frame can be decoded.
    """
    from scenedetect import AdaptiveDetector, SceneManager, VideoOpenFailure, VideoStreamAv

    logging.getLogger("pyscenedetect").setLevel(logging.CRITICAL + 1)  # the manifest already has what it logs
    try:
        video = VideoStreamAv(str(path), suppress_output=True)
    except VideoOpenFailure as error:
        raise ValueError(f"the video cannot be opened ({error})") from error
    manager = SceneManager()
    manager.add_detector(AdaptiveDetector(adaptive_threshold=cut_threshold, min_scene_len=1))
    if not manager.detect_scenes(video):
        raise ValueError("no frame of the video can be decoded")
    return [Span(start.seconds, end.seconds) for start, end in manager.get_scene_list(start_in_scene=True)]


def split_long(scene: Span, max_seconds: float) -> list[Span]:
    """Splits a scene into the fewest equal parts of at most ``max_seconds``."""
    parts = max(1, math.ceil(scene.seconds / max_seconds))
    ends = [scene.start_s + scene.seconds * part / parts for part in range(parts)] + [scene.end_s]
    return [Span(start_s, end_s) for start_s, end_s in pairwise(ends)]
