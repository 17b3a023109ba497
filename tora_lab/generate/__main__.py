"""Generates a video for each job of a list: ``python -m tora_lab.generate JOBS --out DIR``.

JOBS is a file of JSON lines or CSV with one job per line. Run the command again to resume: jobs that are done are left
out, and jobs that failed are tried again. DIR/results.jsonl holds one row per job.
"""

from __future__ import annotations

import argparse
import logging
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, fields
from datetime import timedelta
from pathlib import Path

from ..ray_cluster import add_ray_option
from ..settings import describe_settings
from .engine import DTYPES, TOY, Engine, ModelChoice
from .jobs import Job, read_jobs
from .results import MERGED, Results, Row
from .tasks import Piece, Run, list_batches, list_encodings

logger = logging.getLogger(__name__)

_REPORT_SECONDS = 5.0

Worker = Callable[[Run, Sequence[Piece]], Iterator[list[Row]]]


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(
        prog="python -m tora_lab.generate",
        description=__doc__,
        epilog=describe_settings(Job).replace("settings file", "list of jobs"),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("jobs", type=Path, help="list of jobs, .jsonl or .csv; all keys are listed below")
    parser.add_argument("--out", type=Path, required=True, help="folder for the results")
    parser.add_argument(
        "--checkpoint",
        default=TOY,
        metavar="FILE",
        help=f"CogVideoX, with or without the adapter; {TOY}: the tiny model in this package (default)",
    )
    parser.add_argument("--adapter", metavar="FILE", help="Tora adapter, if it is not in the checkpoint")
    parser.add_argument(
        "--vae", metavar="FOLDER", help=f"diffusers VAE; {TOY}: for a checkpoint that was trained like the toy"
    )
    parser.add_argument("--text-encoder", metavar="FOLDER", help="transformers T5 with its tokenizer")
    parser.add_argument("--dtype", choices=list(DTYPES), default="bf16", help="type of the transformer (default: bf16)")
    parser.add_argument("--offload", action="store_true", help="keep the transformer in system RAM, for a small GPU")
    parser.add_argument("--tiling", action="store_true", help="decode in tiles, for a small GPU")
    parser.add_argument("--compile", action="store_true", help="compile the transformer's blocks with torch.compile")
    parser.add_argument("--batch", type=int, default=1, help="jobs of equal shape to sample together (default: 1)")
    parser.add_argument("--workers", type=int, help="processes, or actors with --ray (default: one per GPU, or 1)")
    parser.add_argument("--fps", type=int, default=8, help="frames per second of the videos (default: 8)")
    add_ray_option(parser)
    parser.add_argument(
        "--comfyui",
        metavar="ADDRESS[,ADDRESS]",
        help="send the jobs to running ComfyUI servers with this pack, which have the models",
    )
    options = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    try:
        for name in ("batch", "workers", "fps"):
            if getattr(options, name) is not None and getattr(options, name) < 1:
                raise ValueError(f"expected --{name} of at least 1, got {getattr(options, name)}: use 1 or more")
        rows = generate(options)
    except (ValueError, OSError) as error:
        parser.error(str(error))
    failed = [row for row in rows if row["error"]]
    for row in failed[:10]:
        sys.stdout.write(f"failed: {row['id']}: {row['error']}\n")
    sys.stdout.write(f"{len(rows) - len(failed)} of {len(rows)} videos are done; rows of all: {options.out / MERGED}\n")


def generate(options: argparse.Namespace) -> list[Row]:
    """Does all jobs that are not done yet, and returns the rows of all.

    Raises:
        ValueError: the list or the models cannot be read, or the folder was started with other models.
    """
    choice = _choose_models(options)
    jobs = read_jobs(options.jobs, _toy_defaults() if choice.is_toy else None)
    out = options.out.resolve()
    results = Results(out, options.fps)
    results.check_same_models({**asdict(choice), "fps": options.fps})
    todo = results.list_unfinished(jobs)
    if len(todo) < len(jobs):
        logger.info("%d of %d jobs are done already", len(jobs) - len(todo), len(jobs))
    if todo and options.comfyui is None:
        Engine(choice)  # a wrong file is one sentence now, and not a failure of each job
    if todo:
        run = Run(choice, options.jobs.resolve().parent, out, options.fps)
        _do_all(run, todo, results, options)
    return results.merge(jobs)


def _do_all(run: Run, jobs: Sequence[Job], results: Results, options: argparse.Namespace) -> None:
    """Does the jobs with the workers that the options name, and reports progress."""
    if options.comfyui is not None:
        from .comfyui import run_on_servers

        _report(run_on_servers(run, jobs, options.comfyui.split(",")), len(jobs))
        return
    pieces: list[Piece] = [*list_encodings(jobs, results), *list_batches(jobs, options.batch)]
    _report(_choose_workers(options)(run, pieces), len(jobs))


def _toy_defaults() -> dict[str, object]:
    """What a line means that leaves these keys out: the toy was trained on small videos only."""
    from tora_core.toy.models import FRAMES, VIDEO

    from ..toy.sampling import GUIDANCE, STEPS

    return {"size": str(VIDEO), "frames": FRAMES, "steps": STEPS, "guidance": GUIDANCE}


def _choose_models(options: argparse.Namespace) -> ModelChoice:
    """Reads the models, files with absolute paths, because workers may run in another folder."""
    given = {field.name: getattr(options, field.name) for field in fields(ModelChoice)}
    for name in ("checkpoint", "adapter", "vae", "text_encoder"):
        if given[name] not in (None, TOY) and options.comfyui is None:
            given[name] = str(Path(given[name]).resolve())
    return ModelChoice(**given)


def _choose_workers(options: argparse.Namespace) -> Worker:
    import torch

    from . import workers

    count = options.workers or max(1, torch.cuda.device_count())
    if options.ray is not None:
        return lambda run, pieces: workers.run_on_ray(run, pieces, options.ray or None, count)
    if count > 1:
        return lambda run, pieces: workers.run_in_processes(run, pieces, count)
    return workers.run_here


def _report(done: Iterator[list[Row]], total: int) -> None:
    """Says how many jobs are done, how fast, and how long the rest will take."""
    start = shown = time.monotonic()
    count = failed = 0
    for rows in done:
        count += len(rows)
        failed += sum(row["error"] is not None for row in rows)
        now = time.monotonic()
        if rows and (count == total or now - shown >= _REPORT_SECONDS):
            shown, rate = now, count / max(now - start, 1e-9)
            logger.info(
                "%d of %d jobs, %d failed, %.1f per minute, %s left",
                *(count, total, failed, 60 * rate, timedelta(seconds=round((total - count) / rate))),
            )


if __name__ == "__main__":
    main()
