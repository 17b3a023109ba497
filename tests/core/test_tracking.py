"""Tracked points stay on their texture. Points that are covered, leave the frame or have no texture are lost."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from synthetic import FRAME, Layer, around_centre, path_of, render

from tora_core.paths.grid import grid_points
from tora_core.paths.tracking import track_points
from tora_core.video import Size

FRAMES = 13
STILL = Layer(path_of(FRAMES), seed=1)
PLACES = [(x, y) for x in (-16, -8, 0, 8, 16) for y in (-14, -7, 0, 7, 14)]
ON_GROUND = [(x, y) for x in range(30, 211, 30) for y in range(30, 131, 25)]


def disc(start, step, **motion):
    return Layer(path_of(FRAMES, start, step, **motion), seed=2, radii_px=(34, 32), points=PLACES)


def camera(**motion):
    return Layer(around_centre(path_of(FRAMES, **motion)), seed=1, points=ON_GROUND)


CLIPS = {
    "a disc by fractions of a pixel": [STILL, disc((70, 60), (4.37, 1.61))],
    "a disc on a bend": [STILL, disc((60, 80), (5.2, 0.0), wave=(0, 12))],
    "a disc that turns and grows": [STILL, disc((70, 60), (3.3, 1.7), turn=0.03, zoom=1.015)],
    "a disc before a moving camera": [camera(step=(-2.6, 0.7)), disc((70, 80), (4.3, 0.7))],
    "a camera that moves": [camera(step=(1.37, -0.81))],
    "a camera that zooms": [camera(zoom=1.015)],
    "a camera that turns": [camera(turn=0.015)],
}
clips = pytest.mark.parametrize("layers", CLIPS.values(), ids=CLIPS.keys())


def seen_at_first(clip):
    """Keeps the points that are visible in frame 0. Each counts as visible until it is first hidden."""
    shown = clip.visible[0]
    visible = np.logical_and.accumulate(clip.visible[:, shown], axis=0)
    return replace(clip, points_px=clip.points_px[:, shown], visible=visible)


def missed_px(tracked, clip):
    return np.linalg.norm(tracked.points_px - clip.points_px, axis=-1)


@pytest.fixture(scope="module")
def covered():
    """A disc, and another one that passes in front of it and covers every point within the clip."""
    front = Layer(path_of(FRAMES, (185, 80), (-7.3, 0.0)), seed=7, radii_px=(34, 66))
    clip = render([STILL, disc((70, 80), (1.3, 0.4)), front])
    assert clip.visible[0].all() and not clip.visible[-1].any()
    return clip


@clips
def test_points_stay_on_their_texture_to_half_a_pixel(layers):
    clip = seen_at_first(render(layers))
    tracked = track_points(clip.video, clip.points_px[0])
    assert tracked.canvas == FRAME and tracked.points_px.shape == clip.points_px.shape
    assert (tracked.points_px[0] == clip.points_px[0]).all()
    both = tracked.visible & clip.visible
    assert missed_px(tracked, clip)[both].max() < 0.5
    assert missed_px(tracked, clip)[both].mean() < 0.05
    assert both.sum() >= 0.95 * clip.visible.sum()


@pytest.mark.parametrize("start_frame", [6, FRAMES - 1])
def test_points_are_followed_backwards_too(start_frame):
    clip = render([STILL, disc((70, 60), (4.37, 1.61), turn=0.02)])
    tracked = track_points(clip.video, clip.points_px[start_frame], start_frame)
    assert tracked.visible.all() and missed_px(tracked, clip).max() < 0.5


def test_drift_does_not_grow_with_the_clip():
    """The object moves forth and back while it turns. At the end, the points are still on their texture."""
    frames = 29
    poses = path_of(frames, (118, 80), wave=(30, 0), turn=0.015)
    clip = render([Layer(path_of(frames), seed=1), Layer(poses, seed=2, radii_px=(34, 32), points=PLACES[::4])])
    tracked = track_points(clip.video, clip.points_px[0])
    assert tracked.visible.all() and missed_px(tracked, clip)[-8:].mean() < 0.05


def test_changing_light_does_not_move_a_point():
    clip = render([STILL, disc((70, 60), (4.37, 1.61))])
    light = torch.linspace(1.0, 0.6, FRAMES)[:, None, None, None]
    tracked = track_points((clip.video * light + 20 * (1 - light)).round().to(torch.uint8), clip.points_px[0])
    assert tracked.visible.all() and missed_px(tracked, clip).max() < 0.5


def test_covered_points_are_lost_within_two_frames_and_never_follow_what_covers_them(covered, caplog):
    tracked = track_points(covered.video, covered.points_px[0])
    assert not (tracked.visible[2:] & ~covered.visible[:-2]).any()
    both = tracked.visible & covered.visible
    assert missed_px(tracked, covered)[both].max() < 0.5
    assert both.sum() >= 0.9 * covered.visible.sum()
    assert f"{len(PLACES)} of {len(PLACES)} points were lost between frames" in caplog.text


@pytest.mark.parametrize("seed", [3, 7, 8])
def test_a_slow_occluder_is_detected_too(seed):
    """Each step is so small that tracking back succeeds. Only the start frame's appearance shows the occluder."""
    front = Layer(path_of(FRAMES, (124, 80), (-2.3, 0.0)), seed=seed, radii_px=(34, 66))
    clip = seen_at_first(render([STILL, disc((70, 80), (0.3, 0.1)), front]))
    tracked = track_points(clip.video, clip.points_px[0])
    assert (~clip.visible[-3]).sum() >= 5, "some are covered"
    assert not (tracked.visible[2:] & ~clip.visible[:-2]).any()
    both = tracked.visible & clip.visible
    assert missed_px(tracked, clip)[both].mean() < 0.1 and both.sum() >= 0.8 * clip.visible.sum()


