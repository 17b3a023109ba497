"""Does the pieces of a run in this process, in several processes, or on a Ray cluster."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ..processes import Died, do_in_processes
from ..ray_cluster import do_on_ray
from .engine import Engine
from .results import Results, Row
from .tasks import Batch, Encoding, Piece, Run, do_piece


class Worker:
    """Does pieces with models that are loaded once."""

    def __init__(self, run: Run) -> None:
        self._run, self._engine = run, Engine(run.models)

    def do(self, piece: Piece) -> list[Row]:
        return do_piece(self._run, self._engine, piece)


def run_here(run: Run, pieces: Sequence[Piece]) -> Iterator[list[Row]]:
    """Does the pieces one after the other in this process."""
    return map(Worker(run).do, pieces)


def run_in_processes(run: Run, pieces: Sequence[Piece], workers: int) -> Iterator[list[Row]]:
    """Does the pieces in several processes, each with its own models, and on its own GPU if there are any.

    A job that kills its process each time becomes a failure. A prompt or motion that does fails later, with its jobs.
    """
    for piece, rows in do_in_processes(Worker, (run,), _split_stages(pieces), workers):
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
    return do_on_ray(Worker, (run,), _split_stages(pieces), address, workers, needs_gpu=True)


def _split_stages(pieces: Sequence[Piece]) -> list[list[Piece]]:
    """All prompts and motions come before the first video, because several videos may need them."""
    return [[piece for piece in pieces if isinstance(piece, kind)] for kind in (Encoding, Batch)]
