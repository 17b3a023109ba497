"""The editor's value (JSON, version 1) -> one point a frame for each drawn track.

The browser previews the same curves and the same timing (``web/src/geometry.ts``); ``tests/golden_editor.json`` holds
the two together.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ..video import Size
from .arc_length import arc_length
from .coordinates import MAX_PATHS, FloatArray, parse_coordinates
from .easing import EASES
from .trajectories import Trajectories

VERSION = 1
KINDS = ("spline", "linear", "freehand", "static")
TRACK_SPEEDS = ("constant", "points")
SAMPLES_PER_SEGMENT = 32
"""Of the polyline whose length stands in for a curve's, in Python and in the browser alike."""


@dataclass(frozen=True)
class Track:
    """One drawn track.

    Args:
        points_unit: ``[P, 2]`` (x, y) in 0..1 of the frame, P >= 1.
        kind: ``spline``, ``linear``, ``freehand`` (straight between many points) or ``static`` (stays at its first).
        tension: of a spline, 0 (round) to 1 (straight).
        closed: comes back to its first point.
        start: when in the clip it leaves its first point, 0..1; it rests there before.
        end: when it reaches its last one; it rests there afterwards.
        ease: one of ``EASES``.
        speed: ``constant`` along the line, or by the density of its ``points``.
        visible: a hidden track steers nothing.
    """

    points_unit: FloatArray
    kind: str = "spline"
    tension: float = 0.0
    closed: bool = False
    start: float = 0.0
    end: float = 1.0
    ease: str = "linear"
    speed: str = "constant"
    visible: bool = True


@dataclass(frozen=True)
class Drawing:
    """All that is drawn in one editor."""

    tracks: list[Track] = field(default_factory=list)

    @property
    def visible(self) -> list[Track]:
        return [track for track in self.tracks if track.visible]


def parse_drawing(value: str) -> Drawing:
    """Reads the editor's value; an empty text is an empty drawing.

    Raises:
        ValueError: no JSON of version 1, or a track whose numbers or words are not the editor's.
    """
    if not value.strip():
        return Drawing()
    try:
        data = json.loads(value)
    except ValueError as error:
        raise ValueError(
            f"the editor's value is no JSON ({error}): clear it, or paste one that was copied whole"
        ) from error
    if not isinstance(data, dict) or data.get("version") != VERSION or not isinstance(data.get("tracks"), list):
        raise ValueError(
            f"expected the editor's value of version {VERSION} with tracks, got {value[:60]!r}: for other "
            "coordinates use Tora Trajectory From Text, or the editor's import"
        )
    if len(data["tracks"]) > MAX_PATHS:
        raise ValueError(f"expected at most {MAX_PATHS} tracks, got {len(data['tracks'])}: delete some")
    return Drawing([_track(track, number) for number, track in enumerate(data["tracks"], 1) if track.get("points")])


def sample_drawing(drawing: Drawing, frames: int, size: Size) -> Trajectories:
    """Samples every visible track once a frame.

    Args:
        drawing: at least one visible track.
        frames: T >= 2.
        size: the video's size in pixels.

    Raises:
        ValueError: nothing visible is drawn, or nothing of it moves.
    """
    tracks = drawing.visible
    if not tracks:
        raise ValueError("nothing is drawn: add a track in the editor, or make one visible")
    if all(track.kind == "static" or len(track.points_unit) < 2 for track in tracks):
        raise ValueError(
            f"none of the {len(tracks)} tracks moves, so they steer nothing: give one of them a second point"
        )
    points_px = np.stack([sample_track(track, frames, size) for track in tracks], axis=1)  # [T, N, 2]
    return Trajectories(points_px, np.ones(points_px.shape[:2], dtype=bool), size)


def sample_track(track: Track, frames: int, size: Size) -> FloatArray:
    """Where a track is at each frame, ``[T, 2]`` in pixels."""
    points_px = track.points_unit * np.array(size, dtype=np.float64)
    if track.kind == "static" or len(points_px) < 2:
        return np.repeat(points_px[:1], frames, axis=0)
    time = np.linspace(0.0, 1.0, frames)
    duration = max(track.end - track.start, 1e-9)
    progress = EASES[track.ease](np.clip((time - track.start) / duration, 0.0, 1.0))
    curve, segments = curve_through(points_px, track)
    if track.speed == "points":
        return curve(progress * segments)
    parameters = np.linspace(0.0, segments, segments * SAMPLES_PER_SEGMENT + 1)
    line = curve(parameters)
    length = arc_length(line)
    if length[-1] == 0:
        return line[:1].repeat(frames, axis=0)
    return np.stack([np.interp(progress * length[-1], length, line[:, axis]) for axis in range(2)], axis=-1)


def curve_through(points_px: FloatArray, track: Track) -> tuple[Callable[[FloatArray], FloatArray], int]:
    """The curve of a track as a function of its parameter 0..segments, one unit a segment.

    A spline is d3's cardinal curve: cubic Hermite, tangents ``(1 - tension)/2 * (p[i+1] - p[i-1])``, zero at the ends.
    """
    if track.closed:
        points_px = np.concatenate([points_px, points_px[:1]])
    segments = len(points_px) - 1
    knots = np.arange(segments + 1, dtype=np.float64)
    if track.kind != "spline":
        return lambda at: np.stack([np.interp(at, knots, points_px[:, axis]) for axis in range(2)], axis=-1), segments
    from scipy.interpolate import CubicHermiteSpline

    tangents = np.zeros_like(points_px)
    tangents[1:-1] = (points_px[2:] - points_px[:-2]) * (1 - track.tension) / 2
    if track.closed:
        tangents[0] = tangents[-1] = (points_px[1] - points_px[-2]) * (1 - track.tension) / 2
    return CubicHermiteSpline(knots, points_px, tangents), segments


def _track(data: Any, number: int) -> Track:
    def one_of(name: str, words: tuple[str, ...], default: str) -> str:
        word = data.get(name, default)
        if word not in words:
            raise ValueError(f"expected a {name} of {words} in track {number}, got {word!r}")
        return str(word)

    def unit(name: str, default: float) -> float:
        value = data.get(name, default)
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
            raise ValueError(f"expected a number for {name} in track {number}, got {value!r}")
        return min(1.0, max(0.0, float(value)))

    (points_unit,) = parse_coordinates([data["points"]])
    start, end = unit("start", 0.0), unit("end", 1.0)
    return Track(
        points_unit,
        kind=one_of("kind", KINDS, "spline"),
        tension=unit("tension", 0.0),
        closed=bool(data.get("closed", False)) and len(points_unit) > 2,
        start=min(start, end),
        end=max(start, end),
        ease=one_of("ease", tuple(EASES), "linear"),
        speed=one_of("speed", TRACK_SPEEDS, "constant"),
        visible=bool(data.get("visible", True)),
    )
