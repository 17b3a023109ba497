"""Finds videos and their tracks in folders, and reads the tracks."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from tora_core.paths.coordinates import parse_coordinates
from tora_core.paths.trajectories import TORA_CANVAS, Trajectories
from tora_core.video import Size

from ..media.video_reader import VIDEO_SUFFIXES

TRACKS_SUFFIXES = (".json", ".txt")
"""Suffixes of tracks files. If a stem has both, the first is read."""


class Pair(NamedTuple):
    """Video and tracks with the same stem. A missing file is None."""

    name: str
    video: Path | None
    tracks: Path | None


def pair_files(videos: Path, tracks: Path) -> list[Pair]:
    """Pairs every video with the tracks of its stem. Tracks without a video are included. Sorts by name.

    Args:
        videos: folder, read without its subfolders, or one file.
        tracks: folder, or one file if ``videos`` is also a file.

    Raises:
        ValueError: a path does not exist, a folder of videos has only one tracks file, or there are no videos.
    """
    for path in (videos, tracks):
        if not path.exists():
            raise ValueError(f"expected a file or folder, got {path}, which does not exist: check the path")
    if videos.is_file():
        return [Pair(videos.name, videos, tracks if tracks.is_file() else _find_tracks(tracks, videos.stem))]
    if tracks.is_file():
        raise ValueError(f"expected a folder of tracks for the folder {videos}, got the file {tracks}: give its folder")
    found = list_videos(videos)
    stems = {video.stem for video in found}
    pairs = [Pair(video.name, video, _find_tracks(tracks, video.stem)) for video in found]
    pairs += [
        Pair(path.name, None, path)
        for path in tracks.iterdir()
        if path.suffix.lower() in TRACKS_SUFFIXES and path.stem not in stems
    ]
    return sorted(pairs, key=lambda pair: pair.name)


def list_videos(folder: Path) -> list[Path]:
    """Lists the videos of a folder, sorted.

    Raises:
        ValueError: the folder has no videos.
    """
    found = sorted(path for path in folder.iterdir() if path.suffix.lower() in VIDEO_SUFFIXES)
    if not found:
        raise ValueError(f"expected videos ({', '.join(VIDEO_SUFFIXES)}) in {folder}, got none: check the folder")
    return found


def find_video(folder: Path, stem: str) -> Path:
    """Finds the video with a stem.

    Raises:
        ValueError: there is none.
    """
    for suffix in VIDEO_SUFFIXES:
        if (folder / f"{stem}{suffix}").is_file():
            return folder / f"{stem}{suffix}"
    raise ValueError(f"expected a video {stem}.mp4 in {folder}, got none: add the file")


def read_trajectories(path: Path, frames: int, size: Size) -> Trajectories:
    """Reads the tracks that a video should follow.

    ``.txt`` is Tora's format: paths of any length on a canvas of 256x256. ``.json`` has one point per frame, in pixels
    of the video. It is a list of paths of ``{"x", "y"}`` (``coordinates_text``), or an object with ``points_px``
    [T][N][2]. The object can also have ``visible`` [T][N] and ``canvas`` [width, height]. TRACKS as JSON
    (``track_path``, ``track_visibility``) are read too.

    Args:
        path: the tracks file.
        frames: number of frames in the video. Only ``.txt`` is resampled to it.
        size: size of the video. It is the canvas if the file has none.

    Raises:
        ValueError: the file cannot be read, or has another format.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise ValueError(
            f"expected a tracks file, got {path}, which cannot be read ({error.strerror}): check the file"
        ) from error
    except UnicodeDecodeError as error:
        raise ValueError(f"expected text in UTF-8 in {path.name}, got other bytes: save the file as UTF-8") from error
    if path.suffix.lower() == ".txt":
        return Trajectories.from_paths(parse_coordinates(text), TORA_CANVAS, frames, size)
    try:
        data = json.loads(text)
    except json.JSONDecodeError as error:
        raise ValueError(
            f"expected valid JSON in {path.name}, got an error in line {error.lineno}, column {error.colno}: write the "
            "file again"
        ) from error
    if isinstance(data, dict) and "track_path" in data:
        data = {"points_px": data["track_path"], "visible": data.get("track_visibility"), "canvas": data.get("canvas")}
        data = {key: value for key, value in data.items() if value is not None}
    if isinstance(data, dict) and "points_px" in data:
        return _parse_object(data, size, path.name)
    paths = parse_coordinates(data)
    lengths = sorted({len(one) for one in paths})
    if len(lengths) > 1:
        raise ValueError(
            f"expected one point per frame in every path of {path.name}, got paths of {lengths[0]} to {lengths[-1]} "
            "points: sample each path once per frame"
        )
    points = np.stack(paths, axis=1)  # [T, N, 2]
    return Trajectories(points, np.ones(points.shape[:2], dtype=bool), size)


def _parse_object(data: dict[str, Any], size: Size, name: str) -> Trajectories:
    form = '{"points_px": [T][N][2], "visible": [T][N], "canvas": [width, height]}'
    try:
        points = np.array(data["points_px"], dtype=np.float64)
        visible = np.array(data.get("visible", np.ones(points.shape[:2])), dtype=bool)
        width, height = data.get("canvas", size)
        canvas = Size(int(width), int(height))
    except (TypeError, ValueError) as error:
        raise ValueError(
            f"expected {form} in {name}, got other values or lists of unequal lengths: write the file in this form"
        ) from error
    if points.ndim != 3:
        raise ValueError(f"expected {form} in {name}, got points_px of shape {list(points.shape)}: nest its lists so")
    try:
        return Trajectories(points, visible, canvas)
    except ValueError as error:
        raise ValueError(f"expected {form} in {name}: {error}") from error


def _find_tracks(folder: Path, stem: str) -> Path | None:
    files = (folder / f"{stem}{suffix}" for suffix in TRACKS_SUFFIXES)
    return next((file for file in files if file.is_file()), None)
