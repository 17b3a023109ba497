"""What became of every clip: a JSON-lines file for each source, written when it is done, and all of them in one."""

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
        source: the raw video, below the raw folder.
        clip: stem of the clip's files; None where it was dropped.
        start_s: where it begins in the source; None, as all facts, where the source is broken.
        end_s: where it ends.
        frames: of the clip.
        width: of the source as it is shown, in px; a clip's sides are rounded down to even ones.
        height: the same.
        fps: frames a second.
        flow_score: px per frame, see ``scores.Measured``.
        camera_share: of the flow, 0..1.
        aesthetic: LAION's score; None where no model is named, or the clip was dropped before.
        caption_source: of a kept clip; ``missing`` has no label, and training leaves it out until it has one.
        kept: whether the clip is in the set.
        dropped: every reason why it is not, each ``word: what was found, what was expected``.
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
    """A file name for a source, by its path below the raw folder: two of one stem do not meet."""
    stem = re.sub(r"[^\w-]+", "_", Path(source).stem)[:_LONGEST_STEM]
    return f"{stem}-{hashlib.sha256(source.encode()).hexdigest()[:12]}"


def write_shard(out: Path, source: str, records: Sequence[ClipRecord]) -> None:
    """Marks a source as done: the last thing that is written of it, whole or not at all."""
    lines = "".join(json.dumps(asdict(record), ensure_ascii=False, allow_nan=False) + "\n" for record in records)
    write_text(_shard(out, source), lines)


def not_done(out: Path, sources: Iterable[str]) -> list[str]:
    """Sources without a shard; one listing of the folder, as there may be hundreds of thousands."""
    folder = out / FOLDER
    done = {path.name for path in folder.iterdir()} if folder.is_dir() else set()
    return [source for source in sources if _shard(out, source).name not in done]


def merge(out: Path, sources: Sequence[str]) -> Counter[str]:
    """Writes all shards as one file in the order of their sources.

    Returns:
        How many clips were ``kept``, how many of these ``missing caption``, and how many were dropped for each reason;
        a clip that has several counts for each.
    """
    counts: Counter[str] = Counter()

    def join(part: Path) -> None:
        with part.open("w", encoding="utf-8") as file:
            for source in sources:
                _append(file, _shard(out, source), counts)

    write_whole(out / MERGED, join)
    return counts


def _append(file: TextIO, shard: Path, counts: Counter[str]) -> None:
    for line in shard.read_text(encoding="utf-8").splitlines():
        record = json.loads(line)
        counts["clips"] += 1
        counts["kept"] += record["kept"]
        counts["missing caption"] += record["caption_source"] == "missing"
        counts.update({reason.split(":")[0] for reason in record["dropped"]})
        file.write(line + "\n")


def _shard(out: Path, source: str) -> Path:
    return out / FOLDER / f"{make_key(source)}.jsonl"
