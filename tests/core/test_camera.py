"""Camera moves: the grid moves as the picture does, and objects move relative to it."""

from __future__ import annotations

import numpy as np
import pytest

from tora_core.paths.camera import camera_trajectories
from tora_core.paths.camera_move import CameraMove
from tora_core.paths.presets import preset
from tora_core.video import Size

SIZE = Size(320, 200)


def grid(frames=9, **options):
    move = CameraMove(
        **{key: options.pop(key) for key in list(options) if key in ("pan", "tilt", "zoom", "roll", "dolly", "ease")}
    )
    return camera_trajectories(move, frames, SIZE, **{"spacing_px": 40.0, **options})


def from_centre(points_px):
    return points_px - np.array(SIZE) / 2


def test_a_pan_to_the_right_moves_the_picture_left_by_that_part_of_the_width():
    moved = np.diff(grid(pan=0.25).points_px, axis=0)
    np.testing.assert_allclose(moved[..., 0], -10)
    np.testing.assert_allclose(moved[..., 1], 0, atol=1e-9)


def test_a_tilt_up_moves_the_picture_down():
    np.testing.assert_allclose(np.diff(grid(tilt=0.4).points_px, axis=0)[..., 1], 10)


def test_a_zoom_grows_by_the_same_factor_every_frame_and_ends_at_its_number():
    points = from_centre(grid(zoom=2.0).points_px)
    np.testing.assert_allclose(points[-1], 2 * points[0])
    np.testing.assert_allclose(points[1:], points[:-1] * 2 ** (1 / 8))


def test_a_dolly_grows_ever_faster():
    points = from_centre(grid(dolly=0.5).points_px)
    np.testing.assert_allclose(points[-1], 2 * points[0])
    np.testing.assert_allclose(points[4], points[0] / 0.75)


def test_a_roll_turns_the_picture_the_other_way_and_keeps_distances():
    points = from_centre(grid(roll=90).points_px)
    np.testing.assert_allclose(points[-1], np.stack([points[0][..., 1], -points[0][..., 0]], axis=-1), atol=1e-9)
    np.testing.assert_allclose(np.linalg.norm(points, axis=-1), np.linalg.norm(points[:1], axis=-1).repeat(9, axis=0))


def test_a_mask_over_the_whole_frame_leaves_no_grid_point():
    with pytest.raises(ValueError, match="expected at least one grid point"):
        grid(zoom=1.2, keep_off=np.ones((SIZE.height, SIZE.width), dtype=bool))


def test_areas_that_come_into_view_move_too():
    """Points cover every frame as evenly as the first one. No motion starts in the last frame, so it is left out."""
    paths = grid(pan=1.0)
    counts = paths.visible[:-1].sum(axis=1)
    assert counts.min() > 0.75 * counts[0]
    right = [paths.points_px[frame][paths.visible[frame], 0].max() for frame in range(paths.frames - 1)]
    assert min(right) > SIZE.width - 1 - 40


def test_points_are_visible_inside_the_margin_only():
    paths = grid(zoom=1.5, margin_px=30)
    seen = paths.points_px[paths.visible]
    assert seen.min() >= 30 and (seen <= np.array(SIZE) - 31).all()
    unseen = paths.points_px[~paths.visible]
    assert ((unseen < 30) | (unseen > np.array(SIZE) - 31)).any(axis=-1).all()


def test_the_grid_keeps_off_a_mask():
    mask = np.zeros((SIZE.height, SIZE.width), bool)
    mask[50:150, 100:220] = True
    first = grid(pan=0.1, keep_off=mask).points_px[0]
    inside = ((first >= [100, 50]) & (first < [220, 150])).all(axis=-1)
    assert not inside.any() and len(first) < len(grid(pan=0.1).points_px[0])


def test_an_object_that_stands_still_moves_as_the_picture_does():
    still = preset("line", 9, SIZE, extent=(0.0, 0.0))
    paths = grid(pan=0.25, objects=still)
    np.testing.assert_allclose(np.diff(paths.points_px[:, 0], axis=0), [[-10, 0]] * 8, atol=1e-9)


def test_an_object_moves_relative_to_the_camera_and_alone_where_it_stands_still():
    walker = preset("line", 9, SIZE)
    moving = grid(pan=0.25, objects=walker).points_px[:, 0]
    np.testing.assert_allclose(moving, walker.points_px[:, 0] - [10, 0] * np.arange(9)[:, None])
    np.testing.assert_allclose(grid(objects=walker).points_px[:, 0], walker.points_px[:, 0])


@pytest.mark.parametrize(
    ("options", "why"),
    [
        ({}, "expected a camera that moves, got one that stands still"),
        ({"zoom": 0.0}, "zoom above 0"),
        ({"dolly": 1.0}, "below 1"),
        ({"pan": 0.1, "ease": "swing"}, "'swing'"),
        ({"pan": 0.1, "spacing_px": 0.5}, "at least 1 px"),
        ({"pan": 4.0, "spacing_px": 8.0}, "at most 4096 points"),
        (
            {"pan": 0.1, "margin_px": 200},
            "one grid point inside the 320x200 frame in two frames in a row, got none",
        ),
        ({"pan": 0.1, "keep_off": np.zeros((9, 9), bool)}, "expected a mask of 320x200, got 9x9"),
        ({"pan": 0.1, "objects": preset("line", 5, SIZE)}, "expected objects of 9 frames.*got 5 frames"),
        ({"pan": 0.1, "frames": 1}, "at least 2 frames"),
    ],
)
def test_invalid_options_raise_an_error(options, why):
    with pytest.raises(ValueError, match=why):
        grid(**options)