def test_a_texture_that_changes_slowly_is_still_followed():
    one, other = (render([STILL, replace(disc((70, 60), (3.37, 1.61)), seed=seed)]) for seed in (2, 9))
    share = torch.linspace(0, 0.45, FRAMES)[:, None, None, None]
    video = torch.lerp(one.video.float(), other.video.float(), share).round().to(torch.uint8)
    tracked = track_points(video, one.points_px[0])
    assert tracked.visible.mean() > 0.95
    assert missed_px(tracked, one)[tracked.visible].mean() < 0.6


def test_a_lost_point_stays_lost_and_keeps_its_last_place(covered):
    tracked = track_points(covered.video, covered.points_px[0])
    assert not np.diff(tracked.visible.astype(int), axis=0).max()  # never back
    last = tracked.visible.sum(axis=0) - 1
    for point, frame in enumerate(last):
        assert (tracked.points_px[frame:, point] == tracked.points_px[frame, point]).all()


def test_points_that_leave_the_frame_become_invisible():
    clip = render([STILL, disc((190, 80), (6.7, 0.6))])
    tracked = track_points(clip.video, clip.points_px[0])
    assert not clip.visible[-1].any(), "every point leaves"
    assert not (tracked.visible[2:] & ~clip.visible[:-2]).any()
    both = tracked.visible & clip.visible
    assert missed_px(tracked, clip)[both].max() < 0.5 and both.sum() >= 0.9 * clip.visible.sum()
    assert np.isfinite(tracked.points_px).all() and not tracked.outside


def test_points_of_a_clip_that_stands_still_stand_still():
    clip = render([Layer(path_of(2), seed=1, points=ON_GROUND)])
    still = clip.video[:1].repeat(6, 1, 1, 1)
    tracked = track_points(still, clip.points_px[0])
    assert tracked.visible.all() and np.ptp(tracked.points_px, axis=0).max() < 0.01


@pytest.mark.parametrize("start_frame", [0, 2])
def test_a_blank_clip_loses_every_point_with_a_warning(start_frame, caplog):
    tracked = track_points(torch.full((5, 64, 96, 3), 90, dtype=torch.uint8), [[10, 20], [50, 30]], start_frame)
    assert tracked.visible.sum(axis=1).tolist() == [2 * (frame == start_frame) for frame in range(5)]
    assert (tracked.points_px == [[10, 20], [50, 30]]).all()
    assert "2 of 2 points were lost" in caplog.text and "No point moves: choose points on texture" in caplog.text


def test_a_cut_loses_every_point():
    one, other = (render([Layer(path_of(3), seed=seed, points=ON_GROUND)]) for seed in (1, 5))
    tracked = track_points(torch.cat([one.video, other.video]), one.points_px[0])
    assert tracked.visible[:3].all() and tracked.visible[3:].mean() < 0.05


