"""A list of jobs: one video per line, as JSON lines or CSV."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pydantic import Field, PrivateAttr, field_validator

from tora_core.cogvideox.latents import COGVIDEOX_1_0
from tora_core.paths.exports import parse_trajectories
from tora_core.paths.path_files import SUFFIXES, read_path_file
from tora_core.paths.presets import PRESETS, preset
from tora_core.paths.trajectories import Mode, Trajectories
from tora_core.steering.guidance import Schedule
from tora_core.video import Size

from ..settings import Positive, SettingsModel, Share, validate_settings

_ID = re.compile(r"[\w][\w.-]{0,119}\Z")
_PRESET = "preset:"


class Job(SettingsModel):
    """One video. A path is relative to the folder of the job list."""

    id: str = Field(description="Name of the video's files: letters, digits, dot, dash and underscore.")
    prompt: str = Field(default="", description="What the video shows.")
    negative: str = Field(default="", description="What it must not show.")
    tracks: str = Field(
        default="",
        description="Paths: coordinates as text, a file of paths, or preset:NAME. Empty: the base without motion.",
    )
    canvas: str = Field(
        default="", description="Size that the coordinates were drawn on, such as 256x256. Empty: that of the video."
    )
    image: str = Field(default="", description="First frame, for an image-to-video base.")
    size: str = Field(default=str(COGVIDEOX_1_0.trained_size), description="Size of the video in pixels.")
    frames: Positive = Field(default=COGVIDEOX_1_0.trained_frames, description="Number of frames, 4k+1.")
    seed: int = Field(default=0, ge=0, description="Seed of the noise.")
    steps: Positive = Field(default=50, description="Sampling steps.")
    guidance: float = Field(default=6.0, ge=0, le=100, description="Guidance scale.")
    schedule: Schedule = Field(default="constant", description="How the guidance changes over the steps.")
    strength: float = Field(default=1.0, ge=-10, le=10, description="Strength of the motion.")
    start_percent: Share = Field(default=0.0, description="Part of sampling after which the motion acts.")
    end_percent: Share = Field(default=1.0, description="Part of sampling until which the motion acts.")
    mode: Mode = Field(default="exact", description="How paths become pixels.")
    checkpoint: str = Field(default="", description="Base of this job. Empty: that of the command.")
    _contents: tuple[str, str] = PrivateAttr(("", ""))
    """Digests of the files of paths and image, so that a job whose file changed is done again."""

    @field_validator("id")
    @classmethod
    def _check_id(cls, name: str) -> str:
        if not _ID.match(name):
            raise ValueError("expected 1 to 120 letters, digits, dots, dashes and underscores")
        return name

    @field_validator("size", "canvas")
    @classmethod
    def _check_size(cls, text: str, info: Any) -> str:
        if not (text == "" and info.field_name == "canvas"):
            parse_size(text)
        return text

    @property
    def video(self) -> Size:
        """Size of the video in pixels."""
        return parse_size(self.size)

    @property
    def digest(self) -> str:
        """A number that changes with any setting of the job."""
        return make_digest(self.model_dump_json(), self._contents)

    @property
    def motion_digest(self) -> str:
        """A number that is the same for jobs with the same motion."""
        return make_digest(
            self.tracks, self._contents[0], self.canvas, self.size, self.frames, self.mode, self.checkpoint
        )

    @property
    def shape(self) -> tuple[Any, ...]:
        """What must be equal in jobs that are sampled together."""
        return (
            *(self.size, self.frames, self.steps, self.guidance, self.schedule, bool(self.tracks), bool(self.image)),
            *(self.strength, self.start_percent, self.end_percent, self.checkpoint),
        )

    def look_at_files(self, folder: Path) -> None:
        """Notes what the job's files hold. ``folder`` is that of the list. A missing file fails later, with its job."""
        tracks = self.tracks if is_path_file(self.tracks) else ""
        self._contents = (_digest_file(folder, tracks), _digest_file(folder, self.image))

    def read_trajectories(self, folder: Path) -> Trajectories | None:
        """Reads the job's paths, one point per frame. None: the job has no motion.

        Args:
            folder: folder of the job list.

        Raises:
            ValueError: the text, the file or the preset cannot be read, or nothing moves.
        """
        if not self.tracks:
            return None
        if self.tracks.startswith(_PRESET):
            name = self.tracks.removeprefix(_PRESET)
            if name not in PRESETS:
                raise ValueError(f"expected preset: and one of {tuple(PRESETS)}, got {self.tracks!r}: correct the name")
            return preset(name, self.frames, self.video)
        text: Any = self.tracks
        if is_path_file(self.tracks):
            text = read_path_file(folder / self.tracks, self.frames)
        canvas = parse_size(self.canvas) if self.canvas else self.video
        return parse_trajectories(text, canvas, self.frames, self.video, self.mode)


