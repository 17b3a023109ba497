"""Figures of a fuzzing run, written at its end."""

from __future__ import annotations

import json
import os
import resource
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from loaded_pack import comfyui, pack

__all__ = ["comfyui", "pack"]

settings.register_profile("short", max_examples=300, deadline=2000, derandomize=True)
settings.register_profile("fuzz", max_examples=20_000, deadline=2000)
settings.load_profile(os.environ.get("TORA_FUZZ_PROFILE", "short"))


@pytest.fixture
def record_figures() -> Callable[..., None]:
    """Returns a function that adds figures to the file in ``TORA_FUZZ_FIGURES``, if that is set."""

    def record(name: str, **figures: Any) -> None:
        figures["peak_memory_gb"] = round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6, 2)
        if file := os.environ.get("TORA_FUZZ_FIGURES"):
            with Path(file).open("a") as lines:
                lines.write(json.dumps({"name": name, **figures}) + "\n")

    return record
