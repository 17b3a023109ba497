"""What several core tests are given."""

from __future__ import annotations

import pytest
from raw_videos import raw_videos


@pytest.fixture(scope="module")
def videos():
    return raw_videos()


@pytest.fixture
def raw(tmp_path):
    folder = tmp_path / "raw"
    folder.mkdir()
    return folder
