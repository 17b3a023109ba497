"""Reads the editor's value (JSON, version 2; version 1 too)."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import numpy as np

from .coordinates import parse_coordinates
from .drawn_path import FloatArray
from .easing import EASES
from .object_motion import ObjectMotion
from .records import MAX_PATHS, is_finite
from .typed_text import MAX_POINTS, MAX_TEXT

VERSION = 2
_READ_VERSIONS = (1, 2)
KINDS = ("spline", "linear", "freehand", "static")
TRACK_SPEEDS = ("constant", "points")
_MAX_DISTANCE = 1.5
"""Largest distance of a point from the middle of the frame, in frames. More is a number of pixels by mistake."""


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
        pins: per point its time in the clip, 0..1, or None. Pins rise along the track. Empty: no point is pinned.
        shown_from: time in the clip, 0..1, from which the track is visible.
        shown_to: time in the clip, 0..1, until which it is visible.
        radius: size of the object on the track, as a part of the frame's shorter side, 0..1. 0 is a single point. An
            object has points around the track that grow and turn with it.
        growth: how the object grows and turns from ``start`` to ``end``.
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
    pins: tuple[float | None, ...] = ()
    shown_from: float = 0.0
    shown_to: float = 1.0
    radius: float = 0.0
    growth: ObjectMotion = field(default_factory=ObjectMotion)

    @property
    def moves(self) -> bool:
        """Whether anything of the track moves."""
        along = self.kind != "static" and len(self.points_unit) > 1
        return along or (self.radius > 0 and not self.growth.is_still)


@dataclass(frozen=True)
class Drawing:
    """All tracks of one editor, and the picture that it stored in the host's input folder, such as ``tora/cat.png``."""

    tracks: list[Track] = field(default_factory=list)
    picture: str | None = None

    @property
    def visible(self) -> list[Track]:
        """The tracks that are not hidden."""
        return [track for track in self.tracks if track.visible]


def parse_drawing(value: str) -> Drawing:
    """Reads the editor's value. An empty text gives an empty drawing.

    Raises:
        ValueError: the text is not valid JSON of a known version, or a track has an invalid number or option.
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
        ValueError: the value is not of a known version, or a track has an invalid number or option.
    """
    if (
        not isinstance(data, dict)
        or data.get("version") not in _READ_VERSIONS
        or not isinstance(data.get("tracks"), list)
    ):
        raise ValueError(
            f"expected the editor's value of version 1 or {VERSION} with tracks, got {text[:60]!r}: use Tora "
            "Trajectory From Text for other coordinates, or the editor's import"
        )
    if len(data["tracks"]) > MAX_PATHS:
        raise ValueError(f"expected at most {MAX_PATHS} tracks, got {len(data['tracks'])}: delete some tracks")
    tracks = list(enumerate(data["tracks"], 1))
    for number, track in tracks:
        if not isinstance(track, dict):
            raise ValueError(f"expected an object with points as track {number}, got {track!r:.60}: delete the track")
    drawn = [_read_track(track, number) for number, track in tracks if track.get("points")]
    drawing = Drawing(drawn, _read_picture(data))
    points = sum(len(track.points_unit) for track in drawing.tracks)
    if points > MAX_POINTS:
        raise ValueError(f"expected at most {MAX_POINTS} points in all tracks, got {points}: use fewer points")
    return drawing


def _read_picture(data: dict[str, Any]) -> str | None:
    """Reads the place of the stored picture in the input folder. Pictures elsewhere are only shown in the browser."""
    place = data.get("bg")
    if not isinstance(place, dict) or place.get("type") != "input" or not isinstance(place.get("filename"), str):
        return None
    folder = place.get("subfolder")
    return f"{folder}/{place['filename']}" if isinstance(folder, str) and folder else place["filename"]


def _read_track(data: Any, number: int) -> Track:
    """Reads one track and checks its options. ``number`` is its place in the list, for error messages."""

    def read_option(name: str, words: tuple[str, ...], default: str) -> str:
        word = data.get(name, default)
        if word not in words:
            raise ValueError(f"expected a {name} of {words} in track {number}, got {word!r:.60}: choose one of these")
        return str(word)

    def read_unit(name: str, default: float) -> float:
        return min(1.0, max(0.0, read_number(name, default)))

    def read_number(name: str, default: float) -> float:
        value = data.get(name, default)
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not is_finite(value):
            raise ValueError(f"expected a number for {name} in track {number}, got {value!r:.60}: enter a number")
        return float(value)

    def read_flag(name: str, default: bool) -> bool:
        value = data.get(name, default)
        if not isinstance(value, bool):
            raise ValueError(f"expected true or false for {name} in track {number}, got {value!r:.60}: use one of them")
        return value

    points = data["points"]
    if not isinstance(points, list) or not all(isinstance(point, list) and len(point) in (2, 3) for point in points):
        raise ValueError(f"expected points [[x, y], ...] in track {number}, got {points!r:.60}: draw the track again")
    (points_unit,) = parse_coordinates([[{"x": point[0], "y": point[1]} for point in points]])
    if not np.isfinite(points_unit).all():
        raise ValueError(f"expected finite numbers as points of track {number}, got others: draw the track again")
    if np.abs(points_unit - 0.5).max() > _MAX_DISTANCE:
        raise ValueError(
            f"expected points in 0..1 of the frame in track {number}, got {points_unit[0].tolist()} and others: "
            "use Tora Trajectory From Text for pixels"
        )
    pins = tuple(point[2] if len(point) == 3 else None for point in points)
    _check_pins(pins, number)
    start, end = read_unit("start", 0.0), read_unit("end", 1.0)
    shown_from, shown_to = read_unit("shown_from", 0.0), read_unit("shown_to", 1.0)
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
        pins=pins if any(pin is not None for pin in pins) else (),
        shown_from=min(shown_from, shown_to),
        shown_to=max(shown_from, shown_to),
        radius=read_unit("radius", 0.0),
        growth=_read_growth(read_number("scale", 1.0), read_number("rotation", 0.0), number),
    )


def _read_growth(scale: float, rotation: float, number: int) -> ObjectMotion:
    try:
        return ObjectMotion(scale, rotation)
    except ValueError as error:
        raise ValueError(f"track {number}: {error}") from error


def _check_pins(pins: Sequence[Any], number: int) -> None:
    """Checks that pins are times in 0..1 that rise along the track."""
    times = [pin for pin in pins if pin is not None]
    for pin in times:
        if isinstance(pin, bool) or not isinstance(pin, (int, float)) or not 0 <= pin <= 1:
            raise ValueError(f"expected pins of 0 to 1 in track {number}, got {pin!r:.60}: remove the pin")
    if any(after <= before for before, after in pairwise(times)):
        raise ValueError(f"expected pins that rise along track {number}, got {times!r:.60}: move the pins apart")
