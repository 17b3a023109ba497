"""Paths from masks: the path of the centre, and points inside that follow it."""

from __future__ import annotations

import numpy as np
import pytest

from tora_core.paths.masks import centroid_path, interior_points, mask_trajectories
from tora_core.paths.object_motion import ObjectMotion
from tora_core.paths.presets import preset
from tora_core.video import Size

SIZE = Size(120, 80)


def boxes(frames=6, step=5, size=(20, 10)):
    """Masks of a box whose centre starts at (25, 30) and moves to the right."""
    masks = np.zeros((frames, SIZE.height, SIZE.width), bool)
    for frame in range(frames):
        masks[frame, 30 - size[1] // 2 : 30 + size[1] // 2 + 1, 15 + step * frame : 36 + step * frame] = True
    return masks


def test_the_centre_of_a_mask_is_followed():
    path = centroid_path(boxes())
    np.testing.assert_allclose(path.points_px[:, 0], [[25 + 5 * frame, 30] for frame in range(6)])
    assert path.visible.all() and path.canvas == SIZE


def test_in_frames_with_an_empty_mask_the_path_is_invisible_and_finite(caplog):
    masks = boxes()
    masks[[0, 2]] = False
    path = centroid_path(masks)
    assert path.visible[:, 0].tolist() == [False, True, False, True, True, True]
    assert np.isfinite(path.points_px).all() and path.points_px[2, 0, 0] == 35
    assert "empty in 2 of 6 frames" in caplog.text


def test_interior_points_lie_well_inside_and_apart_and_are_the_same_each_time():
    mask = boxes()[0]
    points = interior_points(mask, 4)
    assert points.shape == (4, 2) and np.array_equal(points, interior_points(mask, 4))
    assert all(mask[int(y) - 1 : int(y) + 2, int(x) - 1 : int(x) + 2].all() for x, y in points)
    apart = np.linalg.norm(points[:, None] - points, axis=-1) + 99 * np.eye(4)
    assert apart.min() > 4


def test_a_mask_with_too_few_pixels_gives_fewer_points():
    mask = np.zeros((9, 9), bool)
    mask[4, 3:6] = True
    assert len(interior_points(mask, 10)) == 3


def test_points_inside_follow_the_mask_s_path_so_that_the_whole_object_moves():
    paths = mask_trajectories(boxes(), points=5)
    assert paths.points_px.shape == (6, 5, 2)
    np.testing.assert_allclose(np.diff(paths.points_px, axis=0), np.broadcast_to([5.0, 0.0], (5, 5, 2)))


def test_one_mask_follows_tracks():
    way = preset("wave", 25, SIZE)
    paths = mask_trajectories(boxes(1), points=3, way=way)
    np.testing.assert_allclose(
        paths.points_px - paths.points_px[:1], (way.points_px - way.points_px[:1]).repeat(3, axis=1)
    )
    np.testing.assert_allclose(mask_trajectories(boxes(1), 1, way).points_px[0, 0], [25, 30])


@pytest.mark.parametrize(
    ("masks", "options", "why"),
    [
        (boxes(1), {}, "at least 2 masks, one per frame, got 1: connect a video of masks, or tracks"),
        (np.zeros((1, 8, 8), bool), {"points": 3}, "got an empty mask: draw"),
        (np.zeros((4, 8, 8), bool), {}, "got an empty mask in all 4 frames"),
        (np.zeros((1, 80, 120), bool), {"way": preset("line", 9, SIZE)}, "got an empty mask: draw"),
        (boxes(), {"way": preset("line", 9, Size(64, 64))}, "expected a mask of 64x64.*got 120x80"),
        (boxes(), {"points": 0}, "at least 1 point"),
    ],
)
def test_masks_without_motion_raise_an_error(masks, options, why):
    with pytest.raises(ValueError, match=why):
        mask_trajectories(masks, **options)


def test_growth_begins_in_the_frame_in_which_the_mask_appears():
    masks = np.zeros((9, 60, 80), dtype=bool)
    masks[4:, 20:40, 30:50] = True
    grown, still = mask_trajectories(masks, 5, growth=ObjectMotion(scale=2.0)), mask_trajectories(masks, 5)
    np.testing.assert_allclose(grown.points_px[:5], still.points_px[:5])
    middle = np.array([39.5, 29.5])
    np.testing.assert_allclose(grown.points_px[-1] - middle, 2 * (still.points_px[-1] - middle), atol=1e-6)
