"""Reads paths from any text as trajectories: the editor's exports (drawing, one track, TRACKS), or coordinates."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from ..video import MAX_SIDE, Size
from .coordinates import read_coordinates
from .drawing import VERSION, build_drawing
from .drawn_motion import sample_drawing
from .drawn_path import DrawnPath, FloatArray, Reading
from .records import VISIBLE_FROM, excerpt
from .trajectories import Mode, Trajectories
from .typed_text import MAX_TEXT, clean_text, decode_text

_TRACKS_KEYS = {"track_path", "track", "points_px"}
"""Names of the points: of core and this pack, of Wan-Move, and of this pack's evaluation."""


def parse_trajectories(
    text: str | Reading, canvas: Size, frames: int, size: Size, mode: Mode = "exact"
) -> Trajectories:
    """Reads paths and samples them once per frame.

    Args:
        text: what ``read_path_file`` gives, or a text: the editor's drawing, ``{"tora_track": …}``, TRACKS as JSON, or
            anything of ``read_coordinates``.
        canvas: size of the canvas on which coordinates were drawn. A text that names its canvas ignores it.
        frames: T >= 2.
        size: the video's size in pixels.
        mode: see ``Trajectories.from_paths``. A drawing is always sampled exactly.

    Returns:
        The trajectories, with notes about what was guessed or hidden.

    Raises:
        ValueError: the text has no known form, a value is wrong, or nothing moves.
    """
    data = _read_object(text) if isinstance(text, str) else None
    if data is not None and isinstance(data.get("tora_track"), dict):
        data = {"version": VERSION, "tracks": [data["tora_track"]]}
    if data is not None and "version" in data and "tracks" in data:
        return sample_drawing(build_drawing(data, str(text)), frames, size)
    if isinstance(text, Reading):
        reading = text
    elif data is not None and not _TRACKS_KEYS.isdisjoint(data):
        reading = _read_tracks(data)
    else:
        reading = read_coordinates(text if data is None else data, frames)
    trajectories = Trajectories.from_paths(reading.paths, reading.canvas or canvas, frames, size, mode)
    return replace(trajectories, notes=(*reading.notes, *trajectories.notes))


def _read_object(text: str) -> dict[str, Any] | None:
    """Reads a JSON object. Returns None for any other text."""
    if len(text) > MAX_TEXT or not text.lstrip("\ufeff \t\r\n").startswith("{"):
        return None
    try:
        data = decode_text(clean_text(text))
    except ValueError:
        return None
    return data if isinstance(data, dict) else None


def _read_tracks(data: dict[str, Any]) -> Reading:
    """Reads TRACKS ``[T][N][2]`` with a visibility ``[T][N]`` from core, the evaluation or Wan-Move."""
    points = _to_array(data.get("track_path", data.get("track", data.get("points_px"))), "track_path", 3)
    visibility = data.get("track_visibility", data.get("visibility", data.get("visible")))
    visible = np.ones(points.shape[:2]) if visibility is None else _to_array(visibility, "track_visibility", 2)
    return read_tracks(points, visible, data.get("canvas"))


def read_tracks(points: FloatArray, visible: FloatArray, canvas: Any = None) -> Reading:
    """Reads arrays of TRACKS: points ``[T, N, 2]`` and confidences ``[T, N]``, visible from 0.5.

    Raises:
        ValueError: the shapes or the canvas are wrong.
    """
    if points.shape[2] != 2 or visible.shape not in (points.shape[:2], (points.shape[0], 1)) or 0 in points.shape:
        raise ValueError(
            f"expected track_path [frames][tracks][x, y] and track_visibility [frames][tracks], got shapes "
            f"{points.shape} and {visible.shape}: export the TRACKS again"
        )
    if np.isinf(points).any():
        raise ValueError("expected finite numbers in track_path, got infinity: hide such points instead")
    shown = np.broadcast_to(visible >= VISIBLE_FROM, points.shape[:2])
    points = np.where(shown[..., None], points, np.nan)
    reading = Reading([DrawnPath(path) for path in points.swapaxes(0, 1)])
    if canvas is not None:
        sides = _to_array(canvas, "canvas", 1)
        if sides.shape != (2,) or not (np.isfinite(sides).all() and (sides >= 1).all() and (sides <= MAX_SIDE).all()):
            raise ValueError(
                f"expected a canvas [width, height] of 1 to {MAX_SIDE} pixels, got {excerpt(canvas)}: correct it"
            )
        reading.canvas = Size(*(round(float(side)) for side in sides))
    return reading


def _to_array(value: Any, name: str, axes: int) -> FloatArray:
    """Converts nested lists to an array of numbers; None becomes NaN. Extra brackets around the value are removed."""
    try:
        array = np.array(value, dtype=np.float64)
    except (TypeError, ValueError, OverflowError) as error:
        raise ValueError(
            f"expected lists of numbers of equal length as {name}, got other values: correct them"
        ) from error
    while array.ndim > axes and len(array) == 1:
        array = array[0]
    if array.ndim != axes:
        raise ValueError(f"expected {name} with {axes} levels of lists, got {array.ndim}: export the TRACKS again")
    return array
