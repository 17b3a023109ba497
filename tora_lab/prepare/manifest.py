"""Manifest of the training set: one record per clip, with its scores and why it was dropped.

Each source has its own JSON-lines file (a shard), written when the source is finished. ``merge`` joins all shards.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal, TextIO

from ..media.files import write_text, write_whole

CaptionSource = Literal["captioner", "file", "missing"]
FOLDER = "manifest"
MERGED = "manifest.jsonl"
_LONGEST_STEM = 60


@dataclass(frozen=True)
class ClipRecord:
    """One line of the manifest.

    Args:
        source: path of the raw video relative to the raw folder.
        clip: stem of the clip's files. None if the clip was dropped.
        start_s: start of the clip in the source, in seconds. None if the source is broken: it has no measured values.
        end_s: end of the clip in the source, in seconds.
        frames: number of frames in the clip.
        width: displayed width of the source in px. Width and height of a clip are rounded down to even numbers.
        height: displayed height of the source in px.
        fps: frames per second of the source.
        flow_score: mean flow in px per frame, see ``scores.ClipMotion``.
        camera_share: share of the flow that the camera explains, 0..1.
        aesthetic: LAION's score. None if the settings name no model, or if another score already dropped the clip.
        caption_source: origin of a kept clip's caption. ``missing``: there is no label, and training skips the clip.
        kept: whether the clip is in the set.
        dropped: all reasons why the clip was dropped, each as ``word: found value, expected value``.
    """

    source: str
    clip: str | None = None
    start_s: float | None = None
    end_s: float | None = None
    frames: int | None = None
    width: int | None = None
    height: int | None = None
    fps: float | None = None
    flow_score: float | None = None
    camera_share: float | None = None
    aesthetic: float | None = None
    caption_source: CaptionSource | None = None
    kept: bool = False
    dropped: tuple[str, ...] = ()


def make_key(source: str) -> str:
    """Makes a file name from a source's relative path. Equal stems in different folders get different names."""
    stem = re.sub(r"[^\w-]+", "_", Path(source).stem)[:_LONGEST_STEM]
    return f"{stem}-{hashlib.sha256(source.encode()).hexdigest()[:12]}"


def write_shard(out: Path, source: str, records: Sequence[ClipRecord]) -> None:
    """Writes a source's records atomically, after all its clips. The shard marks the source as finished."""
    lines = "".join(json.dumps(asdict(record), ensure_ascii=False, allow_nan=False) + "\n" for record in records)
    write_text(_shard_path(out, source), lines)


def list_unfinished(out: Path, sources: Iterable[str]) -> list[str]:
    """Lists the sources without a shard."""
    folder = out / FOLDER
    # One listing of the folder is faster than one query per source: there may be hundreds of thousands.
    finished = {path.name for path in folder.iterdir()} if folder.is_dir() else set()
    return [source for source in sources if _shard_path(out, source).name not in finished]


def merge(out: Path, sources: Sequence[str]) -> Counter[str]:
    """Writes all shards to one file, in the order of the sources.

    Returns:
        Numbers of all ``clips``, of ``kept`` clips, of kept clips with ``missing caption``, and of dropped clips per
        reason. A clip with several reasons is counted once for each.
    """
    counts: Counter[str] = Counter()

    def join(part: Path) -> None:
        with part.open("w", encoding="utf-8") as file:
            for source in sources:
                _append(file, _shard_path(out, source), counts)

    write_whole(out / MERGED, join)
    return counts


def _append(file: TextIO, shard: Path, counts: Counter[str]) -> None:
    """Copies a shard's lines to the merged file and counts its records."""
    for line in shard.read_text(encoding="utf-8").splitlines():
        record = json.loads(line)
        counts["clips"] += 1
        counts["kept"] += record["kept"]
        counts["missing caption"] += record["caption_source"] == "missing"
        counts.update({reason.split(":")[0] for reason in record["dropped"]})
        file.write(line + "\n")


def _shard_path(out: Path, source: str) -> Path:
    return out / FOLDER / f"{make_key(source)}.jsonl"
