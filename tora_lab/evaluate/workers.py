"""Measures videos in this process, in several processes, or on a Ray cluster."""

from __future__ import annotations

import multiprocessing
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool

from ..ray_cluster import connect
from .measuring import Measurer, Measures, Row
from .pairs import Pair

_RESTARTS = 3
_measurer: Measurer | None = None
"""The models of this worker process."""


def measure_here(measures: Measures, pairs: Sequence[Pair]) -> Iterator[Row]:
    """Measures videos one after the other. The models are loaded at once, the videos one by one."""
    measurer = Measurer(measures)
    return (measurer.measure(pair) for pair in pairs)


def measure_in_processes(measures: Measures, pairs: Sequence[Pair], workers: int) -> Iterator[Row]:
    """Measures videos in several processes with one thread each. A process that dies is replaced.

    Raises:
        ValueError: a model cannot be loaded, or processes die again and again.
    """
    Measurer(measures)  # a model that cannot be loaded must fail before the first video
    return _measure_in_processes(measures, pairs, workers)


def _measure_in_processes(measures: Measures, pairs: Sequence[Pair], workers: int) -> Iterator[Row]:
    left, restarts = list(pairs), 0
    while left:
        context = multiprocessing.get_context("spawn")  # decoders and BLAS threads hang after a fork
        pool = ProcessPoolExecutor(workers, mp_context=context, initializer=_start_worker, initargs=(measures,))
        done = set()
        try:
            futures = {pool.submit(_measure, pair): index for index, pair in enumerate(left)}
            for future in as_completed(futures):
                try:
                    row = future.result()
                except BrokenProcessPool:
                    continue
                done.add(futures[future])
                yield row
        finally:
            pool.shutdown(cancel_futures=True)
        restarts = 0 if done else restarts + 1
        left = [pair for index, pair in enumerate(left) if index not in done]
        if left and restarts > _RESTARTS:
            raise ValueError(f"expected processes that live, got {restarts} deaths in a row: is there enough memory?")


def measure_on_ray(measures: Measures, pairs: Sequence[Pair], address: str | None, workers: int) -> Iterator[Row]:
    """Measures videos with actors on a Ray cluster, whose machines see the same folders."""
    with connect(address) as ray:
        gpus = 1 if measures.clip and ray.cluster_resources().get("GPU") else 0
        actor = ray.remote(num_gpus=gpus, max_restarts=_RESTARTS, max_task_retries=_RESTARTS)(RayMeasurer)
        pool = ray.util.ActorPool([actor.remote(measures) for _ in range(workers)])
        yield from pool.map_unordered(lambda each, pair: each.measure.remote(pair), list(pairs))


class RayMeasurer:
    """Ray actor that loads the models once."""

    def __init__(self, measures: Measures) -> None:
        _use_one_thread()
        self._measurer = Measurer(measures)

    def measure(self, pair: Pair) -> Row:
        return self._measurer.measure(pair)


def _start_worker(measures: Measures) -> None:
    global _measurer
    _use_one_thread()
    _measurer = Measurer(measures)


def _measure(pair: Pair) -> Row:
    assert _measurer is not None
    return _measurer.measure(pair)


def _use_one_thread() -> None:
    import cv2
    import torch

    torch.set_num_threads(1)
    cv2.setNumThreads(1)
