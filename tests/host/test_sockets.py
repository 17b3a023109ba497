"""Tests that TRACKS of this pack, of core and of other packs are read correctly, or are an error."""

from __future__ import annotations

import pytest
import torch


def test_written_tracks_are_read_back_unchanged(pack):
    trajectories = pack.part("tora_core.paths.trajectories")
    import numpy as np

    points = np.arange(12, dtype=float).reshape(3, 2, 2)
    written = trajectories.Trajectories(points, np.ones((3, 2), bool), trajectories.Size(64, 32))
    read = pack.sockets.trajectories_from(pack.sockets.tracks_from(written))
    assert (read.points_px == points).all() and read.visible.all() and read.canvas == (64, 32)


def test_one_visibility_for_all_points_is_spread_over_them(pack):
    tracks = {"track_path": torch.zeros(3, 4, 2), "track_visibility": torch.tensor([[True], [False], [True]])}
    read = pack.sockets.trajectories_from(tracks, 64, 32)
    assert read.visible.tolist() == [[True] * 4, [False] * 4, [True] * 4]


@pytest.mark.parametrize(
    ("tracks", "size", "why"),
    [
        (None, (64, 32), "expected TRACKS with a track_path, got NoneType"),
        ({"track_path": torch.zeros(3, 4, 2)}, (0, 0), "carry no size"),
        (
            {"track_path": torch.zeros(3, 4, 2), "canvas": (64, 32)},
            (96, 64),
            "for a video of 64x32.*width and height are 96x64",
        ),
        ({"track_path": torch.zeros(1, 3, 4, 2)}, (64, 32), r"expected TRACKS of points \[T, N, 2\].*\(1, 3, 4, 2\)"),
        (
            {"track_path": torch.zeros(3, 4, 2), "track_visibility": torch.ones(3, 5)},
            (64, 32),
            r"\(3, 4, 2\) and \(3, 5\)",
        ),
    ],
)
def test_tracks_of_a_wrong_shape_or_size_are_an_error(pack, tracks, size, why):
    with pytest.raises(ValueError, match=why):
        pack.sockets.trajectories_from(tracks, *size)


def test_encoding_without_an_adapter_names_the_node_to_use(pack):
    node = pack.part("nodes.motion").ToraEncodeMotion
    with pytest.raises(ValueError, match="expected a Tora adapter, got none.*connect Tora Load Model"):
        node.execute(flow_video=torch.ones(9, 32, 32, 3), vae=None, tora_model=None, tiled=False)
