"""Does work in several processes. One that dies is replaced, and only what kills its process each time is given up."""

from __future__ import annotations

import logging
import multiprocessing
import os
import threading
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from typing import Any, TypeVar

logger = logging.getLogger(__name__)

Piece = TypeVar("Piece")

_RESTARTS = 3
"""How often the processes are started again without anything done in between, before pieces are tried alone."""
_worker: Any = None
"""What does the pieces in this process."""


class Died:
    """Stands in the place of a result: the piece killed its process each time."""


def do_in_processes(
    worker: Callable[..., Any], arguments: tuple[Any, ...], stages: Sequence[Sequence[Piece]], workers: int
) -> Iterator[tuple[Piece, Any | Died]]:
    """Does pieces of work, in any order. A stage begins when the one before it is done.

    Args:
        worker: class whose method ``do`` does a piece. Each process makes one, and sees one GPU if there are any.
        arguments: what the workers are made with.
        stages: the pieces.
        workers: number of processes.

    Yields:
        Each piece with its result.
    """
    left = [list(stage) for stage in stages if stage]
    restarts = 0
    while left:
        alone = restarts >= _RESTARTS  # one piece in one process then shows which one kills it
        tried = [left[0][:1]] if alone else left
        done = yield from _do_until_death(worker, arguments, tried, 1 if alone else workers)
        if alone and not done:
            yield left[0][0], Died()
            done = {(0, 0)}
        elif len(done) < sum(map(len, tried)):
            logger.warning("a worker process died: %d pieces are started again", sum(map(len, tried)) - len(done))
        restarts = 0 if done else restarts + 1
        left = [
            [piece for index, piece in enumerate(stage) if (number, index) not in done]
            for number, stage in enumerate(left)
        ]
        left = [stage for stage in left if stage]


def use_one_thread() -> None:
    """Limits PyTorch and OpenCV to one thread in this process, so that several do not slow each other down."""
    import torch

    torch.set_num_threads(1)
    try:
        import cv2
    except ImportError:
        return
    cv2.setNumThreads(1)


def _do_until_death(
    worker: Callable[..., Any], arguments: tuple[Any, ...], stages: Sequence[Sequence[Piece]], workers: int
) -> Generator[tuple[Piece, Any], None, set[tuple[int, int]]]:
    """Does pieces until all are done or a process dies. Returns stage and index of those that are done."""
    context = multiprocessing.get_context("spawn")  # decoders and BLAS threads hang after a fork
    numbers = context.Queue()
    for number in range(workers):
        numbers.put(number)
    pool = ProcessPoolExecutor(workers, mp_context=context, initializer=_start, initargs=(numbers, worker, arguments))
    done: set[tuple[int, int]] = set()
    try:
        for number, stage in enumerate(stages):
            futures = {pool.submit(_do, piece): index for index, piece in enumerate(stage)}
            for future in as_completed(futures):
                result, index = future.result(), futures[future]
                done.add((number, index))
                yield stage[index], result
    except BrokenProcessPool:
        pass
    finally:
        pool.shutdown(cancel_futures=True)
    return done


def _start(numbers: Any, worker: Callable[..., Any], arguments: tuple[Any, ...]) -> None:
    """Prepares a process."""
    global _worker
    import torch

    threading.Thread(target=_end_with_parent, daemon=True).start()
    use_one_thread()
    number = numbers.get()
    if torch.cuda.is_available():
        torch.cuda.set_device(number % torch.cuda.device_count())
    _worker = worker(*arguments)


def _do(piece: Any) -> Any:
    return _worker.do(piece)


def _end_with_parent() -> None:
    """Ends this process when the command is killed. It would wait for work for ever, and keep its GPU's memory."""
    parent = multiprocessing.parent_process()
    assert parent is not None
    parent.join()
    os._exit(1)