def read_jobs(path: Path, defaults: Mapping[str, Any] | None = None) -> list[Job]:
    """Reads a list of jobs.

    Args:
        path: JSON lines, or CSV with the keys of ``Job`` in its first line.
        defaults: values for keys that a line does not have.

    Raises:
        ValueError: the file cannot be read, a line is wrong, or two jobs have the same id. Names the line.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise ValueError(f"expected a list of jobs, got {path}, which cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise ValueError(f"expected text in UTF-8 in {path.name}, got other bytes: save the list as UTF-8") from error
    rows = _read_table(text) if path.suffix.lower() == ".csv" else _read_lines(text, path.name)
    jobs: dict[str, Job] = {}
    for number, row in rows:
        if not isinstance(row, dict):
            raise ValueError(f"expected an object in line {number} of {path.name}, got {row!r:.60}: write one job")
        whole = {**(defaults or {}), "id": f"{number:06d}", **row}
        job = validate_settings(Job, whole, f"line {number} of {path.name} is no valid job")
        if job.id in jobs:
            raise ValueError(f"expected one job per id, got {job.id!r} again in line {number}: rename one of them")
        job.look_at_files(path.parent)
        jobs[job.id] = job
    if not jobs:
        raise ValueError(f"expected at least one job in {path.name}, got none: write one job per line")
    return list(jobs.values())


def is_path_file(text: str) -> bool:
    """Whether a job's tracks name a file, and are no coordinates."""
    return "\n" not in text and len(text) < 1000 and text.lower().endswith(SUFFIXES)


def parse_size(text: str) -> Size:
    """Reads ``720x480``.

    Raises:
        ValueError: the text is no size.
    """
    found = re.match(r"(\d{1,5})x(\d{1,5})\Z", text.strip().lower())
    if not found or "0" in (found[1], found[2]):
        raise ValueError("expected a size such as 720x480")
    return Size(int(found[1]), int(found[2]))


def _read_lines(text: str, name: str) -> Iterator[tuple[int, Any]]:
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        try:
            yield number, json.loads(line)
        except ValueError as error:
            raise ValueError(f"expected JSON in line {number} of {name}, got {line[:60]!r}: correct it") from error


def _read_table(text: str) -> Iterator[tuple[int, Any]]:
    """Reads CSV. An empty cell is a missing key."""
    reader = csv.DictReader(io.StringIO(text))
    for row in reader:
        filled = {key: value for key, value in row.items() if key is not None and value not in (None, "")}
        if None in row:
            raise ValueError(f"expected as many cells as names in line {reader.line_num}, got more: quote commas")
        yield reader.line_num, filled


def _digest_file(folder: Path, name: str) -> str:
    try:
        return hashlib.sha256((folder / name).read_bytes()).hexdigest()[:16] if name else ""
    except OSError:
        return ""


def make_digest(*parts: Any) -> str:
    """Computes a short number that changes with any of the parts, which JSON must be able to write."""
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:16]
