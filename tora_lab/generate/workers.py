"""Does the pieces of a run in this process, in several processes, or on a Ray cluster."""

from __future__ import annotations

import logging
import multiprocessing
from collections.abc import Generator, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from typing import Any

from .engine import Engine
from .results import Results, Row
from .tasks import Batch, Encoding, Piece, Run, do_piece

logger = logging.getLogger(__name__)

_RESTARTS = 3
"""How often the processes are started again without a finished piece in between."""
_engine: Engine | None = None
"""The models of this worker process."""


def run_here(run: Run, pieces: Sequence[Piece]) -> Iterator[list[Row]]:
    """Does the pieces one after the other in this process."""
    engine = Engine(run.models)
    for piece in pieces:
        yield do_piece(run, engine, piece)


def run_in_processes(run: Run, pieces: Sequence[Piece], workers: int) -> Iterator[list[Row]]:
    """Does the pieces in several processes, each with its own models, and on its own GPU if there are any.

    A process that dies is replaced. A piece that kills its process again and again becomes a failure.
    """
    left = list(pieces)
    restarts = 0
    while left:
        alone = restarts >= _RESTARTS  # one piece per process then shows which one it is
        done = yield from _run_pool(run, left[:1] if alone else left, 1 if alone else workers)
        if not done and alone:
            yield _give_up(run, left[0])
            done = {0}
        restarts = 0 if done else restarts + 1
        if len(done) < len(left) and not alone:
            logger.warning("a worker process died: %d pieces are started again", len(left) - len(done))
        left = [piece for index, piece in enumerate(left) if index not in done]


def _run_pool(run: Run, pieces: Sequence[Piece], workers: int) -> Generator[list[Row], None, set[int]]:
    """Runs pieces until all are done or a process dies. Returns the indices of those that are done.

    All prompts and motions come before the first video, because several videos may need them.
    """
    context = multiprocessing.get_context("spawn")  # decoders and BLAS threads hang after a fork
    numbers = context.Queue()
    for number in range(workers):
        numbers.put(number)
    done: set[int] = set()
    pool = ProcessPoolExecutor(workers, mp_context=context, initializer=_start_worker, initargs=(run, numbers))
    try:
        for kind in (Encoding, Batch):
            stage = [(index, piece) for index, piece in enumerate(pieces) if isinstance(piece, kind)]
            futures = {pool.submit(_do_in_worker, run, piece): index for index, piece in stage}
            for future in as_completed(futures):
                rows = future.result()
                done.add(futures[future])
                yield rows
    except BrokenProcessPool:
        pass
    finally:
        pool.shutdown(cancel_futures=True)
    return done


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
    from ..ray_cluster import connect

    with connect(address) as ray:
        gpus = 1 if ray.cluster_resources().get("GPU") else 0
        # A piece that kills its actor is tried again on another one, then the run stops: start it again to resume.
        actor = ray.remote(num_gpus=gpus, max_restarts=_RESTARTS, max_task_retries=_RESTARTS)(RayWorker)
        actors = [actor.remote(run) for _ in range(workers)]
        for kind in (Encoding, Batch):
            stage = [piece for piece in pieces if isinstance(piece, kind)]
            pool = ray.util.ActorPool(actors)
            yield from pool.map_unordered(lambda each, piece: each.do.remote(piece), stage)


class RayWorker:
    """Ray actor that loads the models once."""

    def __init__(self, run: Run) -> None:
        import torch

        torch.set_num_threads(1)
        self._run, self._engine = run, Engine(run.models)

    def do(self, piece: Piece) -> list[Row]:
        return do_piece(self._run, self._engine, piece)


def _start_worker(run: Run, numbers: Any) -> None:
    """Loads the models of a worker process. Each process sees one GPU, if there are any."""
    global _engine
    number = numbers.get()
    import torch

    torch.set_num_threads(1)
    if torch.cuda.is_available():
        torch.cuda.set_device(number % torch.cuda.device_count())
    _engine = Engine(run.models)


def _do_in_worker(run: Run, piece: Piece) -> list[Row]:
    assert _engine is not None
    return do_piece(run, _engine, piece)


def _give_up(run: Run, piece: Piece) -> list[Row]:
    """Writes that a piece kills its process. A prompt or motion fails later, with its jobs."""
    if not isinstance(piece, Batch):
        return []
    results = Results(run.out, run.fps)
    return [results.store_failure(job, "the worker process died each time it tried this job") for job in piece.jobs]
