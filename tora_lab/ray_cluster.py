"""Connects to a Ray cluster, or starts one on this machine."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ANY_CLUSTER = ""
"""Value of ``--ray`` without an address."""


@contextmanager
def connect(address: str | None) -> Iterator[Any]:
    """Gives the module ``ray`` with a connection, which ends with the ``with`` block unless it was there before.

    Args:
        address: address of a cluster. None or an empty text connects to a running cluster, or starts one here.

    Raises:
        ValueError: Ray is missing, or no cluster answers.
    """
    try:
        import ray
        import ray.data
        import ray.util
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
