"""Fixtures that several lab tests share."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from evaluated_videos import FRAMES, SIZE, moving_clip
from job_list import PROMPTS, write_list
from raw_videos import raw_videos
from training_set import make_training_set

from tora_core.paths.coordinates_text import coordinates_text
from tora_core.paths.trajectories import Trajectories
from tora_lab.media.video_writer import write_mp4


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


@pytest.fixture(scope="module")
def clip():
    return moving_clip()


@pytest.fixture
def wanted(clip):
    return Trajectories(clip.points_px, np.ones((FRAMES, 2), bool), SIZE)


@pytest.fixture
def folders(tmp_path, clip, wanted):
    """Two videos with tracks: one follows its paths, the other stands still."""
    videos, tracks = tmp_path / "videos", tmp_path / "tracks"
    videos.mkdir()
    tracks.mkdir()
    write_mp4(videos / "follows.mp4", clip.video)
    write_mp4(videos / "stands.mp4", clip.video[:1].expand(FRAMES, -1, -1, -1).contiguous())
    for stem in ("follows", "stands"):
        (tracks / f"{stem}.json").write_text(coordinates_text(wanted))
    return videos, tracks


@pytest.fixture
def listed(tmp_path):
    """Eight toy jobs: paths as text, from a file and by name, and one without motion."""
    (tmp_path / "paths.txt").write_text("60,80\n160,120\n")
    tracks = ("preset:line", "50,60 170,140", "paths.txt", "")
    return write_list(
        tmp_path,
        [
            {"id": f"job-{n}", "prompt": PROMPTS[n % 4], "tracks": tracks[n % 4], "canvas": "256x256", "seed": n}
            for n in range(8)
        ],
    )
