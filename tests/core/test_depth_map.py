"""True camera moves: parallax and visibility against an exact renderer of two planes."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from tora_core.paths.camera import camera_trajectories
from tora_core.paths.camera_move import CameraMove
from tora_core.paths.depth_map import DepthMap, focal_length_px
from tora_core.paths.presets import preset
from tora_core.video import Size

SIZE, FRAMES, ANGLE = Size(240, 160), 13, 60.0
NEAR, FAR = 1.0, 3.0
SPACING = 5.7  # no point starts on an edge
BOX = (90, 50, 150, 110)
"""Left, top, right and bottom pixel of the near plane in the first frame; right and bottom are not in it."""
MOVES = {
    "dolly": CameraMove(dolly=0.3),
    "away": CameraMove(dolly=-0.5),
    "pan and tilt": CameraMove(pan=0.2, tilt=0.15),
    "roll and zoom": CameraMove(roll=20, zoom=1.3),
    "orbit": CameraMove(preset="orbit"),
    "orbit back": CameraMove(preset="orbit", strength=-0.7),
    "dolly zoom": CameraMove(preset="dolly zoom"),
    "crane": CameraMove(preset="crane"),
    "crane with pan": CameraMove(preset="crane", strength=-1, pan=0.1, ease="in_out"),
}


def two_planes():
    distances = np.full((SIZE.height, SIZE.width), FAR)
    left, top, right, bottom = BOX
    distances[top:bottom, left:right] = NEAR
    return DepthMap(distances, focal_length_px(SIZE.width, ANGLE))


def cameras(move, focal, subject):
    """Position, axes (right, down, forward) and focal length of the camera at each frame."""
    time = np.linspace(0, 1, FRAMES)
    time = time * time * (3 - 2 * time) if move.ease == "in_out" else time
    target = np.array([0.0, 0.0, subject])
    for now in time:
        position, zoom, amount = np.zeros(3), move.zoom**now, move.strength * now
        if move.preset == "orbit":  # around the target, 30 degrees to the right
            angle = np.radians(30 * amount)
            position = target + subject * np.array([np.sin(angle), 0.0, -np.cos(angle)])
        elif move.preset == "crane":  # up by 0.4 of the distance
            position = np.array([0.0, -0.4 * subject * amount, 0.0])
        elif move.preset == "dolly zoom":
            position, zoom = 0.4 * amount * target, zoom * (1 - 0.4 * amount)
        ahead = (target - position) / np.linalg.norm(target - position)  # it looks at the target
        to_right = np.cross([0.0, 1.0, 0.0], ahead)
        to_right /= np.linalg.norm(to_right)
        axes = np.stack([to_right, np.cross(ahead, to_right), ahead])
        position = position + move.dolly * now * subject * ahead
        rolled = Rotation.from_rotvec(np.radians(move.roll * now) * ahead).apply(axes)  # clockwise as the camera sees
        up = np.arctan(move.tilt * SIZE.height * now / (focal * zoom))
        right = np.arctan(move.pan * SIZE.width * now / (focal * zoom) * np.cos(up))
        # turned right about the picture's vertical, then up about its horizontal
        turned = Rotation.from_rotvec(right * axes[1]).apply(rolled)
        sideways = Rotation.from_rotvec(right * axes[1]).apply(axes[0])
        yield position, Rotation.from_rotvec(up * sideways).apply(turned), focal * zoom


def exact(move, starts_px):
    """Renders both planes point by point: where each start goes, and whether the near plane covers it.

    Nothing of it comes from the code under test: ``cameras`` places the camera by the words of its documentation.
    """
    depth = two_planes()
    focal, centre = depth.focal_px, np.array(SIZE) / 2
    left, top, right, bottom = np.array(BOX) - 0.5
    near = (starts_px > (left, top)).all(axis=-1) & (starts_px < (right, bottom)).all(axis=-1)
    z = np.where(near, NEAR, FAR)
    points = np.concatenate([(starts_px - centre) / focal * z[:, None], z[:, None]], axis=-1)  # [N, 3]
    corners = np.array([[left, top], [right, bottom]])
    low, high = (corners - centre) / focal * NEAR  # the near plane in space
    where, shown = [], []
    for position, (to_right, down, ahead), focal_px in cameras(move, focal, NEAR):
        ray = points - position
        away = ray @ ahead
        where.append(np.stack([ray @ to_right, ray @ down], axis=-1) / away[:, None] * focal_px + centre)
        hit = position + ray * ((NEAR - position[2]) / ray[:, 2])[:, None]
        covered = ~near & (hit[:, :2] > low).all(axis=-1) & (hit[:, :2] < high).all(axis=-1) & (position[2] < NEAR)
        shown.append(~covered & (away > 0))
    where = np.stack(where)
    inside = ((where >= 0) & (where <= np.array(SIZE) - 1)).all(axis=-1)
    return where, np.stack(shown) & inside


@pytest.mark.parametrize("name", MOVES)
def test_points_move_and_are_hidden_as_an_exact_renderer_says(name):
    paths = camera_trajectories(MOVES[name], FRAMES, SIZE, spacing_px=SPACING, depth=two_planes())
    starts = paths.points_px[0]
    inside = ((starts > -0.5) & (starts < np.array(SIZE) - 0.5)).all(axis=-1)  # the map knows nothing outside
    where, shown = exact(MOVES[name], starts[inside])
    found = paths.visible[:, inside]
    error = np.linalg.norm(paths.points_px[:, inside] - where, axis=-1)
    assert inside.sum() > 800
    assert error[found].max() < 0.5
    assert (found == shown).mean() >= 0.99


@pytest.mark.parametrize("name", ["dolly", "orbit", "crane"])
def test_a_large_picture_is_drawn_in_cells_of_several_pixels(name):
    """The same scene at three times the size: points move as far in parts of the frame, and 98 % are right."""
    small = two_planes()
    size = Size(3 * SIZE.width, 3 * SIZE.height)
    large = DepthMap(small.distances.repeat(3, axis=0).repeat(3, axis=1), focal_length_px(size.width, ANGLE))
    coarse = camera_trajectories(MOVES[name], FRAMES, size, 3 * SPACING, depth=large)
    starts = (coarse.points_px[0] + 0.5) / 3 - 0.5
    inside = ((starts > -0.5) & (starts < np.array(SIZE) - 0.5)).all(axis=-1)
    _, shown = exact(MOVES[name], starts[inside])
    assert (coarse.visible[:, inside] == shown).mean() >= 0.98


def test_something_is_hidden_and_the_near_plane_moves_farther():
    paths = camera_trajectories(MOVES["orbit"], FRAMES, SIZE, spacing_px=SPACING, depth=two_planes())
    starts, ends = paths.points_px[0], paths.points_px[-1]
    left, top, right, bottom = BOX
    near = ((starts >= (left, top)) & (starts < (right, bottom))).all(axis=-1)
    frame = ((ends >= 0) & (ends <= np.array(SIZE) - 1)).all(axis=-1)
    assert (frame & ~paths.visible[-1] & ~near).sum() > 20  # behind the near plane
    assert paths.visible[:, near & frame].all()


@pytest.mark.parametrize("move", [{"zoom": 1.5}, {"roll": 30}, {"dolly": 0.4}, {"dolly": -1, "roll": -10}], ids=str)
def test_a_flat_depth_map_equals_the_move_without_one(move):
    options = {"move": CameraMove(**move), "frames": 9, "size": SIZE, "spacing_px": 20}
    flat, plain = camera_trajectories(**options, depth=DepthMap.flat(SIZE)), camera_trajectories(**options)
    ours, theirs = (
        {tuple(path[0].round(6)): path for path in paths.points_px.swapaxes(0, 1)} for paths in (flat, plain)
    )
    assert ours.keys() == theirs.keys()
    for start in ours:
        np.testing.assert_allclose(ours[start], theirs[start], atol=1e-6)


def test_the_middle_of_the_picture_follows_pan_and_tilt_exactly():
    depth = DepthMap(np.full((SIZE.height, SIZE.width), 2.0), focal_length_px(SIZE.width, ANGLE))
    views = CameraMove(pan=0.25, tilt=0.2, zoom=1.5).views(5, SIZE, depth.focal_px, depth.subject)
    points, _ = views.project(np.array([[0.0, 0.0, 2.0]]))
    time = np.linspace(0, 1, 5)
    np.testing.assert_allclose(points[:, 0, 0], SIZE.width / 2 - 0.25 * SIZE.width * time, atol=1e-9)
    np.testing.assert_allclose(points[:, 0, 1], SIZE.height / 2 + 0.2 * SIZE.height * time, atol=1e-9)


@pytest.mark.parametrize("name", ["orbit", "dolly zoom", "crane"])
def test_a_preset_keeps_the_subject_in_the_middle(name):
    subject = np.array([[0.0, 0.0, 2.0]])
    views = CameraMove(preset=name, strength=1.3).views(9, SIZE, 200.0, 2.0)
    points, _ = views.project(subject)
    np.testing.assert_allclose(points[:, 0], np.broadcast_to(np.array(SIZE) / 2, (9, 2)), atol=1e-9)
    axes = views.rotations
    np.testing.assert_allclose(axes @ axes.transpose(0, 2, 1), np.broadcast_to(np.eye(3), axes.shape), atol=1e-12)
    np.testing.assert_allclose(np.linalg.det(axes), 1)


def test_a_dolly_zoom_keeps_the_size_of_the_subject_and_changes_that_of_the_background():
    views = CameraMove(preset="dolly zoom").views(9, SIZE, 200.0, 2.0)
    for distance, stays in ((2.0, True), (6.0, False)):
        points, _ = views.project(np.array([[0.0, 0.0, distance], [0.3, 0.0, distance]]))
        lengths = np.linalg.norm(points[:, 1] - points[:, 0], axis=-1)
        assert np.allclose(lengths, lengths[0]) == stays


def test_an_orbit_keeps_its_distance_and_goes_30_degrees():
    views = CameraMove(preset="orbit").views(9, SIZE, 200.0, 2.0)
    from_subject = views.positions - np.array([0.0, 0.0, 2.0])
    np.testing.assert_allclose(np.linalg.norm(from_subject, axis=-1), 2)
    assert np.degrees(np.arccos(from_subject[0] @ from_subject[-1] / 4)) == pytest.approx(30)
    assert views.positions[-1, 0] > 0  # to the right


def test_a_white_level_is_near_or_far_as_told():
    grey = np.array([[0.0, 0.5, 1.0]])
    near = DepthMap.from_picture(grey, far_over_near=4)
    far = DepthMap.from_picture(grey, far_over_near=4, near_is_white=False)
    np.testing.assert_allclose(near.distances, [[4, 1.6, 1]])
    np.testing.assert_allclose(far.distances, [[1, 2.5, 4]])
    assert DepthMap.from_picture(grey, far_over_near=1).is_flat


def test_objects_keep_their_distance_and_get_the_camera_move():
    line = preset("line", FRAMES, SIZE, (0.5, 0.5), (0.1, 0.0), rotation=0)  # over the near plane
    paths = camera_trajectories(MOVES["away"], FRAMES, SIZE, 40, objects=line, depth=two_planes())
    scale = NEAR / (NEAR + 0.5 * np.linspace(0, 1, FRAMES))  # the subject is the near plane
    expected = (line.points_px[:, 0] - np.array(SIZE) / 2) * scale[:, None] + np.array(SIZE) / 2
    np.testing.assert_allclose(paths.points_px[:, 0], expected, atol=1e-9)


def test_a_point_behind_the_camera_is_hidden_and_finite():
    depth = DepthMap.from_picture(np.tile(np.linspace(0, 1, SIZE.width), (SIZE.height, 1)), far_over_near=20)
    paths = camera_trajectories(CameraMove(dolly=0.9), FRAMES, SIZE, 12, depth=depth)
    assert np.isfinite(paths.points_px).all()
    assert (~paths.visible).any() and paths.visible[0].any()


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        ({"far_over_near": 0.5}, "at least 1"),
        ({"field_of_view": 175}, "1 to 170 degrees"),
        ({"grey": np.array([[np.nan]])}, "NaN"),
    ],
)
def test_invalid_depth_is_an_error(arguments, why):
    with pytest.raises(ValueError, match=why):
        DepthMap.from_picture(**{"grey": np.zeros((4, 4)), **arguments})


def test_a_dolly_zoom_without_depth_is_an_error_because_nothing_changes():
    with pytest.raises(ValueError, match="connect a depth picture"):
        camera_trajectories(MOVES["dolly zoom"], FRAMES, SIZE)


def test_a_depth_map_of_another_size_is_an_error():
    with pytest.raises(ValueError, match="240x160, got 64x64"):
        camera_trajectories(MOVES["orbit"], FRAMES, SIZE, depth=DepthMap.flat(Size(64, 64)))
