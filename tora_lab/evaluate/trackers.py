"""Trackers: find the wanted paths in a video. The built-in one, CoTracker, files, or a function of yours."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from tora_core.evaluation.trajectory_error import track_and_compare
from tora_core.paths.trajectories import Trajectories, tracked_points

from .pairs import read_trajectories

Tracker = Callable[[Tensor, Trajectories, str, str], Trajectories]
"""(video ``[T, H, W, 3]`` uint8, wanted paths, prompt, stem of the video) -> the paths that the video has."""
LUCAS_KANADE = "lucas-kanade"
COTRACKER = "cotracker="
HELP = (
    f"{LUCAS_KANADE}: the built-in one (default). {COTRACKER}FILE: CoTracker with this file of weights, if its package "
    "is installed. FOLDER: tracks found before, STEM.json. MODULE:FUNCTION: a function of yours that takes a video, "
    "the wanted paths and the prompt"
)


def load_tracker(name: str, device: str = "cpu") -> Tracker:
    """Loads a tracker by its name, see ``HELP``.

    Raises:
        ValueError: there is no such tracker, or its package is missing.
    """
    if name == LUCAS_KANADE:
        return lambda video, wanted, prompt, stem: track_and_compare(video, wanted)[0]
    if name.startswith(COTRACKER):
        return _load_cotracker(Path(name.removeprefix(COTRACKER)), device)
    if Path(name).is_dir():
        return _read_files(Path(name))
    module, colon, function = name.partition(":")
    if colon:
        try:
            found: Any = getattr(importlib.import_module(module), function)
        except (ImportError, AttributeError, ValueError) as error:
            raise ValueError(f"expected a function as tracker, got {name!r} ({error}): check --tracker") from error
        return lambda video, wanted, prompt, stem: found(video, wanted, prompt)
    raise ValueError(f"expected a tracker, got {name!r}: use {HELP}")


def _read_files(folder: Path) -> Tracker:
    def read(video: Tensor, wanted: Trajectories, prompt: str, stem: str) -> Trajectories:
        return read_trajectories(folder / f"{stem}.json", len(video), wanted.canvas)

    return read


def _load_cotracker(weights: Path, device: str) -> Tracker:
    """Loads CoTracker's offline predictor. It is asked for each path's first visible point."""
    try:
        from cotracker.predictor import CoTrackerPredictor
    except ImportError as error:
        raise ValueError(
            "expected the package cotracker, got none: install it from github.com/facebookresearch/co-tracker"
        ) from error
    if not weights.is_file():
        raise ValueError(f"expected CoTracker's weights in {weights}, got no file: download them and give their path")
    model = CoTrackerPredictor(checkpoint=str(weights)).to(device)

    @torch.no_grad()
    def track(video: Tensor, wanted: Trajectories, prompt: str, stem: str) -> Trajectories:
        starts = wanted.visible.argmax(axis=0)
        points = wanted.points_px[starts, np.arange(len(starts))]
        queries = torch.from_numpy(np.concatenate([starts[:, None], points], axis=1)).float()[None].to(device)
        clip = video.movedim(-1, 1)[None].float().to(device)  # [1, T, 3, H, W]
        found, visible = model(clip, queries=queries, backward_tracking=True)  # [1, T, N, 2], [1, T, N]
        return tracked_points(found.cpu().double().numpy(), visible.cpu().double().numpy(), wanted.canvas)

    return track
