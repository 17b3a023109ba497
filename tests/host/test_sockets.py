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
        ({"track_path": torch.zeros(2, 3, 4, 2)}, (64, 32), r"expected TRACKS of points \[T, N, 2\].*\(2, 3, 4, 2\)"),
        ({"track_path": [["a", "b"]]}, (64, 32), "expected TRACKS of numbers, got list"),
        ({"track_path": [[[1, 2]], [[1]]]}, (64, 32), "expected TRACKS of numbers"),
        ({"track_path": None}, (64, 32), "expected TRACKS of points"),
        ({"track_path": torch.zeros(2000, 1, 2)}, (64, 32), "at most 1025 frames"),
        *(
            ({"track_path": torch.zeros(3, 1, 2), "canvas": canvas}, (0, 0), "canvas of 1 to 4096 pixels|of numbers")
            for canvas in ((10**6, 10**6), (0, 5), (64,), "wide", (float("nan"), 5), {"width": 5})
        ),
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


POINTS = [[[1.0, 2.0], [5.0, 6.0]], [[3.0, 4.0], [float("nan")] * 2], [[5.0, 6.0], [9.0, 10.0]]]
CONFIDENCE = [[0.9, 0.5], [0.51, 0.2], [1.0, 1.0]]


def test_tracks_of_any_kind_of_numbers_are_read_the_same(pack):
    import numpy as np

    for make in (
        lambda value: value,
        np.array,
        lambda value: np.array(value, dtype=np.float16),
        torch.tensor,
        lambda value: torch.tensor(value, requires_grad=True),
        lambda value: torch.tensor(value)[None],
        lambda value: torch.tensor(value, dtype=torch.bfloat16),
    ):
        tracks = {"track_path": make(POINTS), "track_visibility": make(CONFIDENCE), "canvas": [64, 32.0]}
        read = pack.sockets.trajectories_from(tracks)
        assert read.visible.tolist() == [[True, True], [True, False], [True, True]]
        assert read.points_px[1, 1].tolist() == [7.0, 8.0] and read.canvas == (64, 32)


def test_a_hidden_nan_harms_no_later_node(pack):
    tracks = {"track_path": torch.tensor(POINTS), "canvas": (64, 32)}  # no visibility
    for module, node, inputs in (
        ("nodes.flow", "ToraFlowMap", {"mode": "exact", "width": 0, "height": 0}),
        ("nodes.evaluation", "ToraDrawTrajectories", {"tail": 0, "ahead": True, "dots": True, "arrows": True}),
    ):
        inputs |= {"numbers": True, "line_width": 1.0} if node == "ToraDrawTrajectories" else {}
        image = getattr(pack.part(module), node).execute(tracks=tracks, **inputs).result[0]
        assert image.isfinite().all()


@pytest.mark.parametrize("channels", [1, 2, 3, 4])
def test_an_image_of_any_channels_becomes_rgb(pack, channels):
    pictures = pack.part("nodes.host.pictures")
    size = pictures.Size(8, 4)
    image = torch.rand(2, 6, 8, channels)
    expected = image[..., :3] if channels > 2 else image[..., :1].expand(2, 6, 8, 3)
    assert torch.equal(pictures.to_rgb(image), expected)
    for found in (pictures.fit_first(image, size), *pictures.fit_all(image, size)):
        assert found.shape == (4, 8, 3)
    fitted = pack.part("nodes.host.conditioning").fit(image, size, "pad")
    assert fitted.shape == (1, 4, 8, 3)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float16, torch.bfloat16])
def test_each_level_is_rounded_and_what_is_no_number_is_black(pack, dtype):
    image = torch.rand(3, 4, 8, 3, generator=torch.Generator().manual_seed(0)).mul(3).sub(1).to(dtype)
    image[0, 0, :3, 0] = torch.tensor([torch.nan, torch.inf, -torch.inf])
    kept = image.clone()
    video = pack.part("nodes.host.pictures").to_video(image)
    assert torch.equal(video, (image.nan_to_num().clamp(0, 1) * 255).round().to(torch.uint8))
    assert video[0, 0, :3, 0].tolist() == [0, 255, 0]
    assert image.nan_to_num().equal(kept.nan_to_num()) and image.isnan().sum() == 1, "the input stays as it is"


@pytest.mark.parametrize("shape", [(0, 4, 4, 3), (2, 0, 4, 3), (4, 4, 3), (1, 4, 4, 0)])
def test_an_image_without_pictures_is_an_error(pack, shape):
    pictures = pack.part("nodes.host.pictures")
    with pytest.raises(ValueError, match="expected an IMAGE .* of at least one picture"):
        pictures.to_video(torch.zeros(shape))
    with pytest.raises(ValueError, match="expected a MASK"):
        pictures.to_masks(torch.zeros(0, 4, 4))


def test_encoding_without_an_adapter_names_the_node_to_use(pack):
    node = pack.part("nodes.motion").ToraEncodeMotion
    with pytest.raises(ValueError, match="expected a Tora adapter, got none.*connect Tora Load Model"):
        node.execute(flow_video=torch.ones(9, 32, 32, 3), vae=None, tora_model=None, tiled=False)
