"""Cuts raw videos into clips and keeps those that are good to train on: ``python -m tora_lab.prepare RAW OUT``.

OUT becomes a data set for ``python -m tora_lab.train`` (videos/, labels/), with manifest.jsonl: every clip's scores,
and why it was dropped. Started again, it goes on where it stopped; delete a file of OUT/manifest to do its video anew.
"""

from __future__ import annotations

import argparse
import json
import logging
import sys
from collections import Counter
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

from ..media.files import write_text
from ..media.video_reader import VIDEO_SUFFIXES
from ..settings import describe_settings
from .manifest import MERGED, merge, not_done
from .settings import PrepareSettings, read_settings
from .workers import Job, work_here, work_on_ray

logger = logging.getLogger(__name__)

RAW_SUFFIXES = (*VIDEO_SUFFIXES, ".m4v", ".mkv", ".avi")
RUN = "run.json"
_ANY_CLUSTER = ""


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(
        prog="python -m tora_lab.prepare",
        description=__doc__,
        epilog=describe_settings(PrepareSettings),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("raw", type=Path, help=f"a folder of videos ({', '.join(RAW_SUFFIXES)}), and its subfolders")
    parser.add_argument("out", type=Path, help="the training set's folder")
    parser.add_argument("--config", type=Path, help="settings file, YAML; see below")
    parser.add_argument("--workers", type=int, default=1, help="processes here; with --ray and models named, actors")
    parser.add_argument(
        "--ray",
        nargs="?",
        const=_ANY_CLUSTER,
        metavar="ADDRESS",
        help="work on this Ray cluster; without an address on one that runs here, which is started if there is none",
    )
    options = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    try:
        if options.workers < 1:
            raise ValueError(f"expected at least 1 worker, got {options.workers}")
        counts = prepare(options.raw, options.out, read_settings(options.config), options.workers, options.ray)
    except (ValueError, OSError) as error:
        parser.error(str(error))
    sys.stdout.write(_summary(counts, options.out))


def prepare(raw: Path, out: Path, settings: PrepareSettings, workers: int = 1, ray: str | None = None) -> Counter[str]:
    """Prepares every video that is not done yet, then writes the whole manifest.

    Args:
        raw: a folder of videos.
        out: outside of it.
        settings: what is kept.
        workers: processes, or Ray actors where models are named.
        ray: a cluster's address; empty looks for one or starts it; None works here.

    Returns:
        What ``manifest.merge`` counts.

    Raises:
        ValueError: PySceneDetect is missing, no raw videos, or an ``out`` that was begun with other settings or videos.
    """
    if not find_spec("scenedetect"):
        raise ValueError("finding cuts needs the library PySceneDetect: pip install 'scenedetect>=0.7'")
    raw, out = raw.resolve(), out.resolve()
    sources = list_sources(raw)
    if out.is_relative_to(raw):
        raise ValueError(f"expected OUT outside of {raw}, got {out}: its clips would be taken for raw videos")
    _same_run(raw, out, settings)
    todo = not_done(out, sources)
    if len(todo) < len(sources):
        logger.info("%d of %d videos are done already", len(sources) - len(todo), len(sources))
    job = Job(raw, out, settings)
    if todo:
        results = work_here(job, todo, workers) if ray is None else work_on_ray(job, todo, ray or None, workers)
        for number, done in enumerate(results, 1):
            logger.info("%d/%d %s: %d of %d clips kept", number, len(todo), done.source, done.kept, done.clips)
    return merge(out, sources)


def list_sources(raw: Path) -> list[str]:
    """Videos below a folder, by their path in it, sorted; hidden ones are left out.

    Raises:
        ValueError: no such folder, or no video in it.
    """
    if not raw.is_dir():
        raise ValueError(f"expected a folder of raw videos, got {raw}, which is none: check the path")
    found = (path.relative_to(raw) for path in raw.rglob("*") if path.suffix.lower() in RAW_SUFFIXES)
    sources = sorted(path.as_posix() for path in found if not any(part.startswith(".") for part in path.parts))
    if not sources:
        raise ValueError(f"expected videos ({', '.join(RAW_SUFFIXES)}) in {raw}, got none: check the folder")
    return sources


def _same_run(raw: Path, out: Path, settings: PrepareSettings) -> None:
    """Notes what a set is made of; mixing two would leave a manifest that explains neither."""
    wanted = {"raw": str(raw), **settings.model_dump(mode="json")}
    note = out / RUN
    if not note.exists():
        write_text(note, json.dumps(wanted, indent=2) + "\n")
        return
    begun = json.loads(note.read_text(encoding="utf-8"))
    other = [f"{key} was {begun.get(key)!r}, is {wanted.get(key)!r}" for key in wanted if begun.get(key) != wanted[key]]
    if other:
        raise ValueError(
            f"expected the settings that {out} was begun with, got others ({'; '.join(other)}): give another OUT, or "
            f"edit {note} if the raw folder has only moved"
        )


def _summary(counts: Counter[str], out: Path) -> str:
    reasons = {key: count for key, count in counts.most_common() if key not in ("clips", "kept", "missing caption")}
    lines = [f"{counts['kept']} of {counts['clips']} clips kept; {out / MERGED} says what became of each"]
    if reasons:
        lines.append("dropped for " + ", ".join(f"{key} {count}" for key, count in reasons.items()))
    if missing := counts["missing caption"]:
        lines.append(f"{missing} have no caption and are left out of training: put them in {out / 'labels'}")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
