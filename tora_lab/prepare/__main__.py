"""Cuts raw videos into clips and keeps the good ones for training: ``python -m tora_lab.prepare RAW OUT``.

OUT becomes a data set for ``python -m tora_lab.train`` (videos/, labels/). OUT/manifest.jsonl lists the scores of every
clip and why it was dropped. Run the command again to resume it. To repeat one video, delete its file in OUT/manifest.
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
from ..ray_cluster import add_ray_option
from ..settings import describe_settings
from .manifest import MERGED, list_unfinished, merge
from .settings import PrepareSettings, read_settings
from .workers import Job, run_locally, run_on_ray

logger = logging.getLogger(__name__)

RAW_SUFFIXES = (*VIDEO_SUFFIXES, ".m4v", ".mkv", ".avi")
RUN = "run.json"


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(
        prog="python -m tora_lab.prepare",
        description=__doc__,
        epilog=describe_settings(PrepareSettings),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("raw", type=Path, help=f"folder of videos ({', '.join(RAW_SUFFIXES)}); subfolders are included")
    parser.add_argument("out", type=Path, help="folder for the training set")
    parser.add_argument("--config", type=Path, help="YAML file of settings; all keys are listed below")
    parser.add_argument(
        "--workers",
        type=int,
        default=1,
        help="processes (default: 1); with --ray: actors that run models",
    )
    add_ray_option(parser)
    options = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    try:
        if options.workers < 1:
            raise ValueError(f"expected at least 1 worker, got {options.workers}")
        counts = prepare(options.raw, options.out, read_settings(options.config), options.workers, options.ray)
    except (ValueError, OSError) as error:
        parser.error(str(error))
    sys.stdout.write(_summarise(counts, options.out))


def prepare(raw: Path, out: Path, settings: PrepareSettings, workers: int = 1, ray: str | None = None) -> Counter[str]:
    """Prepares every video that is not finished yet, then writes the whole manifest.

    Args:
        raw: folder of videos.
        out: folder for the training set, outside of ``raw``.
        settings: thresholds and models.
        workers: number of processes. With Ray, number of actors if the settings name models.
        ray: address of a cluster. An empty text finds or starts one. None runs on this machine.

    Returns:
        The counts of ``manifest.merge``.

    Raises:
        ValueError: PySceneDetect is missing, there are no raw videos, ``out`` is inside of ``raw``, or ``out`` was
            started with other settings or another raw folder.
    """
    if not find_spec("scenedetect"):
        raise ValueError("expected the library PySceneDetect, got none: pip install 'scenedetect>=0.7'")
    raw, out = raw.resolve(), out.resolve()
    sources = list_sources(raw)
    if out.is_relative_to(raw):
        raise ValueError(
            f"expected OUT outside of {raw}, got {out}: choose another OUT. The next run would read its clips"
        )
    _check_same_run(raw, out, settings)
    todo = list_unfinished(out, sources)
    if len(todo) < len(sources):
        logger.info("%d of %d videos are already finished", len(sources) - len(todo), len(sources))
    job = Job(raw, out, settings)
    if todo:
        results = run_locally(job, todo, workers) if ray is None else run_on_ray(job, todo, ray or None, workers)
        for number, result in enumerate(results, 1):
            logger.info("%d/%d %s: %d of %d clips kept", number, len(todo), result.source, result.kept, result.clips)
    return merge(out, sources)


def list_sources(raw: Path) -> list[str]:
    """Lists all videos in a folder and its subfolders as sorted relative paths, without hidden files and folders.

    Raises:
        ValueError: the folder does not exist, or has no videos.
    """
    if not raw.is_dir():
        raise ValueError(f"expected a folder of raw videos, got {raw}, which is not a folder: check the path")
    found = (path.relative_to(raw) for path in raw.rglob("*") if path.suffix.lower() in RAW_SUFFIXES)
    sources = sorted(path.as_posix() for path in found if not any(part.startswith(".") for part in path.parts))
    if not sources:
        raise ValueError(f"expected videos ({', '.join(RAW_SUFFIXES)}) in {raw}, got none: check the folder")
    return sources


def _check_same_run(raw: Path, out: Path, settings: PrepareSettings) -> None:
    """Stores the settings at the first run and compares them at later runs.

    The manifest of a set with two settings would not explain its clips.
    """
    current = {"raw": str(raw), **settings.model_dump(mode="json")}
    run_file = out / RUN
    if not run_file.exists():
        write_text(run_file, json.dumps(current, indent=2) + "\n")
        return
    first = json.loads(run_file.read_text(encoding="utf-8"))
    changes = [
        f"{key} was {first.get(key)!r}, is {value!r}" for key, value in current.items() if first.get(key) != value
    ]
    if changes:
        raise ValueError(
            f"expected the settings that {out} was started with, got others ({'; '.join(changes)}): choose another "
            f"OUT. If only the raw folder has moved, edit {run_file}"
        )


def _summarise(counts: Counter[str], out: Path) -> str:
    reasons = {key: count for key, count in counts.most_common() if key not in ("clips", "kept", "missing caption")}
    lines = [f"{counts['kept']} of {counts['clips']} clips kept; scores and reasons of all clips: {out / MERGED}"]
    if reasons:
        lines.append("dropped for " + ", ".join(f"{key} {count}" for key, count in reasons.items()))
    if missing := counts["missing caption"]:
        lines.append(f"{missing} kept clips have no caption. Training skips them until {out / 'labels'} has one")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
