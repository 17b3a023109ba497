"""Measures videos in this process, in several processes, or on a Ray cluster."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ..processes import Died, do_in_processes
from ..ray_cluster import do_on_ray
from .measuring import Measurer, Measures, Row, start_row
from .pairs import Pair


def measure_here(measures: Measures, pairs: Sequence[Pair]) -> Iterator[Row]:
    """Measures videos one after the other. The models are loaded at once, the videos one by one."""
    return map(Measurer(measures).do, pairs)


def measure_in_processes(measures: Measures, pairs: Sequence[Pair], workers: int) -> Iterator[Row]:
    """Measures videos in several processes with one thread each. A video that kills its process becomes a failure.

    Raises:
        ValueError: a model cannot be loaded.
    """
    Measurer(measures)  # a model that cannot be loaded must fail before the first video
    return _measure_in_processes(measures, pairs, workers)


def _measure_in_processes(measures: Measures, pairs: Sequence[Pair], workers: int) -> Iterator[Row]:
    for pair, row in do_in_processes(Measurer, (measures,), [pairs], workers):
        if isinstance(row, Died):
            yield {**start_row(pair, measures), "error": "the worker process died each time it measured this video"}
        else:
            yield row


def measure_on_ray(measures: Measures, pairs: Sequence[Pair], address: str | None, workers: int) -> Iterator[Row]:
    """Measures videos with actors on a Ray cluster, whose machines see the same folders."""
    return do_on_ray(Measurer, (measures,), [pairs], address, workers, needs_gpu=measures.clip is not None)
