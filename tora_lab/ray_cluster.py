"""Connects to a Ray cluster, or starts one on this machine, and does work there."""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any

from .processes import use_one_thread

_AHEAD = 2
"""Pieces that each actor has at once, so that it does not wait for the driver."""
_RESTARTS = 3
"""How often a dead actor is replaced and its piece tried again."""


def add_ray_option(parser: argparse.ArgumentParser) -> None:
    """Adds ``--ray [ADDRESS]`` to a command. Its value is None, an address, or an empty text for any cluster."""
    parser.add_argument(
        "--ray",
        nargs="?",
        const="",
        metavar="ADDRESS",
        help="use this Ray cluster; without ADDRESS: a running cluster, or a new one on this machine",
    )


@contextmanager
def connect(address: str | None, needs_data: bool = False) -> Iterator[Any]:
    """Gives the module ``ray`` with a connection, which ends with the ``with`` block unless it was there before.

    Args:
        address: address of a cluster. None or an empty text connects to a running cluster, or starts one here.
        needs_data: whether Ray Data is used, which takes a second to import.

    Raises:
        ValueError: Ray is missing, or no cluster answers.
    """
    try:
        import ray

        if needs_data:
            import ray.data
    except ImportError as error:
        raise ValueError(f"expected the library ray for --ray, got none ({error}): pip install 'ray[data]'") from error
    started = not ray.is_initialized()
    if started:
        # Sends both packages to the machines, so that only their libraries must be installed there.
        root = Path(__file__).parents[1]
        environment = {"py_modules": [str(root / package) for package in ("tora_core", "tora_lab")]}
        try:
            ray.init(address=address or None, runtime_env=environment, log_to_driver=False)
        except (ConnectionError, RuntimeError) as error:
            place = address or os.environ.get("RAY_ADDRESS", "this machine")
            raise ValueError(f"expected a Ray cluster at {place}, got none ({error}): check --ray ADDRESS") from error
    try:
        yield ray
    finally:
        if started:
            ray.shutdown()


def do_on_ray(
    worker: Callable[..., Any],
    arguments: tuple[Any, ...],
    stages: Sequence[Sequence[Any]],
    address: str | None,
    workers: int,
    needs_gpu: bool,
) -> Iterator[Any]:
    """Does pieces of work with actors, in any order. A stage begins when the one before it is done.

    A piece that kills its actors again and again stops the run.

    Args:
        worker: class whose method ``do`` does a piece. Each actor makes one.
        arguments: what the workers are made with.
        stages: the pieces.
        address: see ``connect``.
        workers: number of actors.
        needs_gpu: whether each actor gets a GPU, if the cluster has any.

    Yields:
        The results.
    """
    with connect(address) as ray:
        gpus = 1 if needs_gpu and ray.cluster_resources().get("GPU") else 0
        remote: Any = ray.remote(num_gpus=gpus, max_restarts=_RESTARTS, max_task_retries=_RESTARTS)(_Actor)
        actors = [remote.remote(worker, arguments) for _ in range(workers)]
        for stage in stages:
            left, waiting = iter(stage), {}
            for free, piece in zip(actors * _AHEAD, left, strict=False):
                waiting[free.do.remote(piece)] = free
            while waiting:
                (result,), _ = ray.wait(list(waiting))
                free = waiting.pop(result)
                for piece in islice(left, 1):
                    waiting[free.do.remote(piece)] = free
                yield ray.get(result)


class _Actor:
    def __init__(self, worker: Callable[..., Any], arguments: tuple[Any, ...]) -> None:
        use_one_thread()  # Ray reserves one CPU per actor
        self._worker = worker(*arguments)

    def do(self, piece: Any) -> Any:
        return self._worker.do(piece)
