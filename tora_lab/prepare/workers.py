"""The same work in one process, in several, or on a Ray cluster; each gives the same files."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path
from typing import Any, NamedTuple

from .models import load_models
from .settings import PrepareSettings
from .video import prepare_video

_MOST_BLOCKS = 10_000
"""Of sources, for Ray: a task each, so that machines finish together; more only cost its bookkeeping."""


class Job(NamedTuple):
    """What is the same for all videos; both folders are absolute."""

    raw: Path
    out: Path
    settings: PrepareSettings


class Done(NamedTuple):
    """A finished source."""

    source: str
    clips: int
    kept: int


def work_here(job: Job, sources: Sequence[str], workers: int = 1) -> Iterator[Done]:
    """Prepares sources one after another, or in several processes, in the order in which they finish."""
    if workers == 1:
        load_models(job.settings)  # one that cannot be loaded is said before anything is cut
        for source in sources:
            yield _prepared(job, source)
        return
    # Spawned: forked decoders and BLAS threads hang.
    context = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(workers, mp_context=context, initializer=_one_thread_each)
    try:
        for future in as_completed([pool.submit(_prepared, job, source) for source in sources]):
            yield future.result()
    finally:
        pool.shutdown(cancel_futures=True)


def work_on_ray(job: Job, sources: Sequence[str], address: str | None = None, workers: int = 1) -> Iterator[Done]:
    """Prepares sources with Ray Data, on every CPU of a cluster; all its machines see both folders at the same paths.

    Where models are named, ``workers`` actors load them once each, with a GPU each where the cluster has any.

    Args:
        job: the folders and settings.
        sources: below the raw folder.
        address: of a cluster; a running one is looked for, and else one is started here, where None.
        workers: actors.

    Raises:
        ValueError: Ray is missing, or no cluster answers.
    """
    try:
        import ray
        import ray.data
    except ImportError as error:
        raise ValueError(f"--ray needs the library ray ({error}): pip install 'ray[data]'") from error
    started = not ray.is_initialized()
    if started:
        _connect(address)
    try:
        ray.data.DataContext.get_current().enable_progress_bars = False
        rows = [{"source": source} for source in sources]
        data: Any = ray.data.from_items(rows, override_num_blocks=min(len(rows), _MOST_BLOCKS))
        if job.settings.needs_models:
            actors = ray.data.ActorPoolStrategy(size=workers)
            gpus = 1 if ray.cluster_resources().get("GPU") else 0
            data = data.map(RayActor, fn_constructor_args=(job,), compute=actors, num_gpus=gpus)
        else:
            data = data.map(_row, fn_args=(job,))
        for row in data.iter_rows():
            yield Done(row["source"], row["clips"], row["kept"])
    finally:
        if started:
            ray.shutdown()


class RayActor:
    """Loads the models once, then prepares videos."""

    def __init__(self, job: Job) -> None:
        self.job = job
        load_models(job.settings)

    def __call__(self, row: dict[str, Any]) -> dict[str, Any]:
        return _row(row, self.job)


def _connect(address: str | None) -> None:
    import ray

    # Machines need the libraries, not the pack: both packages are sent to them.
    root = Path(__file__).parents[2]
    environment = {"py_modules": [str(root / package) for package in ("tora_core", "tora_lab")]}
    try:
        ray.init(address=address, runtime_env=environment, log_to_driver=False)
    except (ConnectionError, RuntimeError) as error:
        place = address or os.environ.get("RAY_ADDRESS", "this machine")
        raise ValueError(f"expected a Ray cluster at {place}, got none: {error}") from error


def _row(row: dict[str, Any], job: Job) -> dict[str, Any]:
    _one_thread_each()  # Ray has counted one CPU for it
    return _prepared(job, row["source"])._asdict()


def _prepared(job: Job, source: str) -> Done:
    records = prepare_video(job.raw / source, job.out, job.settings, job.raw)
    return Done(source, len(records), sum(record.kept for record in records))


def _one_thread_each() -> None:
    import cv2
    import torch

    torch.set_num_threads(1)
    cv2.setNumThreads(1)
