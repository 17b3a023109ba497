"""Measures one video: its row. Any process can measure any video."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import torch
from torch import Tensor

from tora_core.evaluation.trajectory_error import trajectory_error
from tora_core.video import Size

from ..media.video_reader import read_video
from .metrics import ClipModel, clip_similarity, load_clip
from .overlap import measure_overlap
from .pairs import Pair, find_video, read_trajectories
from .similarity import measure_similarity
from .trackers import LUCAS_KANADE, Tracker, load_tracker

Row = dict[str, Any]
SCORES = (
    ("psnr_db", "PSNR", "dB"),
    ("ssim", "SSIM", ""),
    ("lpips", "LPIPS", ""),
    ("mask_iou", "mask IoU", ""),
    ("box_iou", "box IoU", ""),
)
"""Key, name and unit of what is measured beside paths and prompts."""
ERROR_KEYS = ("traj_error_px", "euclidean_px", "coverage", "canvas", "lost")


class Measures(NamedTuple):
    """What is measured beside TrajError, and how paths are found. All names are plain, so that it can be sent around.

    Args:
        clip: folder or name of a CLIP model, for CLIPSIM.
        prompts: folder with STEM.txt, for CLIPSIM and for trackers that read prompts.
        tracker: name for ``load_tracker``.
        truth: folder of the true videos by stem, for PSNR and SSIM.
        lpips: network for LPIPS against the true videos, or None.
        masks: folders of wanted and of found masks, each with a folder per stem, for the IoU of masks and boxes.
    """

    clip: str | None = None
    prompts: Path | None = None
    tracker: str = LUCAS_KANADE
    truth: Path | None = None
    lpips: str | None = None
    masks: tuple[Path, Path] | None = None

    @property
    def keys(self) -> list[str]:
        """Keys that a complete row has."""
        found = ["traj_error_px"]
        found += ["clip_similarity"] if self.clip else []
        found += ["psnr_db", "ssim"] if self.truth else []
        found += ["mask_iou", "box_iou"] if self.masks else []
        return found + (["lpips"] if self.lpips else [])


class Measurer:
    """Measures videos with models that are loaded once.

    Raises:
        ValueError: a model or the tracker cannot be loaded.
    """

    def __init__(self, measures: Measures) -> None:
        self.measures = measures
        device = "cuda" if torch.cuda.is_available() else "cpu"
        self._clip: ClipModel | None = load_clip(measures.clip, device) if measures.clip else None
        self._track: Tracker = load_tracker(measures.tracker, device)

    def do(self, pair: Pair) -> Row:
        """Measures one video. After a failure the row holds the error and the values measured before it."""
        row = start_row(pair, self.measures)
        try:
            if pair.video is None or pair.tracks is None:
                missing = "a video" if pair.video is None else "tracks (.json or .txt)"
                raise ValueError(f"expected {missing} with the same stem as {pair.name}, got none: add the file")
            video = read_video(pair.video)
            frames, height, width, _ = video.shape
            wanted = read_trajectories(pair.tracks, frames, Size(width, height))
            prompt = self._read_prompt(pair.video.stem)
            found = trajectory_error(wanted, self._track(video, wanted, prompt, pair.video.stem)).to_json()
            row |= {key: found[key] for key in ERROR_KEYS}
            row |= {"frames": frames, "paths": wanted.points_px.shape[1]}
            row["frame_l1_px"] = [value and round(value, 4) for value in found["frames"]["traj_error_px"]]
            self._compare(row, video, pair.video)
        except (ValueError, OSError, RuntimeError, MemoryError) as error:
            row["error"] = f"{error}" or type(error).__name__
        return row

    def _compare(self, row: Row, video: Tensor, file: Path) -> None:
        if self._clip is not None and self.measures.prompts is not None:
            prompt = (self.measures.prompts / f"{file.stem}.txt").read_text(encoding="utf-8-sig")
            row["clip_similarity"] = clip_similarity(video, prompt, self._clip)
        if self.measures.truth is not None:
            truth = read_video(find_video(self.measures.truth, file.stem))
            row |= measure_similarity(video, truth, self.measures.lpips)
        if self.measures.masks is not None:
            wanted, found = (folder / file.stem for folder in self.measures.masks)
            row |= measure_overlap(found, wanted)

    def _read_prompt(self, stem: str) -> str:
        """Reads the prompt for a tracker. Without a file it is empty."""
        file = self.measures.prompts and self.measures.prompts / f"{stem}.txt"
        return file.read_text(encoding="utf-8-sig") if file and file.exists() else ""


def start_row(pair: Pair, measures: Measures) -> Row:
    """Creates the row of a video that is not measured yet. ``name`` comes first."""
    video, tracks = (file and str(file.resolve()) for file in (pair.video, pair.tracks))
    return {"name": pair.name, "video": video, "tracks": tracks, "tracker": measures.tracker, "error": None}


def make_key(row: Row) -> tuple[str, ...]:
    """Identifies a measurement: the video, its tracks and the tracker."""
    return row["name"], str(row["video"]), str(row["tracks"]), row.get("tracker", LUCAS_KANADE)
