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
Result = TypeVar("Result")

_RESTARTS = 3
"""How often the processes are started again without anything done in between, before pieces are tried alone."""


class Died:
    """Stands in the place of a result: the piece killed its process each time."""


def do_in_processes(
    do: Callable[[Piece], Result],
    stages: Sequence[Sequence[Piece]],
    workers: int,
    start: Callable[..., None],
    arguments: tuple[Any, ...] = (),
) -> Iterator[tuple[Piece, Result | Died]]:
    """Does pieces of work, in any order. A stage begins when the one before it is done.

    Args:
        do: does a piece, in a process that was prepared by ``start``.
        stages: the pieces.
        workers: number of processes.
        start: prepares a process. It gets a number from 0 to ``workers - 1``, then ``arguments``.
        arguments: more arguments of ``start``.

    Yields:
        Each piece with its result.
    """
    left = [list(stage) for stage in stages if stage]
    restarts = 0
    while left:
        alone = restarts >= _RESTARTS  # one piece in one process then shows which one kills it
        tried = [left[0][:1]] if alone else left
        pool = _Pool(1 if alone else workers, start, arguments)
        done = yield from pool.do(do, tried)
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


class _Pool:
    """Processes that live until one of them dies."""

    def __init__(self, workers: int, start: Callable[..., None], arguments: tuple[Any, ...]) -> None:
        context = multiprocessing.get_context("spawn")  # decoders and BLAS threads hang after a fork
        numbers = context.Queue()
        for number in range(workers):
            numbers.put(number)
        self._pool = ProcessPoolExecutor(
            workers, mp_context=context, initializer=_start, initargs=(numbers, start, arguments)
        )

    def do(
        self, do: Callable[[Piece], Result], stages: Sequence[Sequence[Piece]]
    ) -> Generator[tuple[Piece, Result | Died], None, set[tuple[int, int]]]:
        """Does pieces until all are done or a process dies. Returns stage and index of those that are done."""
        done: set[tuple[int, int]] = set()
        try:
            for number, stage in enumerate(stages):
                futures = {self._pool.submit(do, piece): index for index, piece in enumerate(stage)}
                for future in as_completed(futures):
                    result = future.result()
                    index = futures[future]
                    done.add((number, index))
                    yield stage[index], result
        except BrokenProcessPool:
            pass
        finally:
            self._pool.shutdown(cancel_futures=True)
        return done


def _start(numbers: Any, start: Callable[..., None], arguments: tuple[Any, ...]) -> None:
    """Gives a process one thread, so that several do not slow each other down, and prepares it."""
    threading.Thread(target=_end_with_parent, daemon=True).start()
    use_one_thread()
    start(numbers.get(), *arguments)


def _end_with_parent() -> None:
    """Ends this process when the command is killed. It would wait for work for ever, and keep its GPU's memory."""
    parent = multiprocessing.parent_process()
    assert parent is not None
    parent.join()
    os._exit(1)


def use_one_thread() -> None:
    """Limits PyTorch and OpenCV to one thread in this process."""
    import torch

    torch.set_num_threads(1)
    try:
        import cv2
    except ImportError:
        return
    cv2.setNumThreads(1)
