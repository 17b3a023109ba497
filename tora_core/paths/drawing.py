"""Reads the editor's value (JSON, version 1) and samples each drawn track once per frame.

The browser previews the same curves and timing (``web/src/geometry.ts``). Tests of both check the same values in
``tests/golden_editor.json``.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ..video import Size
from .arc_length import arc_length
from .coordinates import parse_coordinates
from .drawn_path import FloatArray
from .easing import EASES
from .records import MAX_PATHS, is_finite
from .trajectories import Trajectories
from .typed_text import MAX_POINTS, MAX_TEXT

VERSION = 1
KINDS = ("spline", "linear", "freehand", "static")
TRACK_SPEEDS = ("constant", "points")
_MAX_DISTANCE = 1.5
"""Largest distance of a point from the middle of the frame, in frames. More is a number of pixels by mistake."""
SAMPLES_PER_SEGMENT = 32
"""Points per segment of the polyline that approximates a curve's length. The browser uses the same number."""


@dataclass(frozen=True)
class Track:
    """One drawn track.

    Args:
        points_unit: ``[P, 2]`` (x, y) in 0..1 of the frame, P >= 1.
        kind: ``spline``, ``linear``, ``freehand`` (straight lines between many points) or ``static`` (stays at its
            first point).
        tension: tension of a spline, 0 (round) to 1 (straight).
        closed: whether the track returns to its first point.
        start: time in the clip, 0..1, when the track leaves its first point. It rests there before.
        end: time in the clip, 0..1, when the track reaches its last point. It rests there afterwards.
        ease: one of ``EASES``.
        speed: ``constant`` moves evenly along the line. ``points`` moves slower where points are dense.
        visible: whether the track is used.
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
    """All tracks of one editor."""

    tracks: list[Track] = field(default_factory=list)

    @property
    def visible(self) -> list[Track]:
        """The tracks that are not hidden."""
        return [track for track in self.tracks if track.visible]


def parse_drawing(value: str) -> Drawing:
    """Reads the editor's value. An empty text gives an empty drawing.

    Raises:
        ValueError: the text is not valid JSON of version 1, or a track has an invalid number or option.
    """
    if not value.strip():
        return Drawing()
    if len(value) > MAX_TEXT:
        raise ValueError(
            f"expected at most {MAX_TEXT} characters in the editor's field, got {len(value)}: use fewer points"
        )
    try:
        data = json.loads(value)
    except (ValueError, RecursionError) as error:
        raise ValueError(
            f"expected valid JSON in the editor's field, got {value[:60]!r}: clear the field or paste the complete text"
        ) from error
    return build_drawing(data, value)


def build_drawing(data: Any, text: str) -> Drawing:
    """Builds a drawing from the decoded value. ``text`` is what the user gave, for errors.

    Raises:
        ValueError: the value is not of version 1, or a track has an invalid number or option.
    """
    if not isinstance(data, dict) or data.get("version") != VERSION or not isinstance(data.get("tracks"), list):
        raise ValueError(
            f"expected the editor's value of version {VERSION} with tracks, got {text[:60]!r}: use Tora "
            "Trajectory From Text for other coordinates, or the editor's import"
        )
    if len(data["tracks"]) > MAX_PATHS:
        raise ValueError(f"expected at most {MAX_PATHS} tracks, got {len(data['tracks'])}: delete some tracks")
    tracks = list(enumerate(data["tracks"], 1))
    for number, track in tracks:
        if not isinstance(track, dict):
            raise ValueError(f"expected an object with points as track {number}, got {track!r:.60}: delete the track")
    drawing = Drawing([_read_track(track, number) for number, track in tracks if track.get("points")])
    points = sum(len(track.points_unit) for track in drawing.tracks)
    if points > MAX_POINTS:
        raise ValueError(f"expected at most {MAX_POINTS} points in all tracks, got {points}: use fewer points")
    return drawing


def sample_drawing(drawing: Drawing, frames: int, size: Size) -> Trajectories:
    """Samples every visible track once per frame.

    Args:
        drawing: needs at least one visible track that moves.
        frames: T >= 2.
        size: the video's size in pixels.

    Raises:
        ValueError: no track is visible, or no visible track moves.
    """
    tracks = drawing.visible
    if not tracks:
        raise ValueError("expected at least one visible track, got none: add a track in the editor or make one visible")
    if all(track.kind == "static" or len(track.points_unit) < 2 for track in tracks):
        raise ValueError(
            f"expected a track that moves, got {len(tracks)} that stand still: add a second point to a track "
            "that is not static"
        )
    points_px = np.stack([sample_track(track, frames, size) for track in tracks], axis=1)  # [T, N, 2]
    if (points_px == points_px[:1]).all():
        raise ValueError(f"expected a track that moves, got {len(tracks)} that stand still: move their points apart")
    return Trajectories(points_px, np.ones(points_px.shape[:2], dtype=bool), size)


def sample_track(track: Track, frames: int, size: Size) -> FloatArray:
    """Samples a track once per frame, ``[T, 2]`` in pixels."""
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
    """Builds the curve of a track as a function of a parameter 0..segments, one unit per segment.

    A spline is d3's cardinal curve: cubic Hermite with tangents ``(1 - tension)/2 * (p[i+1] - p[i-1])``. The tangents
    at both ends are zero, unless the track is closed.

    Returns:
        The function, and the number of segments.
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


def _read_track(data: Any, number: int) -> Track:
    """Reads one track and checks its options. ``number`` is its place in the list, for error messages."""

    def read_option(name: str, words: tuple[str, ...], default: str) -> str:
        word = data.get(name, default)
        if word not in words:
            raise ValueError(f"expected a {name} of {words} in track {number}, got {word!r:.60}: choose one of these")
        return str(word)

    def read_unit(name: str, default: float) -> float:
        value = data.get(name, default)
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not is_finite(value):
            raise ValueError(f"expected a number for {name} in track {number}, got {value!r:.60}: use 0 to 1")
        return min(1.0, max(0.0, float(value)))

    def read_flag(name: str, default: bool) -> bool:
        value = data.get(name, default)
        if not isinstance(value, bool):
            raise ValueError(f"expected true or false for {name} in track {number}, got {value!r:.60}: use one of them")
        return value

    points = data["points"]
    if not isinstance(points, list) or not all(isinstance(point, list) and len(point) == 2 for point in points):
        raise ValueError(f"expected points [[x, y], ...] in track {number}, got {points!r:.60}: draw the track again")
    (points_unit,) = parse_coordinates([points])
    if np.abs(points_unit - 0.5).max() > _MAX_DISTANCE:
        raise ValueError(
            f"expected points in 0..1 of the frame in track {number}, got {points_unit[0].tolist()} and others: "
            "use Tora Trajectory From Text for pixels"
        )
    start, end = read_unit("start", 0.0), read_unit("end", 1.0)
    return Track(
        points_unit,
        kind=read_option("kind", KINDS, "spline"),
        tension=read_unit("tension", 0.0),
        closed=read_flag("closed", False) and len(points_unit) > 2,
        start=min(start, end),
        end=max(start, end),
        ease=read_option("ease", tuple(EASES), "linear"),
        speed=read_option("speed", TRACK_SPEEDS, "constant"),
        visible=read_flag("visible", True),
    )
