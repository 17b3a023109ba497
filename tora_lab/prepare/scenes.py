"""Where a video's scenes begin and end."""

from __future__ import annotations

import logging
import math
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple


class Span(NamedTuple):
    """From a second until before another."""

    start_s: float
    end_s: float

    @property
    def seconds(self) -> float:
        return self.end_s - self.start_s


def find_scenes(path: Path, cut_threshold: float) -> list[Span]:
    """Scenes between hard cuts (PySceneDetect's AdaptiveDetector), decoded by PyAV, which stops where a file breaks.

    Every cut counts, however soon after the last: a clip with a cut in it is worse than one that is too short.

    Raises:
        ValueError: nothing in it can be decoded.
    """
    from scenedetect import AdaptiveDetector, SceneManager, VideoOpenFailure, VideoStreamAv

    logging.getLogger("pyscenedetect").setLevel(logging.CRITICAL + 1)  # it reports each video; the manifest does that
    try:
        video = VideoStreamAv(str(path), suppress_output=True)
    except VideoOpenFailure as error:
        raise ValueError(f"it cannot be opened ({error})") from error
    manager = SceneManager()
    manager.add_detector(AdaptiveDetector(adaptive_threshold=cut_threshold, min_scene_len=1))
    if not manager.detect_scenes(video):
        raise ValueError("no frame of it can be decoded")
    return [Span(start.seconds, end.seconds) for start, end in manager.get_scene_list(start_in_scene=True)]


def split_long(scene: Span, max_seconds: float) -> list[Span]:
    """A scene as the fewest equal parts that are not too long."""
    parts = max(1, math.ceil(scene.seconds / max_seconds))
    ends = [scene.start_s + scene.seconds * part / parts for part in range(parts)] + [scene.end_s]
    return [Span(start_s, end_s) for start_s, end_s in pairwise(ends)]
