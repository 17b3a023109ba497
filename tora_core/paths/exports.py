"""Reads paths from any text as trajectories: the editor's exports (drawing, one track, TRACKS), or coordinates."""

from __future__ import annotations

import json
from typing import Any

import numpy as np

from ..video import Size
from .coordinates import MAX_TEXT, parse_coordinates
from .drawing import VERSION, build_drawing, sample_drawing
from .trajectories import Mode, Trajectories


def parse_trajectories(text: str, canvas: Size, frames: int, size: Size, mode: Mode = "exact") -> Trajectories:
    """Reads paths and samples them once per frame.

    Args:
        text: the editor's drawing, ``{"tora_track": …}``, TRACKS as JSON, or any text of ``parse_coordinates``.
        canvas: size of the canvas on which coordinates were drawn. Drawings and TRACKS with a canvas ignore it.
        frames: T >= 2.
        size: the video's size in pixels.
        mode: see ``Trajectories.from_paths``. A drawing is always sampled exactly.

    Raises:
        ValueError: the text has no known format, a value is wrong, or nothing moves in a drawing.
    """
    data = _read_object(text)
    if data is not None and "track_path" in data:
        return _read_tracks(data, canvas, frames, size, mode)
    if data is not None and isinstance(data.get("tora_track"), dict):
        data = {"version": VERSION, "tracks": [data["tora_track"]]}
    if data is not None and "version" in data and "tracks" in data:
        return sample_drawing(build_drawing(data, text), frames, size)
    return Trajectories.from_paths(parse_coordinates(text), canvas, frames, size, mode)


def _read_object(text: str) -> dict[str, Any] | None:
    """Reads a JSON object. Returns None for any other text."""
    if len(text) > MAX_TEXT or not text.lstrip("\ufeff \t\r\n").startswith("{"):
        return None
    try:
        data = json.loads(text.strip().removeprefix("\ufeff"))
    except (ValueError, RecursionError):
        return None
    return data if isinstance(data, dict) else None


def _read_tracks(data: dict[str, Any], canvas: Size, frames: int, size: Size, mode: Mode) -> Trajectories:
    """Reads TRACKS: ``track_path`` ``[T][N][2]`` in pixels of ``canvas``, and ``track_visibility`` ``[T][N]``."""
    points = _to_array(data["track_path"], "track_path", 3)
    visibility = data.get("track_visibility")
    visible = (
        np.ones(points.shape[:2], dtype=bool) if visibility is None else _to_array(visibility, "visibility", 2) > 0
    )
    if points.shape[2] != 2 or visible.shape != points.shape[:2] or 0 in points.shape:
        raise ValueError(
            f"expected track_path [frames][tracks][x, y] and track_visibility [frames][tracks], got shapes "
            f"{points.shape} and {visible.shape}: export the TRACKS again"
        )
    if "canvas" in data:
        sides = _to_array(data["canvas"], "canvas", 1)
        if sides.shape != (2,) or not (np.isfinite(sides).all() and (sides >= 1).all()):
            raise ValueError(f"expected a canvas [width, height] in pixels, got {data['canvas']!r}: correct it")
        canvas = Size(*(round(float(side)) for side in sides))
    points = np.where(visible[..., None], points, 0.0)  # hidden points may be NaN
    paths = parse_coordinates([[point.tolist() for point in path] for path in points.swapaxes(0, 1)])
    sampled = Trajectories.from_paths(paths, canvas, frames, size, mode)
    nearest = np.linspace(0, len(visible) - 1, frames).round().astype(int)
    return Trajectories(sampled.points_px, sampled.visible & visible[nearest], sampled.canvas)


def _to_array(value: Any, name: str, axes: int) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Converts nested lists to an array of numbers; None becomes NaN."""
    try:
        array = np.array(value, dtype=np.float64)
    except (TypeError, ValueError, OverflowError) as error:
        raise ValueError(
            f"expected lists of numbers of equal length as {name}, got other values: correct them"
        ) from error
    if array.ndim != axes:
        raise ValueError(f"expected {name} with {axes} levels of lists, got {array.ndim}: export the TRACKS again")
    return array
