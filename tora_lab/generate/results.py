"""The results of a run: one row per job, written when its files are whole. A row says that a job is done."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from torch import Tensor

from tora_core.paths.trajectories import Trajectories

from ..media.files import write_safetensors, write_text
from ..media.video_writer import write_mp4
from .jobs import Job

MERGED = "results.jsonl"
Row = dict[str, Any]


class Results:
    """The folder of a run.

    ``videos/ID.mp4``, ``tracks/ID.json`` and ``prompts/ID.txt`` are what ``tora_lab.evaluate`` reads. ``rows/ID.json``
    holds the settings and how the job ended. ``cache/`` holds encoded prompts and motions.

    Args:
        folder: the run's folder.
        fps: frames per second of the videos.
    """

    def __init__(self, folder: Path, fps: int = 8) -> None:
        self.folder = folder
        self._fps = fps

    def video(self, job: Job) -> Path:
        return self.folder / "videos" / f"{job.id}.mp4"

    def is_done(self, job: Job) -> bool:
        """Whether the video of exactly these settings is whole."""
        row = self._read_row(job)
        return row is not None and row["error"] is None and row["digest"] == job.digest and self.video(job).is_file()

    def list_unfinished(self, jobs: Sequence[Job]) -> list[Job]:
        """Lists the jobs that are not done, failed ones too. Looks at each folder once."""
        rows = self.folder / "rows"
        present = {path.name for path in rows.iterdir()} if rows.is_dir() else set()
        return [job for job in jobs if f"{job.id}.json" not in present or not self.is_done(job)]

    def store(self, job: Job, video: Tensor, trajectories: Trajectories | None, seconds: float) -> Row:
        """Writes a job's files, and its row last.

        Args:
            job: the job.
            video: ``[T, H, W, 3]`` uint8.
            trajectories: the job's paths, or None.
            seconds: how long its sampling took.
        """
        write_mp4(self.video(job), video, self._fps)
        return self.store_beside_video(job, trajectories, seconds)

    def store_beside_video(self, job: Job, trajectories: Trajectories | None, seconds: float) -> Row:
        """Writes paths, prompt and row of a job whose video is already there."""
        write_text(self.folder / "prompts" / f"{job.id}.txt", f"{job.prompt}\n")
        tracks = self.folder / "tracks" / f"{job.id}.json"
        if trajectories is None:
            tracks.unlink(missing_ok=True)
        else:
            data = {
                "points_px": trajectories.points_px.round(3).tolist(),
                "visible": trajectories.visible.tolist(),
                "canvas": list(trajectories.canvas),
            }
            write_text(tracks, json.dumps(data) + "\n")
        return self._write_row(job, None, seconds)

    def store_failure(self, job: Job, error: BaseException | str) -> Row:
        """Writes why a job failed, as its row."""
        return self._write_row(job, str(error).strip() or type(error).__name__, None)

    def merge(self, jobs: Iterable[Job]) -> list[Row]:
        """Writes the rows of all jobs to one file, in the order of the list, and returns them."""
        rows = [row for job in jobs if (row := self._read_row(job)) is not None]
        lines = "".join(json.dumps(row, ensure_ascii=False, allow_nan=False) + "\n" for row in rows)
        write_text(self.folder / MERGED, lines)
        return rows

    def cached(self, kind: str, digest: str) -> Path:
        """Where an encoded prompt or motion lies."""
        return self.folder / "cache" / kind / f"{digest}.safetensors"

    def cache(self, kind: str, digest: str, tensor: Tensor) -> None:
        """Stores an encoded prompt or motion."""
        write_safetensors(self.cached(kind, digest), {kind: tensor})

    def read_cached(self, kind: str, digest: str) -> Tensor:
        """Reads what ``cache`` stored."""
        from safetensors.torch import load_file

        return load_file(self.cached(kind, digest))[kind]

    def check_same_models(self, facts: Row) -> None:
        """Stores the models at the first run and compares them at later runs.

        Raises:
            ValueError: the folder was started with other models.
        """
        file = self.folder / "run.json"
        if not file.exists():
            write_text(file, json.dumps(facts, indent=2) + "\n")
            return
        first = json.loads(file.read_text(encoding="utf-8"))
        changes = [f"{key} was {first.get(key)!r}, is {facts[key]!r}" for key in facts if first.get(key) != facts[key]]
        if changes:
            raise ValueError(
                f"expected the models that {self.folder} was started with, got others ({'; '.join(changes)}): choose "
                "another --out"
            )

    def _row_file(self, job: Job) -> Path:
        return self.folder / "rows" / f"{job.id}.json"

    def _read_row(self, job: Job) -> Row | None:
        try:
            row: Row = json.loads(self._row_file(job).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return None
        return row if {"digest", "error"} <= row.keys() else None

    def _write_row(self, job: Job, error: str | None, seconds: float | None) -> Row:
        row = {
            "id": job.id,
            "error": error,
            "seconds": None if seconds is None else round(seconds, 3),
            "digest": job.digest,
            "job": job.model_dump(mode="json"),
        }
        write_text(self._row_file(job), json.dumps(row, ensure_ascii=False) + "\n")
        return row
