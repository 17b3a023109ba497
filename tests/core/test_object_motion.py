"""Objects that turn and grow: exact against the analytic motion of a rigid, growing body."""

from __future__ import annotations

import json

import numpy as np
import pytest

from tora_core.flow.flow_map import flow_map
from tora_core.paths.drawing import parse_drawing
from tora_core.paths.drawn_motion import sample_drawing, sample_object
from tora_core.paths.masks import mask_trajectories
from tora_core.paths.object_motion import RING_POINTS, ObjectMotion
from tora_core.paths.presets import preset
from tora_core.video import Size

SIZE, FRAMES = Size(160, 120), 17
ARC = [[0.2, 0.7], [0.4, 0.3], [0.8, 0.5]]


def ellipse(centre=(80, 60), radii=(30, 20)):
    y, x = np.mgrid[: SIZE.height, : SIZE.width]
    return (((x - centre[0]) / radii[0]) ** 2 + ((y - centre[1]) / radii[1]) ** 2 <= 1)[None]


def analytic_velocity(points_px, centre_px, growth, degrees):
    """Velocity per clip of a body that turns and grows about its centre: v = (ln(scale) + i*omega) * (p - c)."""
    offset = points_px - centre_px
    turn = np.radians(degrees)
    return np.log(growth) * offset + turn * np.stack([-offset[..., 1], offset[..., 0]], axis=-1)


def test_points_of_a_mask_have_the_analytic_flow_of_a_turning_growing_object():
    still = preset("line", FRAMES, SIZE, (0.5, 0.5), (0.2, 0.0), rotation=0)
    moved = mask_trajectories(ellipse(), 12, still, ObjectMotion(1.8, 70))
    shift = still.points_px[:, 0] - still.points_px[0, 0]
    centre = shift[:, None] + np.array([80.0, 60.0])
    offsets = moved.points_px - centre
    # exact: each frame's offsets follow from those of the frame before by one similarity
    step = 1.8 ** (1 / (FRAMES - 1)) * np.exp(1j * np.radians(70) / (FRAMES - 1))
    as_complex = offsets[..., 0] + 1j * offsets[..., 1]
    np.testing.assert_allclose(as_complex[1:], step * as_complex[:-1], atol=1e-9)
    # and in the limit of small steps: the velocity field of such a body
    way = preset("line", 1025, SIZE, (0.5, 0.5), (0.2, 0.0), rotation=0)
    fine = mask_trajectories(ellipse(), 12, way, ObjectMotion(1.8, 70))
    centres = way.points_px - way.points_px[0] + np.array([80.0, 60.0])
    velocity, drift = (np.diff(each, axis=0) * 1024 for each in (fine.points_px, centres))
    between, centre = ((each[1:] + each[:-1]) / 2 for each in (fine.points_px, centres))
    np.testing.assert_allclose(velocity, drift + analytic_velocity(between, centre, 1.8, 70), atol=1e-3)


def test_the_flow_map_holds_the_analytic_flow_at_every_point_of_a_turning_growing_object():
    value = {"points": [[0.5, 0.5]], "kind": "static", "radius": 0.3, "scale": 1.3, "rotation": 120}
    size = Size(500, 500)  # large enough that the blurred points do not touch each other
    paths = sample_drawing(parse_drawing(json.dumps({"version": 2, "tracks": [value]})), FRAMES, size)
    flow = flow_map(paths).numpy()
    step = 1.3 ** (1 / (FRAMES - 1)) * np.exp(1j * np.radians(120) / (FRAMES - 1))
    for frame in range(FRAMES - 1):
        for x, y in paths.points_px[frame, 1:]:
            moved = (step - 1) * complex(x - 250, y - 250)
            row, column = np.rint([y, x]).astype(int)
            np.testing.assert_allclose(flow[frame + 1, row, column], [moved.real, moved.imag], atol=1e-4)


def test_without_growth_nothing_changes():
    way = preset("arc", FRAMES, SIZE)
    plain, still = mask_trajectories(ellipse(), 6, way), mask_trajectories(ellipse(), 6, way, ObjectMotion(), "in")
    np.testing.assert_array_equal(plain.points_px, still.points_px)
    moved = np.broadcast_to(way.points_px - way.points_px[:1], plain.points_px.shape)
    np.testing.assert_allclose(plain.points_px - plain.points_px[:1], moved, atol=1e-9)


def test_a_track_of_the_editor_becomes_a_middle_and_a_ring_that_grow_and_turn():
    (track,) = parse_drawing(
        json.dumps({"version": 2, "tracks": [{"points": ARC, "radius": 0.1, "scale": 2, "rotation": 90}]})
    ).tracks
    points = sample_object(track, FRAMES, SIZE)
    ring = points[:, 1:] - points[:, :1]
    assert points.shape == (FRAMES, 1 + RING_POINTS, 2)
    np.testing.assert_allclose(np.linalg.norm(ring[0], axis=-1), 12)
    np.testing.assert_allclose(np.linalg.norm(ring[-1], axis=-1), 24)
    np.testing.assert_allclose(ring[-1], 2 * np.stack([-ring[0][..., 1], ring[0][..., 0]], axis=-1), atol=1e-9)
    middle = sample_object(parse_drawing(json.dumps({"version": 2, "tracks": [{"points": ARC}]})).tracks[0], 17, SIZE)
    np.testing.assert_array_equal(points[:, :1], middle)


def test_a_static_track_moves_where_its_object_does():
    value = {"version": 2, "tracks": [{"points": [[0.5, 0.5]], "kind": "static", "radius": 0.2, "rotation": 30}]}
    paths = sample_drawing(parse_drawing(json.dumps(value)), FRAMES, SIZE)
    assert paths.points_px.shape == (FRAMES, 1 + RING_POINTS, 2) and paths.visible.all()
    value["tracks"][0]["rotation"] = 0
    with pytest.raises(ValueError, match="stand still"):
        sample_drawing(parse_drawing(json.dumps(value)), FRAMES, SIZE)


def test_hidden_frames_hide_the_whole_object():
    value = {"version": 2, "tracks": [{"points": ARC, "radius": 0.1, "shown_to": 0.5}, {"points": ARC}]}
    visible = sample_drawing(parse_drawing(json.dumps(value)), FRAMES, SIZE).visible
    assert visible.shape == (FRAMES, 8)
    assert visible[:9, :7].all() and not visible[9:, :7].any() and visible[:, 7].all()


@pytest.mark.parametrize(
    "change", [{"scale": 0}, {"scale": 11}, {"rotation": 4000}, {"scale": "big"}, {"radius": None}]
)
def test_invalid_objects_are_an_error(change):
    value = {"version": 2, "tracks": [{"points": ARC, "radius": 0.1, **change}]}
    with pytest.raises(ValueError, match="expected a"):
        parse_drawing(json.dumps(value))
