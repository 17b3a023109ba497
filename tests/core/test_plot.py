"""Tests the error plot: the frame, both paths at their place, and one curve per path, at any video size."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from tora_core.evaluation.overlay import COLOURS
from tora_core.evaluation.plot import PICTURE_BOX, error_plot
from tora_core.evaluation.trajectory_error import trajectory_error
from tora_core.paths.trajectories import Trajectories
from tora_core.video import Size

GREY = 90


def paths_of(size, shift_px=0.0, frames=13, seen=None):
    time = np.linspace(0, 1, frames)
    points = np.stack(
        [
            np.stack([size.width * (0.15 + 0.6 * time), np.full(frames, size.height * part)], -1)
            for part in (0.25, 0.75)
        ],
        1,
    )  # [T, 2, 2]
    points[:, 1, 1] += shift_px * time
    return Trajectories(points, np.ones((frames, 2), bool) if seen is None else seen, size)


def plotted(size, shift_px=0.0, seen=None):
    wanted, tracked = paths_of(size), paths_of(size, shift_px, seen=seen)
    frame = torch.full((size.height, size.width, 3), GREY, dtype=torch.uint8)
    return error_plot(frame, wanted, tracked, trajectory_error(wanted, tracked)).int()


def places_of(picture, colour):
    """Returns ``[H, W]``, the pixels of a picture that have a colour."""
    return (picture - torch.tensor(colour)).abs().amax(-1) < 24


def frame_of(picture):
    """Returns the rows and columns of the frame. Its grey background finds them."""
    plain = (picture == GREY).all(-1)
    rows, columns = (torch.nonzero(plain.sum(1 - axis) > 40)[:, 0] for axis in (0, 1))
    return slice(int(rows[0]), int(rows[-1]) + 1), slice(int(columns[0]), int(columns[-1]) + 1)


@pytest.mark.parametrize("size", [Size(96, 64), Size(240, 160), Size(720, 480), Size(1280, 720), Size(480, 720)])
def test_the_frame_fills_its_box_at_every_size_and_keeps_its_aspect(size):
    rows, columns = frame_of(plotted(size))
    height, width = rows.stop - rows.start, columns.stop - columns.start
    assert width / height == pytest.approx(size.width / size.height, rel=0.02)
    assert max(width / PICTURE_BOX[0], height / PICTURE_BOX[1]) == pytest.approx(1, abs=0.02)


@pytest.mark.parametrize("size", [Size(96, 64), Size(720, 480)])
def test_wanted_and_tracked_paths_are_drawn_at_their_place(size):
    shift_px = size.height / 5
    picture = plotted(size, shift_px)
    rows, columns = frame_of(picture)
    inside = picture[rows, columns]
    blue = torch.nonzero(places_of(inside, COLOURS[1])).float()
    height, width, _ = inside.shape
    assert float(blue[:, 0].min()) / height == pytest.approx(0.75, abs=0.03)
    assert float(blue[:, 0].max()) / height == pytest.approx(0.95, abs=0.03)
    assert float(blue[:, 1].min()) / width == pytest.approx(0.15, abs=0.02)
    red = torch.nonzero(places_of(inside, COLOURS[0])).float()
    assert float(red[:, 0].max() - red[:, 0].min()) < 20


def test_the_curve_of_a_drifting_path_rises():
    picture = plotted(Size(240, 160), shift_px=30)
    chart = picture[120:, frame_of(picture)[1].stop + 60 :]
    blue = torch.nonzero(places_of(chart, COLOURS[1]))
    left, right = blue[blue[:, 1] < 60], blue[blue[:, 1] > chart.shape[1] - 120]
    assert left[:, 0].float().mean() > right[:, 0].float().mean() + 150


def test_a_curve_ends_where_its_path_is_lost():
    seen = np.ones((13, 2), bool)
    whole = plotted(Size(240, 160), shift_px=30)
    seen[6:, 1] = False
    cut = plotted(Size(240, 160), shift_px=30, seen=seen)
    left = frame_of(whole)[1].stop + 60
    reach = [torch.nonzero(places_of(picture[120:, left:], COLOURS[1]))[:, 1].max() for picture in (whole, cut)]
    assert reach[1] < 0.6 * reach[0]


def test_a_plot_without_tracked_points_can_be_drawn():
    size = Size(240, 160)
    picture = plotted(size, seen=np.zeros((13, 2), bool))
    assert picture.shape == plotted(size).shape
    assert not torch.equal(picture, plotted(size))


def test_the_inputs_are_not_changed():
    size = Size(240, 160)
    frame = torch.full((160, 240, 3), GREY, dtype=torch.uint8)
    wanted, tracked = paths_of(size), paths_of(size, 9.0)
    before = tracked.points_px.copy()
    error_plot(frame, wanted, tracked, trajectory_error(wanted, tracked))
    assert (frame == GREY).all() and np.array_equal(tracked.points_px, before)


def test_a_frame_of_another_size_is_an_error():
    paths = paths_of(Size(240, 160))
    with pytest.raises(ValueError, match="frame of 240x160.*got 96x64"):
        error_plot(torch.zeros(64, 96, 3, dtype=torch.uint8), paths, paths, trajectory_error(paths, paths))
