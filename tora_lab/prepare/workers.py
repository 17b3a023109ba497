"""Runs the work in one process, in several, or on a Ray cluster. All three write the same files."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from ..processes import Died, do_in_processes, use_one_thread
from ..ray_cluster import connect
from .models import load_models
from .settings import PrepareSettings
from .video import prepare_video

_MAX_BLOCKS = 10_000
"""Largest number of Ray tasks. Many small tasks let all machines finish together; more only add overhead."""


class Job(NamedTuple):
    """Folders and settings, equal for all videos. Both folders are absolute paths."""

    raw: Path
    out: Path
    settings: PrepareSettings


class SourceResult(NamedTuple):
    """Number of clips and of kept clips of a finished source."""

    source: str
    clips: int
    kept: int


def run_locally(job: Job, sources: Sequence[str], workers: int = 1) -> Iterator[SourceResult]:
    """Prepares sources in this process or in several, and yields results in the order in which they finish.

    Raises:
        ValueError: a model cannot be loaded, or a source ends its process each time.
    """
    if workers == 1:
        load_models(job.settings)  # a model that cannot be loaded must fail before the first video
        for source in sources:
            yield _prepare_source(job, source)
        return
    for source, result in do_in_processes(_Preparer, (job,), [sources], workers):
        if isinstance(result, Died):
            raise ValueError(f"expected a video that can be prepared, got {source}, which ends its process: remove it")
        yield result


def run_on_ray(
    job: Job, sources: Sequence[str], address: str | None = None, workers: int = 1
) -> Iterator[SourceResult]:
    """Prepares sources with Ray Data on every CPU of a cluster. All machines need both folders at the same paths.

    If the settings name models, ``workers`` actors load them once each. Each actor gets a GPU if the cluster has any.

    Args:
        job: folders and settings.
        sources: paths relative to the raw folder.
        address: address of a cluster. None connects to a running cluster, or starts one on this machine.
        workers: number of actors.

    Raises:
        ValueError: Ray is missing, or no cluster answers.
    """
    with connect(address, needs_data=True) as ray:
        ray.data.DataContext.get_current().enable_progress_bars = False
        rows = [{"source": source} for source in sources]
        data: Any = ray.data.from_items(rows, override_num_blocks=min(len(rows), _MAX_BLOCKS))
        if job.settings.needs_models:
            actors = ray.data.ActorPoolStrategy(size=workers)
            gpus = 1 if ray.cluster_resources().get("GPU") else 0
            data = data.map(RayActor, fn_constructor_args=(job,), compute=actors, num_gpus=gpus)
        else:
            data = data.map(_prepare_row, fn_args=(job,))
        for row in data.iter_rows():
            yield SourceResult(row["source"], row["clips"], row["kept"])


class _Preparer:
    """Prepares videos in a process. Models are loaded when the first video needs them."""

    def __init__(self, job: Job) -> None:
        self._job = job

    def do(self, source: str) -> SourceResult:
        return _prepare_source(self._job, source)


class RayActor:
    """Ray actor that loads the models once, then prepares videos."""

    def __init__(self, job: Job) -> None:
        self.job = job
        load_models(job.settings)

    def __call__(self, row: dict[str, Any]) -> dict[str, Any]:
        return _prepare_row(row, self.job)


def _prepare_row(row: dict[str, Any], job: Job) -> dict[str, Any]:
    use_one_thread()  # Ray reserves one CPU per task
    return _prepare_source(job, row["source"])._asdict()


def _prepare_source(job: Job, source: str) -> SourceResult:
    records = prepare_video(job.raw / source, job.out, job.settings, job.raw)
    return SourceResult(source, len(records), sum(record.kept for record in records))
