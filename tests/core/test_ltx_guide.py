"""The guide video for LTX: where the circles are, their sizes, colours and order."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from tora_core.paths.ltx_guide import TRAIL_FRAMES, check_ltx_video, draw_ltx_guide
from tora_core.paths.trajectories import Trajectories
from tora_core.video import Size

LARGE = Size(1920, 1080)
"""At this size nothing is reduced, so that every pixel is exact."""


def moving(frames, size=LARGE, step=20.0):
    x = 200 + step * np.arange(frames)
    points = np.stack([x, np.full(frames, size.height / 2)], axis=-1)[:, None]  # [T, 1, 2]
    return Trajectories(points, np.ones((frames, 1), dtype=bool), size)


def test_the_newest_circle_is_blue_and_has_a_radius_of_8_pixels():
    drawn = draw_ltx_guide(moving(2, step=0.0))[1]
    row = drawn[LARGE.height // 2, :, 2]
    assert (drawn[..., :2] == 0).all() and row.nonzero().squeeze(1).tolist() == list(range(192, 209))


def test_a_trail_fades_from_blue_over_green_to_red_and_ends_after_50_frames():
    frames = 60
    drawn = draw_ltx_guide(moving(frames))[-1][LARGE.height // 2]
    x = 200 + 20 * np.arange(frames)
    newest, oldest = frames - 1, frames - 1 - TRAIL_FRAMES
    assert drawn[x[newest]].tolist() == [0, 0, 255]
    assert drawn[x[oldest + TRAIL_FRAMES // 3]].argmax() == 1  # green
    assert drawn[x[oldest]].tolist() == [255, 0, 0]
    assert (drawn[: x[oldest] - 5] == 0).all()


def test_a_hidden_point_has_no_circle_and_leaves_a_gap():
    paths = moving(30)
    paths.visible[10:20] = False
    row = draw_ltx_guide(paths)[-1][LARGE.height // 2].sum(dim=-1)
    x = 200 + 20 * np.arange(30)
    assert all((row[x[frame]] > 0) == bool(paths.visible[frame, 0]) for frame in range(30))


def test_newer_circles_of_any_path_lie_on_top():
    points = np.zeros((2, 2, 2))
    points[:, 0], points[:, 1] = (500, 500), ((500, 500), (900, 900))  # the second path leaves the place
    drawn = draw_ltx_guide(Trajectories(points, np.ones((2, 2), dtype=bool), LARGE))
    assert drawn[1, 500, 500].tolist() == [0, 0, 255]


@pytest.mark.parametrize("size", [Size(960, 540), Size(540, 960), Size(2160, 2160)])
def test_the_guide_has_the_size_of_the_canvas_and_its_circles_scale(size):
    guide = draw_ltx_guide(moving(3, size, step=0.0))
    assert guide.shape == (3, size.height, size.width, 3) and guide.dtype == torch.uint8
    blue = guide[-1, size.height // 2, :, 2] > 127
    assert blue.sum() == pytest.approx(17 * min(size) / 1080, abs=1.1)


def test_a_very_long_canvas_is_an_error():
    with pytest.raises(ValueError, match="8 times as long as wide, got 4096x64"):
        draw_ltx_guide(moving(3, Size(4096, 64)))


def test_points_far_outside_and_without_a_number_are_not_drawn():
    points = np.full((3, 2, 2), 1e30)
    points[:, 1] = np.nan
    visible = np.ones((3, 2), dtype=bool)
    visible[:, 1] = False
    assert (draw_ltx_guide(Trajectories(points, visible, Size(128, 64))) == 0).all()


def test_what_ltx_will_change_is_said():
    assert check_ltx_video(moving(121, Size(960, 512))) == []
    (frames,) = check_ltx_video(moving(81 + 3, Size(960, 512)))
    assert "81 or 89" in frames
    (sides,) = check_ltx_video(moving(121, Size(720, 480)))
    assert "64" in sides and "720x480" in sides
