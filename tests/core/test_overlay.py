"""Overlays show the path where it is; sheets and videos hold what they were given."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from tora_core.evaluation.overlay import COLOURS, Row, contact_sheet, draw_trajectories, heat_map, write_mp4
from tora_core.paths.trajectories import Size, Trajectories


@pytest.fixture
def trajectories():
    points = np.stack([np.linspace(20, 100, 5), np.full(5, 30.0)], -1)[:, None]
    return Trajectories(points, np.ones((5, 1), bool), Size(128, 64))


def test_the_dot_is_where_the_path_is_at_each_frame(trajectories):
    drawn = draw_trajectories(torch.full((5, 64, 128, 3), 255, dtype=torch.uint8), trajectories)
    for frame, (x, y) in enumerate(trajectories.points_px[:, 0].astype(int)):
        assert (drawn[frame, y, x].int() - torch.tensor(COLOURS[0])).abs().max() < 12
    assert (drawn[:, 50:] == 255).all()


def test_a_video_of_another_size_is_refused(trajectories):
    with pytest.raises(ValueError, match="5 frames of 128x64.*got 5 frames of 64x64"):
        draw_trajectories(torch.zeros(5, 64, 64, 3, dtype=torch.uint8), trajectories)


def test_a_sheet_has_a_row_for_each_clip():
    clip = torch.zeros(5, 16, 24, 3, dtype=torch.uint8)
    one, two = (contact_sheet("t", [Row("a", "b", clip)] * n, columns=3) for n in (1, 2))
    assert one.width == two.width and two.height > one.height


def test_a_heat_map_is_white_at_zero_and_dark_at_its_maximum():
    shown = heat_map(torch.tensor([[[0.0, 1.0, 2.0]]]))[0, 0]
    assert shown[0].min() >= 248 and shown[2].max() <= 110
    assert (heat_map(torch.zeros(1, 2, 2)) >= 248).all()


def test_a_written_video_is_read_back(tmp_path):
    import av

    video = torch.arange(4, dtype=torch.uint8)[:, None, None, None].expand(4, 32, 48, 3) * 60
    write_mp4(tmp_path / "x.mp4", video.contiguous())
    with av.open(str(tmp_path / "x.mp4")) as container:
        frames = [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]
    assert len(frames) == 4
    assert np.abs(np.stack(frames).astype(int) - video.numpy()).mean() < 4
