"""Does the pieces of a run in this process, in several processes, or on a Ray cluster."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ..processes import Died, do_in_processes, use_one_thread
from ..ray_cluster import do_on_ray
from .engine import Engine
from .results import Results, Row
from .tasks import Batch, Encoding, Piece, Run, do_piece

_run: Run | None = None
_engine: Engine | None = None
"""The models of this worker process."""


def run_here(run: Run, pieces: Sequence[Piece]) -> Iterator[list[Row]]:
    """Does the pieces one after the other in this process."""
    engine = Engine(run.models)
    for piece in pieces:
        yield do_piece(run, engine, piece)


def run_in_processes(run: Run, pieces: Sequence[Piece], workers: int) -> Iterator[list[Row]]:
    """Does the pieces in several processes, each with its own models, and on its own GPU if there are any.

    A job that kills its process each time becomes a failure. A prompt or motion that does fails later, with its jobs.
    """
    for piece, rows in do_in_processes(_do_in_worker, _split_stages(pieces), workers, _start_worker, (run,)):
        if not isinstance(rows, Died):
            yield rows
        elif isinstance(piece, Batch):
            results = Results(run.out, run.fps)
            why = "the worker process died each time it tried this job"
            yield [results.store_failure(job, why) for job in piece.jobs]


def run_on_ray(run: Run, pieces: Sequence[Piece], address: str | None, workers: int) -> Iterator[list[Row]]:
    """Does the pieces with actors on a Ray cluster. All machines need the folders and files at the same paths.

    Args:
        run: models and folders.
        pieces: the work.
        address: address of a cluster. None connects to a running one, or starts one here.
        workers: number of actors, each with a GPU if the cluster has any.

    Raises:
        ValueError: Ray is missing, or no cluster answers.
    """
    return do_on_ray(RayWorker, (run,), _split_stages(pieces), address, workers, needs_gpu=True)


class RayWorker:
    """Ray actor that loads the models once."""

    def __init__(self, run: Run) -> None:
        use_one_thread()
        self._run, self._engine = run, Engine(run.models)

    def do(self, piece: Piece) -> list[Row]:
        return do_piece(self._run, self._engine, piece)


def _split_stages(pieces: Sequence[Piece]) -> list[list[Piece]]:
    """All prompts and motions come before the first video, because several videos may need them."""
    return [[piece for piece in pieces if isinstance(piece, kind)] for kind in (Encoding, Batch)]


def _start_worker(number: int, run: Run) -> None:
    """Prepares a worker process. Each sees one GPU, if there are any."""
    global _run, _engine
    import torch

    if torch.cuda.is_available():
        torch.cuda.set_device(number % torch.cuda.device_count())
    _run, _engine = run, Engine(run.models)


def _do_in_worker(piece: Piece) -> list[Row]:
    assert _run is not None and _engine is not None
    return do_piece(_run, _engine, piece)
