"""Fixtures that several lab tests share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from raw_videos import raw_videos
from training_set import make_training_set


@pytest.fixture(autouse=True)
def _fresh_accelerate() -> Iterator[None]:
    """Resets accelerate's state after each test, so that no test inherits the precision of another."""
    yield
    from accelerate.state import AcceleratorState

    AcceleratorState._reset_state(reset_partial_state=True)


@pytest.fixture(scope="module")
def videos():
    return raw_videos()


@pytest.fixture
def raw(tmp_path):
    folder = tmp_path / "raw"
    folder.mkdir()
    return folder


@pytest.fixture(scope="module")
def training_set(tmp_path_factory):
    folder = tmp_path_factory.mktemp("training_set")
    make_training_set(folder)
    return folder
