"""Flow maps: zero flow, the reference's values, the 99x99 blur, and points outside the frame."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from golden_data import FLOWS, load_flow, name_of
from hypothesis import given, settings
from hypothesis import strategies as st

from tora_core.flow.flow_map import RADIUS_PX, SIGMA_PX, flow_map
from tora_core.paths.coordinates import parse_coordinates
from tora_core.paths.trajectories import TORA_CANVAS, Trajectories
from tora_core.video import Size


def trajectories(points, size, visible=None):
    """Builds trajectories from ``points`` [T, N, 2] in pixels of ``size``."""
    points = np.array(points, dtype=float)
    return Trajectories(points, np.ones(points.shape[:2], bool) if visible is None else np.array(visible), size)


def test_points_that_stand_still_write_no_flow():
    assert not flow_map(trajectories([[[5, 5], [9, 3]]] * 4, Size(16, 16))).any()


def test_frame_zero_is_empty_and_each_displacement_is_at_its_start_point():
    flow = flow_map(trajectories([[[40, 30]], [[45, 28]], [[45, 38]]], Size(96, 64)))
    assert flow.shape == (3, 64, 96, 2) and not flow[0].any()
    torch.testing.assert_close(flow[1, 30, 40], torch.tensor([5.0, -2.0]))
    torch.testing.assert_close(flow[2, 28, 45], torch.tensor([0.0, 10.0]))


@pytest.mark.parametrize("file", FLOWS, ids=name_of)
def test_reference_mode_gives_the_reference_s_flow(file):
    golden = load_flow(file)
    paths = [parse_coordinates(text)[0] for text in golden.texts]
    flow = flow_map(
        Trajectories.from_paths(paths, TORA_CANVAS, golden.frames, Size(golden.width, golden.height), "reference"),
        "reference",
    )
    assert (flow[golden.kept_frames] - golden.flow).abs().max() < 1e-4


@pytest.mark.parametrize(("x", "y", "size"), [(60, 70, Size(150, 130)), (0, 0, Size(64, 40)), (39, 1, Size(40, 30))])
def test_the_closed_form_equals_a_99x99_convolution(x, y, size):
    """Compares with torch's convolution. The border is reflected as often as the kernel needs."""
    impulse = torch.zeros(size.height, size.width, dtype=torch.float64)
    step = 3 if x + 3 < size.width else -3
    impulse[y, x] = step
    offsets = torch.arange(-RADIUS_PX, RADIUS_PX + 1, dtype=torch.float64)
    kernel = torch.exp(-(offsets**2) / (2 * SIGMA_PX**2))

    def reflected(length):
        period = 2 * (length - 1)
        index = torch.arange(-RADIUS_PX, length + RADIUS_PX) % period
        return torch.where(index < length, index, period - index)

    padded = impulse[reflected(size.height)][:, reflected(size.width)]
    expected = torch.nn.functional.conv2d(padded[None, None], (kernel[:, None] * kernel)[None, None])[0, 0]
    flow = flow_map(trajectories([[[x, y]], [[x + step, y]]], size))
    torch.testing.assert_close(flow[1, ..., 0].double(), expected, atol=1e-5, rtol=1e-5)


def test_paths_that_share_a_pixel_are_averaged_with_a_warning_and_overwrite_in_reference_mode(caplog):
    meeting = trajectories([[[60, 60], [60, 60]], [[64, 60], [60, 68]]], Size(128, 128))
    torch.testing.assert_close(flow_map(meeting)[1, 60, 60], torch.tensor([2.0, 4.0]))
    assert "2 displacements share a pixel" in caplog.text
    torch.testing.assert_close(flow_map(meeting, "reference")[1, 60, 60], torch.tensor([0.0, 8.0]))


def test_slow_motion_keeps_its_fractions():
    flow = flow_map(trajectories([[[60 + 0.25 * frame, 60]] for frame in range(5)], Size(128, 128)))
    torch.testing.assert_close(flow[1:, 60, 60:62, 0].amax(-1), torch.full((4,), 0.25))


def test_reference_mode_warns_about_points_that_were_sampled_in_exact_mode(caplog):
    flow_map(trajectories([[[60.5, 60]], [[64, 60]]], Size(128, 128)), "reference")
    assert "expects points sampled in reference mode, got fractions" in caplog.text


def test_invisible_points_write_no_flow():
    flow = flow_map(trajectories([[[20, 20]], [[25, 20]], [[30, 20]]], Size(64, 64), [[True], [False], [True]]))
    assert not flow.any()


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(st.floats(-500, 500), st.floats(-500, 500)), min_size=2, max_size=6))
def test_any_path_stays_inside_the_frame(points):
    flow = flow_map(trajectories([[point] for point in points], Size(32, 24)))
    assert flow.shape == (len(points), 24, 32, 2) and flow.isfinite().all()


def test_an_unknown_mode_raises_an_error():
    with pytest.raises(ValueError, match="'fast'"):
        flow_map(trajectories([[[1, 1]], [[2, 2]]], Size(16, 16)), "fast")
