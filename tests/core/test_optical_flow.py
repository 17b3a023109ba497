"""Dense flow is accurate to a fraction of a pixel, and camera motion can be removed from it."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
import torch
from synthetic import FRAME, Layer, around_centre, path_of, render

from tora_core.flow.optical_flow import QUALITIES, adjust_flow, optical_flow, split_camera

FRAMES = 5
CAMERAS = {
    "translation": path_of(FRAMES, step=(3.3, -1.7)),
    "zoom": around_centre(path_of(FRAMES, zoom=1.02)),
    "rotation": around_centre(path_of(FRAMES, turn=0.02)),
    "all": around_centre(path_of(FRAMES, step=(2.0, 1.0), turn=-0.01, zoom=1.01)),
}
DISC = Layer(path_of(FRAMES, (70, 60), (5.5, 2.25)), seed=2, radii_px=(32, 28))
camera = pytest.mark.parametrize("ground", CAMERAS.values(), ids=CAMERAS.keys())


def median(flow):
    return float(flow.norm(dim=-1).median())


@camera
@pytest.mark.parametrize("quality", QUALITIES)
def test_flow_is_accurate_to_a_fraction_of_a_pixel(ground, quality):
    clip = render([Layer(ground, seed=1)])
    flow = optical_flow(clip.video, quality=quality)
    assert flow.shape == (FRAMES, FRAME.height, FRAME.width, 2) and not flow[0].any()
    assert median((flow - clip.flow)[1:]) < 0.3


@camera
def test_the_fast_quality_has_the_error_of_the_best_one(ground):
    clip = render([Layer(ground, seed=1), DISC])
    fast, best = (
        (optical_flow(clip.video, quality=quality) - clip.flow)[1:].norm(dim=-1).mean() for quality in ("fast", "best")
    )
    assert fast < best + 0.03


@pytest.mark.parametrize("threads", [1, 3])
def test_the_best_quality_equals_opencv_s_search_in_one_thread_byte_for_byte(threads):
    video = render([Layer(CAMERAS["all"], seed=1), DISC]).video
    search = cv2.DISOpticalFlow_create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
    search.setFinestScale(0)
    greys = [cv2.cvtColor(frame.numpy(), cv2.COLOR_RGB2GRAY) for frame in video]
    before = cv2.getNumThreads()
    cv2.setNumThreads(threads)
    try:
        flow = optical_flow(video, quality="best")
        assert cv2.getNumThreads() == threads
        cv2.setNumThreads(1)
        for index in range(1, FRAMES):
            expected = search.calc(greys[index - 1], greys[index], None)
            np.testing.assert_array_equal(flow[index].numpy(), expected)
    finally:
        cv2.setNumThreads(before)


@camera
def test_removing_the_camera_leaves_the_ground_still_and_an_object_its_own_motion(ground):
    clip = render([Layer(ground, seed=1), DISC])
    whole_ground = render([Layer(ground, seed=1)]).flow
    flow = optical_flow(clip.video)
    own = split_camera(flow, "remove")[1:]
    on_ground = torch.from_numpy(clip.top[:-1] == 0)
    assert median(own[on_ground]) < 0.3
    assert median((own - (clip.flow - whole_ground)[1:])[~on_ground]) < 0.5
    assert median((split_camera(flow, "only") - whole_ground)[1:]) < 0.3


def test_flow_is_the_same_in_inference_mode_in_which_comfyui_runs_nodes():
    video = render([Layer(CAMERAS["zoom"], seed=1)]).video
    with torch.inference_mode():
        inside = optical_flow(video.clone())
    assert torch.equal(inside, optical_flow(video))


def test_keep_changes_nothing_and_the_parts_add_up():
    flow = optical_flow(render([Layer(CAMERAS["zoom"], seed=1), DISC]).video)
    assert split_camera(flow, "keep") is flow
    torch.testing.assert_close(split_camera(flow, "remove") + split_camera(flow, "only"), flow)
    assert torch.equal(split_camera(flow, "only"), split_camera(flow, "only"))


def test_a_still_camera_has_no_flow_and_logs_no_warning(caplog):
    flow = optical_flow(render([Layer(path_of(FRAMES), seed=1), DISC]).video)
    assert split_camera(flow, "only").abs().max() < 0.1
    assert not caplog.text


def test_without_a_fitting_homography_the_median_is_used_with_a_warning(caplog):
    noise = torch.from_numpy(np.random.default_rng(0).normal(0, 30, (1, 40, 60, 2))).float() + 5
    only = split_camera(noise, "only")
    assert (only == only[0, 0, 0]).all() and "median translation" in caplog.text


def test_blur_mask_and_strength():
    flow = torch.zeros(3, 32, 32, 2)
    flow[1:, 16, 16] = torch.tensor([8.0, -4.0])
    assert adjust_flow(flow) is flow
    torch.testing.assert_close(adjust_flow(flow, strength=-0.5), -0.5 * flow)
    soft = adjust_flow(flow, blur_sigma_px=2.0)
    assert soft[1, 18, 16, 0] > 0
    torch.testing.assert_close(soft.sum((1, 2)), flow.sum((1, 2)), atol=1e-3, rtol=1e-3)
    left = np.zeros((32, 32), bool)
    left[:, :16] = True
    assert not adjust_flow(flow, mask=left).any()
    frames = np.stack([left, left, ~left])
    assert adjust_flow(flow, mask=frames)[2].any() and not adjust_flow(flow, mask=frames)[1].any()


@pytest.mark.parametrize(
    ("call", "why"),
    [
        (lambda: optical_flow(torch.zeros(1, 32, 32, 3, dtype=torch.uint8)), "at least 2 frames, got 1"),
        (lambda: optical_flow(torch.zeros(3, 32, 32, 3)), r"\[T, H, W, 3\] of uint8.*float32"),
        (lambda: optical_flow(torch.zeros(3, 8, 32, 3, dtype=torch.uint8)), "at least 12 px, got 32x8"),
        (lambda: optical_flow(torch.zeros(2, 32, 32, 3, dtype=torch.uint8), quality="good"), "got 'good'"),
        (lambda: split_camera(torch.zeros(2, 8, 8, 2), "lose"), "'lose'"),
        (lambda: split_camera(torch.zeros(2, 2, 8, 8), "remove"), r"\[T, H, W, 2\]"),
        (lambda: adjust_flow(torch.zeros(2, 8, 8, 2), mask=np.ones((3, 8, 8), bool)), "1 or 2 frames, got 8x8 for 3"),
        (lambda: adjust_flow(torch.zeros(2, 8, 8, 2), mask=np.ones((4, 8), bool)), "8x8.*got 8x4"),
        (lambda: adjust_flow(torch.zeros(2, 8, 8, 2), blur_sigma_px=-1.0), "at least 0 px, got -1"),
    ],
)
def test_invalid_inputs_raise_an_error(call, why):
    with pytest.raises(ValueError, match=why):
        call()


def test_progress_is_reported_and_can_interrupt():
    steps = []
    video = render([Layer(path_of(3), seed=1)]).video
    optical_flow(video, lambda *step: steps.append(step))
    assert steps == [(1, 2), (2, 2)]

    def interrupt(done, total):
        raise KeyboardInterrupt

    threads = cv2.getNumThreads()
    with pytest.raises(KeyboardInterrupt):
        optical_flow(video, interrupt)
    assert cv2.getNumThreads() == threads
