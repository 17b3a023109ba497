"""Videos and the tracks they should follow, from files."""

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
"""Where a stem has both, the first is read."""


class Pair(NamedTuple):
    """A video and its tracks by their stem; a file that is not there is None."""

    name: str
    video: Path | None
    tracks: Path | None


def pair_files(videos: Path, tracks: Path) -> list[Pair]:
    """Every video of a folder with the tracks of its stem, and tracks without a video, sorted by name.

    Args:
        videos: a folder, whose subfolders are left out, or one file.
        tracks: a folder, or one file where ``videos`` is one too.

    Raises:
        ValueError: a path that is not there, one tracks file for a folder of videos, or no video.
    """
    for path in (videos, tracks):
        if not path.exists():
            raise ValueError(f"expected a file or folder, got {path}, which does not exist: check the path")
    if videos.is_file():
        return [Pair(videos.name, videos, tracks if tracks.is_file() else _of_stem(tracks, videos.stem))]
    if tracks.is_file():
        raise ValueError(f"expected a folder of tracks for the folder {videos}, got the file {tracks}: give its folder")
    found = list_videos(videos)
    stems = {video.stem for video in found}
    pairs = [Pair(video.name, video, _of_stem(tracks, video.stem)) for video in found]
    pairs += [
        Pair(path.name, None, path)
        for path in tracks.iterdir()
        if path.suffix.lower() in TRACKS_SUFFIXES and path.stem not in stems
    ]
    return sorted(pairs, key=lambda pair: pair.name)


def list_videos(folder: Path) -> list[Path]:
    """A folder's videos, sorted.

    Raises:
        ValueError: there is none.
    """
    found = sorted(path for path in folder.iterdir() if path.suffix.lower() in VIDEO_SUFFIXES)
    if not found:
        raise ValueError(f"expected videos ({', '.join(VIDEO_SUFFIXES)}) in {folder}, got none: check the folder")
    return found


def read_trajectories(path: Path, frames: int, size: Size) -> Trajectories:
    """Reads the tracks that a video should follow.

    ``.txt`` is Tora's form, paths of any length on a canvas of 256x256. ``.json`` is in pixels of the video with a
    point for each frame: a list of paths of ``{"x", "y"}`` (``coordinates_text``), or an object with ``points_px``
    [T][N][2] and, where they are known, ``visible`` [T][N] and ``canvas`` [width, height].

    Args:
        path: of the file.
        frames: how many the video has; only ``.txt`` is sampled to them.
        size: the video's; the canvas where the file does not say one.

    Raises:
        ValueError: a file that is missing or in no such form.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise ValueError(f"expected a tracks file, got {path}, which cannot be read ({error.strerror})") from error
    if path.suffix.lower() == ".txt":
        return Trajectories.from_paths(parse_coordinates(text), TORA_CANVAS, frames, size)
    data = json.loads(text)
    if isinstance(data, dict) and "points_px" in data:
        return _from_object(data, size, path.name)
    paths = parse_coordinates(data)
    lengths = sorted({len(one) for one in paths})
    if len(lengths) > 1:
        raise ValueError(
            f"expected a point for each frame in every path of {path.name}, got paths of {lengths[0]} to {lengths[-1]} "
            "points: sample them once a frame"
        )
    points = np.stack(paths, axis=1)  # [T, N, 2]
    return Trajectories(points, np.ones(points.shape[:2], dtype=bool), size)


def _from_object(data: dict[str, Any], size: Size, name: str) -> Trajectories:
    try:
        points = np.array(data["points_px"], dtype=np.float64)
        visible = np.array(data.get("visible", np.ones(points.shape[:2])), dtype=bool)
        width, height = data.get("canvas", size)
        return Trajectories(points, visible, Size(int(width), int(height)))
    except (TypeError, ValueError) as error:
        raise ValueError(
            f'expected {{"points_px": [T][N][2], "visible": [T][N], "canvas": [width, height]}} in {name}: {error}'
        ) from error


def _of_stem(folder: Path, stem: str) -> Path | None:
    files = (folder / f"{stem}{suffix}" for suffix in TRACKS_SUFFIXES)
    return next((file for file in files if file.is_file()), None)
