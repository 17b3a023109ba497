"""Flow videos equal those of torchvision and of the reference."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from golden_data import FLOWS, load_flow, name_of

from tora_core.flow.flow_color import flow_video
from tora_core.flow.flow_map import flow_boxes, flow_map
from tora_core.paths.coordinates import parse_coordinates
from tora_core.paths.drawing import parse_drawing
from tora_core.paths.drawn_motion import sample_drawing
from tora_core.paths.trajectories import TORA_CANVAS, Trajectories
from tora_core.video import Size


def test_zero_flow_is_white():
    assert (flow_video(torch.zeros(3, 8, 8, 2)) == 255).all()


def test_it_equals_torchvision_s_flow_to_image():
    from torchvision.utils import flow_to_image

    flow = torch.randn(5, 24, 32, 2, generator=torch.Generator().manual_seed(0))
    assert torch.equal(flow_video(flow), flow_to_image(flow.permute(0, 3, 1, 2)).permute(0, 2, 3, 1))


def test_colours_show_speed_relative_to_the_fastest_pixel_of_the_clip():
    flow = torch.randn(4, 8, 8, 2, generator=torch.Generator().manual_seed(0))
    assert (flow_video(flow).int() - flow_video(8 * flow).int()).abs().max() <= 1
    one_fast = flow.clone()
    one_fast[3, 0, 0] = 1000.0
    assert flow_video(one_fast)[0].float().mean() > flow_video(flow)[0].float().mean()


@pytest.mark.parametrize("file", FLOWS, ids=name_of)
def test_the_flow_video_equals_the_reference_s(file):
    golden = load_flow(file)
    paths = [parse_coordinates(text)[0] for text in golden.texts]
    size = Size(golden.width, golden.height)
    video = flow_video(
        flow_map(Trajectories.from_paths(paths, TORA_CANVAS, golden.frames, size, "reference"), "reference")
    )
    difference = (video[golden.kept_frames].int() - golden.rgb.int()).abs()
    assert (difference > 0).float().mean() <= 5e-3
    assert (difference > 1).float().mean() <= 1e-3
    assert (video.float().mean((1, 2, 3)) - golden.rgb_mean).abs().max() < 0.1


def random_paths(count, frames=5, size=Size(400, 260)):  # noqa: B008
    random = np.random.default_rng(count)
    points_px = random.uniform((0, 0), (size.width - 1, size.height - 1), (frames, count, 2))
    return Trajectories(points_px, random.random((frames, count)) < 0.9, size)


@pytest.mark.parametrize("paths", [1, 3, 40])
def test_the_moving_parts_alone_give_the_video_of_the_whole_flow_map(paths):
    boxed = flow_boxes(random_paths(paths))
    assert torch.equal(flow_video(boxed), flow_video(boxed.dense()))


@pytest.mark.parametrize("places", [[(60, 60), (330, 200)], [(60, 60), (330, 60), (60, 200), (120, 90)]])
def test_distant_points_have_boxes_of_their_own_that_give_the_same_flow(places, monkeypatch):
    points_px = np.array([[np.array(place) + 3 * frame for place in places] for frame in range(4)], dtype=float)
    paths = Trajectories(points_px, np.ones(points_px.shape[:2], bool), Size(400, 260))
    apart = flow_boxes(paths)
    monkeypatch.setattr("tora_core.flow.flow_map._MOST_SPLIT", 1)
    together = flow_boxes(paths)
    assert len(together.boxes) == 3 and len(apart.boxes) > 3
    assert torch.equal(apart.dense(), together.dense())
    covered = torch.zeros(4, 260, 400)
    for box in apart.boxes:
        covered[box.region] += 1
    assert covered.max() == 1, "boxes do not overlap"


def test_still_points_give_white_frames_without_a_box():
    still = Trajectories(np.full((4, 2, 2), 9.0), np.ones((4, 2), bool), Size(32, 16))
    assert not flow_boxes(still).boxes
    assert (flow_video(flow_boxes(still)) == 255).all()


@pytest.mark.parametrize("dtype", [torch.float32, torch.float16])
def test_floats_are_the_same_256_levels(dtype):
    boxed = flow_boxes(random_paths(3))
    video = flow_video(boxed, dtype)
    assert video.dtype == dtype
    assert torch.equal((video.float() * 255).round().to(torch.uint8), flow_video(boxed))
    if dtype == torch.float32:
        assert torch.equal(video, flow_video(boxed).float() / 255)


def test_another_layout_raises_an_error():
    with pytest.raises(ValueError, match=r"\[T, H, W, 2\]"):
        flow_video(torch.zeros(2, 2, 8, 8)[..., :1])


def slow_and_fast(with_fast):
    paths = [[[60 + 2 * frame, 60] for frame in range(6)]]
    if with_fast:
        paths += [[[60 + 20 * frame, 200] for frame in range(6)], [[300 - 20 * frame, 200] for frame in range(6)]]
    points_px = np.array(paths, dtype=float).transpose(1, 0, 2)
    return flow_boxes(Trajectories(points_px, np.ones(points_px.shape[:2], bool), Size(400, 260)))


def test_a_fast_path_weakens_a_slow_one_in_a_clip_and_not_at_a_fixed_speed():
    here = (slice(1, None), slice(11, 110), slice(11, 130))
    clip, fixed = (
        [flow_video(slow_and_fast(fast), full_colour_px=full)[here] for fast in (False, True)] for full in (None, 10.0)
    )
    assert clip[1].float().mean() > clip[0].float().mean() + 5
    assert torch.equal(fixed[0], fixed[1])


def test_at_a_fixed_speed_faster_motion_is_clipped_to_full_colour():
    flow = torch.zeros(1, 1, 3, 2)
    flow[0, 0, :, 0] = torch.tensor([2.0, 4.0, 400.0])
    half, full, over = flow_video(flow, full_colour_px=4.0)[0, 0].tolist()
    assert full == over and half[1] == pytest.approx((255 + full[1]) / 2, abs=1)
    with pytest.raises(ValueError, match="above 0 px per frame, got 0"):
        flow_video(flow, full_colour_px=0.0)


def test_the_colours_that_the_browser_tests_check_are_ours():
    """``tests/web/flow.test.ts`` compares the editor's preview with the same numbers."""
    golden = json.loads((Path(__file__).parents[1] / "golden_flow_colours.json").read_text())
    size, step = Size(golden["width"], golden["height"]), golden["step"]
    for case in golden["cases"]:
        drawing = parse_drawing(json.dumps({"version": 2, "tracks": case["tracks"]}))
        video = flow_video(flow_boxes(sample_drawing(drawing, golden["count"], size))).numpy()
        for frame, levels in case["frames"].items():
            assert video[int(frame), ::step, ::step].reshape(-1).tolist() == levels
