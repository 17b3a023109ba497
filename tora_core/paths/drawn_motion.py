"""Samples drawn tracks once per frame.

The browser previews the same curves and timing (``web/src/geometry.ts``, ``web/src/timing.ts``). Tests of both check
the same values in ``tests/golden_editor.json``.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from ..video import Size
from .arc_length import arc_length
from .drawing import Drawing, Track
from .drawn_path import FloatArray
from .easing import EASES
from .object_motion import ring_offsets
from .trajectories import Trajectories

SAMPLES_PER_SEGMENT = 32
"""Points per segment of the polyline that approximates a curve's length. The browser uses the same number."""


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
    if not any(track.moves for track in tracks):
        raise ValueError(
            f"expected a track that moves, got {len(tracks)} that stand still: add a second point to a track "
            "that is not static"
        )
    groups = [sample_object(track, frames, size) for track in tracks]
    points_px = np.concatenate(groups, axis=1)  # [T, N, 2]
    shown = [
        np.repeat(shown_frames(track, frames), group.shape[1]) for track, group in zip(tracks, groups, strict=True)
    ]
    visible = np.concatenate([each.reshape(frames, -1) for each in shown], axis=1)  # [T, N]
    if (points_px == points_px[:1]).all():
        raise ValueError(f"expected a track that moves, got {len(tracks)} that stand still: move their points apart")
    return Trajectories(points_px, visible, size)


def shown_frames(track: Track, frames: int) -> NDArray[np.bool_]:
    """Lists in which frames a track is visible, ``[T]``: the frames nearest to both times are."""
    index = np.arange(frames)
    first, last = (np.floor(time * (frames - 1) + 0.5) for time in (track.shown_from, track.shown_to))
    return np.asarray((index >= first) & (index <= last))


def sample_object(track: Track, frames: int, size: Size) -> FloatArray:
    """Samples the points of a track's object once per frame, ``[T, K, 2]`` in pixels. Without an object, K is 1."""
    centre_px = sample_track(track, frames, size)[:, None]  # [T, 1, 2]
    if track.radius == 0:
        return centre_px
    progress = _progress(track, np.linspace(0.0, 1.0, frames))
    return centre_px + track.growth.move(ring_offsets(track.radius * min(size)), progress)


def sample_track(track: Track, frames: int, size: Size) -> FloatArray:
    """Samples a track once per frame, ``[T, 2]`` in pixels."""
    points_px = track.points_unit * np.array(size, dtype=np.float64)
    if track.kind == "static" or len(points_px) < 2:
        return np.repeat(points_px[:1], frames, axis=0)
    time = np.linspace(0.0, 1.0, frames)
    curve, segments = curve_through(points_px, track)
    knots = np.arange(segments + 1, dtype=np.float64)
    if track.speed == "points":
        return curve(travel(track, knots)(time))
    line = curve(np.linspace(0.0, segments, segments * SAMPLES_PER_SEGMENT + 1))
    length = arc_length(line)
    if length[-1] == 0:
        return line[:1].repeat(frames, axis=0)
    way = travel(track, length[::SAMPLES_PER_SEGMENT])(time)
    return np.stack([np.interp(way, length, line[:, axis]) for axis in range(2)], axis=-1)


def travel(track: Track, way: FloatArray) -> Callable[[FloatArray], FloatArray]:
    """Returns how far along its way a track is at each time in the clip, 0..1.

    Without a pin between its ends, a track moves from ``start`` to ``end`` with its ease. With pins, it passes each
    pinned point at its time, and moves smoothly between them (monotone cubic, scipy's ``PchipInterpolator``).

    Args:
        track: the track.
        way: the way at each control point: length in pixels, or number of the point. A closed track has one more.
    """
    pins = track.pins or (None,) * len(track.points_unit)
    inner = [(pin, way[index]) for index, pin in enumerate(pins) if pin is not None and 0 < index < len(way) - 1]
    if not inner:
        return lambda time: _progress(track, time) * way[-1]
    start, end = _find_ends(track)
    from scipy.interpolate import PchipInterpolator

    first, last = inner[0][0], inner[-1][0]
    if first > 0:  # otherwise the track begins at its pin
        inner.insert(0, (start if start < first else 0.0, way[0]))
    if last < 1:
        inner.append((end if end > last else 1.0, way[-1]))
    if len(inner) == 1:
        return lambda time: np.full_like(time, inner[0][1])
    times, ways = np.array(inner, dtype=np.float64).T
    curve = PchipInterpolator(times, ways)
    return lambda time: np.asarray(curve(np.clip(time, times[0], times[-1])))


def _progress(track: Track, time: FloatArray) -> FloatArray:
    """Returns how far a track, or the growth of its object, has come at times in the clip, 0..1."""
    start, end = _find_ends(track)
    return np.asarray(EASES[track.ease](np.clip((time - start) / max(end - start, 1e-9), 0.0, 1.0)))


def _find_ends(track: Track) -> tuple[float, float]:
    """Finds the times at which a track leaves its first point and reaches its last, with pins at its ends."""
    first, last = (track.pins[0], track.pins[-1]) if track.pins else (None, None)
    return (track.start if first is None else first), (track.end if track.closed or last is None else last)


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