def test_no_warning_when_no_point_is_lost(caplog):
    clip = render(CLIPS["a disc by fractions of a pixel"])
    track_points(clip.video, clip.points_px[0])
    assert not caplog.records


def test_aligning_points_in_several_groups_gives_the_same_positions():
    clip = render([Layer(around_centre(path_of(3, step=(1.3, 0.6))), seed=1)])
    points = grid_points(FRAME, 9, 5)
    tracked = track_points(clip.video, points)
    alone = track_points(clip.video, points[-3:])
    assert len(points) > 400
    np.testing.assert_allclose(tracked.points_px[:, -3:], alone.points_px, atol=1e-6)


VIDEO = torch.zeros(3, 32, 48, 3, dtype=torch.uint8)


@pytest.mark.parametrize(
    ("video", "points", "options", "why"),
    [
        (VIDEO.float(), [[1, 1]], {}, r"\[T, H, W, 3\] of uint8.*float32"),
        (VIDEO[0], [[1, 1]], {}, r"\[T, H, W, 3\].*\(32, 48, 3\)"),
        (VIDEO[..., :1], [[1, 1]], {}, r"\(3, 32, 48, 1\)"),
        (VIDEO[:1], [[1, 1]], {}, "at least 2 frames, got 1"),
        (VIDEO, np.zeros((0, 2)), {}, r"at least one point.*\(0, 2\)"),
        (VIDEO, [1, 1], {}, r"\[N, 2\], got \(2,\)"),
        (VIDEO, [[1, 1, 1]], {}, r"\[N, 2\], got \(1, 3\)"),
        (VIDEO, [[1, 1], [48, 5], [-1, 3]], {}, r"48x32 frame, got 2 of 3 outside, the first at \(48, 5\)"),
        (VIDEO, [[1, float("nan")]], {}, "1 of 1 outside"),
        (VIDEO, [[1, 1]], {"start_frame": 3}, r"0\.\.2, got 3"),
        (VIDEO, [[1, 1]], {"start_frame": -1}, r"0\.\.2, got -1"),
        (VIDEO, [[1, 1]], {"window_px": 3}, r"window of 5\.\.181 px.*got 3 px"),
        (VIDEO, [[1, 1]], {"tolerance_px": 0.0}, r"tolerance above 0 px, got 21 px and 0\.0 px"),
    ],
)
def test_invalid_inputs_raise_an_error(video, points, options, why):
    with pytest.raises(ValueError, match=why):
        track_points(video, np.array(points, dtype=float), **options)


def test_a_grid_is_even_and_centred():
    points = grid_points(Size(41, 21), spacing_px=15, margin_px=2)
    np.testing.assert_array_equal(points, [[x, y] for y in (2.5, 17.5) for x in (5, 20, 35)])
    np.testing.assert_array_equal(grid_points(Size(41, 21), spacing_px=100), [[20, 10]])
    np.testing.assert_array_equal(grid_points(Size(5, 1), spacing_px=4), [[0, 0], [4, 0]])


def test_a_mask_keeps_only_its_points_of_the_same_grid():
    mask = np.zeros((21, 41), dtype=bool)
    mask[:, :21] = True
    np.testing.assert_array_equal(
        grid_points(Size(41, 21), 10, mask=mask), [[x, y] for y in (0, 10, 20) for x in (0, 10, 20)]
    )


@pytest.mark.parametrize(
    ("options", "why"),
    [
        ({"spacing_px": 0}, "spacing above 0 px.*got 0 and 0"),
        ({"spacing_px": 8, "margin_px": -1}, "margin of at least 0, got 8 and -1"),
        ({"spacing_px": 8, "margin_px": 11}, "at least one point in 41x21, got none.*margin 11 px"),
        ({"spacing_px": 8, "mask": np.zeros((21, 41), bool)}, "none of 18 .*inside the mask"),
        ({"spacing_px": 8, "mask": np.ones((41, 21), bool)}, r"mask of 41x21, got 21x41"),
    ],
)
def test_a_grid_without_points_raises_an_error(options, why):
    with pytest.raises(ValueError, match=why):
        grid_points(Size(41, 21), **options)
