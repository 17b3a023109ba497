"""Writes paths as text: coordinates for the nodes of other packs, and TRACKS."""

from __future__ import annotations

import json

import numpy as np

from .trajectories import Trajectories


def coordinates_text(trajectories: Trajectories, flat: bool = False, ends_when_hidden: bool = False) -> str:
    """Writes every path as JSON, a list of ``{"x", "y"}`` in pixels with one point per frame.

    The paths are in an outer list, as the nodes of other packs expect.

    Args:
        trajectories: the paths.
        flat: a single path is not in an outer list.
        ends_when_hidden: a path ends after its last visible point, and one that is never visible is left out. ATI and
            LTX count the missing points as hidden.
    """
    points = np.round(trajectories.points_px, 3)  # [T, N, 2]
    paths = [[{"x": x, "y": y} for x, y in path] for path in points.transpose(1, 0, 2).tolist()]
    if ends_when_hidden:
        shown = [np.flatnonzero(column) for column in trajectories.visible.T]
        paths = [path[: seen[-1] + 1] for path, seen in zip(paths, shown, strict=True) if len(seen)]
    return json.dumps(paths[0] if flat and len(paths) == 1 else paths)


def tracks_text(trajectories: Trajectories) -> str:
    """Writes everything as JSON that the coordinates door reads: points, visibility and canvas."""
    data = {
        "track_path": np.round(trajectories.points_px, 3).tolist(),  # [T][N][2]
        "track_visibility": trajectories.visible.tolist(),
        "canvas": list(trajectories.canvas),
    }
    return json.dumps(data)
