"""TRACKS of other trackers, in the shapes that their own code returns."""

from __future__ import annotations

import json

import numpy as np
import pytest
import torch

FRAMES, POINTS, SIZE = 9, 4, (96, 64)


def truth():
    """Points ``[T, N, 2]`` and visibility ``[T, N]`` of a clip."""
    generator = np.random.default_rng(0)
    points = generator.uniform(10, 50, (1, POINTS, 2)) + np.arange(FRAMES)[:, None, None]
    visible = np.ones((FRAMES, POINTS), dtype=bool)
    visible[5:, 1] = False
    return points, visible


def as_tensor(array):
    return torch.from_numpy(np.ascontiguousarray(array)).float()


POINTS_PX, VISIBLE = truth()
SHAPES = {
    "core": (as_tensor(POINTS_PX), torch.from_numpy(VISIBLE)),
    "CoTracker 3": (as_tensor(POINTS_PX)[None], torch.from_numpy(VISIBLE)[None]),
    "CoTracker 2": (as_tensor(POINTS_PX)[None], torch.from_numpy(VISIBLE)[None, ..., None]),
    "TAPIR": (as_tensor(POINTS_PX.swapaxes(0, 1)), torch.from_numpy(VISIBLE.T)),
    "TAPIR in a batch": (as_tensor(POINTS_PX.swapaxes(0, 1))[None], torch.from_numpy(VISIBLE.T)[None]),
    "confidences": (as_tensor(POINTS_PX), as_tensor(np.where(VISIBLE, 0.9, 0.1))),
    "NumPy": (POINTS_PX, VISIBLE),
}


def tracks_of(shape, visibility=True):
    points, visible = SHAPES[shape]
    return {"track_path": points, **({"track_visibility": visible} if visibility else {})}


def video(frames=FRAMES):
    return torch.rand(frames, SIZE[1], SIZE[0], 3, generator=torch.Generator().manual_seed(0))


def from_video(pack, tracks, clip=None):
    node = pack.part("nodes.paths.tracking").ToraTrajectoryFromVideo
    settings = {"points": "tracked already", "spacing": 64.0, "count": 8, "start_frame": 0, "tolerance": 1.0}
    return node.execute(video=video() if clip is None else clip, tracks=tracks, **settings).result


@pytest.mark.parametrize("visibility", [True, False], ids=["with visibility", "without"])
@pytest.mark.parametrize("shape", SHAPES)
def test_the_tracks_of_a_tracker_pass_through_the_video_s_node(pack, shape, visibility):
    tracks, lost = from_video(pack, tracks_of(shape, visibility))
    np.testing.assert_allclose(tracks["track_path"].numpy(), POINTS_PX, atol=1e-4)
    np.testing.assert_array_equal(tracks["track_visibility"].numpy(), VISIBLE if visibility else True)
    assert lost == (1 if visibility else 0) and tracks["canvas"] == SIZE


@pytest.mark.parametrize("shape", SHAPES)
def test_the_error_is_measured_with_the_tracks_of_a_tracker(pack, shape):
    node = pack.part("nodes.evaluation").ToraTrajectoryError
    wanted = {"track_path": as_tensor(POINTS_PX + np.array([3.0, 4.0])), "canvas": SIZE}
    error, _, text, _ = node.execute(video=video(), wanted=wanted, tracked=tracks_of(shape)).result
    assert error == pytest.approx(7, abs=1e-4)
    assert json.loads(text)["coverage"] == pytest.approx(VISIBLE.mean())


def test_tracks_of_another_video_are_an_error(pack):
    with pytest.raises(ValueError, match="expected tracks of 13 frames, as the video has, got 9"):
        from_video(pack, tracks_of("CoTracker 3"), video(13))
    with pytest.raises(ValueError, match="expected tracks for the start points, got none"):
        from_video(pack, None)


def test_tracks_with_a_size_are_never_turned_round(pack):
    """13 frames of 9 paths on a video of 9 frames are an error, not 9 frames of 13 paths."""
    points = torch.rand(13, FRAMES, 2) * 50
    with pytest.raises(ValueError, match="got 13"):
        from_video(pack, {"track_path": points, "canvas": SIZE})


def test_the_list_of_texts_of_the_cotracker_pack_is_read_as_text(pack):
    """One JSON text per point, whole pixels, and (-100, -100) where a point is not seen."""
    node = pack.part("nodes.paths.text").ToraTrajectoryFromText
    whole = np.rint(POINTS_PX).astype(int)
    texts = [
        json.dumps(
            [{"x": int(x), "y": int(y)} if seen else {"x": -100, "y": -100} for (x, y), seen in zip(*path, strict=True)]
        )
        for path in zip(whole.swapaxes(0, 1), VISIBLE.T, strict=True)
    ]
    way = {"width": 96, "height": 64, "frames": FRAMES, "canvas_width": 96, "canvas_height": 64, "mode": "exact"}
    tracks, count = node.execute(coordinates=texts, file="none", **way).result
    assert count == POINTS
    np.testing.assert_array_equal(tracks["track_visibility"].numpy(), VISIBLE)
    np.testing.assert_allclose(tracks["track_path"].numpy()[VISIBLE], whole[VISIBLE])


def test_masks_of_sam_become_the_path_of_their_centre(pack):
    masks = torch.zeros(FRAMES, SIZE[1], SIZE[0])
    for frame in range(FRAMES):
        masks[frame, 20:30, 10 + 2 * frame : 20 + 2 * frame] = 1
    tracks = pack.part("nodes.paths.masks").ToraTrajectoryFromMask.execute(mask=masks, points=1).result[0]
    np.testing.assert_allclose(tracks["track_path"][:, 0, 0].numpy(), 14.5 + 2 * np.arange(FRAMES))
