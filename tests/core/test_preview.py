"""Pictures of a video that is still being sampled."""

from __future__ import annotations

import pytest
import torch

from tora_core.cogvideox.latents import COGVIDEOX_1_0
from tora_core.evaluation.overlay import draw_frame
from tora_core.evaluation.preview import SIDE_PX, PreviewClip
from tora_core.paths.presets import preset
from tora_core.video import Size

SIZE, FRAMES = Size(96, 64), 9
GREY = torch.full((3, 8, 12, 3), 128, dtype=torch.uint8)  # [T', h, w, 3]


def line():
    return preset("line", FRAMES, SIZE, (0.5, 0.5), (0.5, 0.5), rotation=0)


@pytest.mark.parametrize("size", [Size(96, 64), Size(720, 480), Size(1360, 768), Size(480, 720)])
def test_a_preview_has_the_shape_of_the_video_and_a_side_of_512(size):
    frame = PreviewClip(size, (), COGVIDEOX_1_0).draw(GREY, 0)
    height, width, _ = frame.shape
    assert max(width, height) == SIDE_PX
    assert width / height == pytest.approx(size.width / size.height, rel=0.01)


def test_without_paths_only_the_colours_of_the_latent_are_shown():
    pictures = torch.stack([torch.full_like(GREY[0], level) for level in (0, 100, 255)])
    clip = PreviewClip(SIZE, (), COGVIDEOX_1_0)
    assert [clip.draw(pictures, index).unique().tolist() for index in range(3)] == [[0], [100], [255]]


def test_each_latent_frame_shows_the_path_at_the_middle_of_its_frames():
    paths, size = line(), Size(SIDE_PX, 341)
    grey = torch.full((size.height, size.width, 3), 128, dtype=torch.uint8)
    clip = PreviewClip(SIZE, (paths,), COGVIDEOX_1_0)
    for index, frame in ((0, 0), (1, 3), (2, 7)):
        assert torch.equal(clip.draw(GREY, index), draw_frame(grey, paths.fit_to(size), frame))


def test_paths_of_several_nodes_are_all_drawn():
    one, other = line(), preset("line", FRAMES, SIZE, (0.5, 0.2), (0.5, 0.5), rotation=0)
    both = PreviewClip(SIZE, (one, other), COGVIDEOX_1_0).draw(GREY, 2)
    for paths in (one, other):
        alone = PreviewClip(SIZE, (paths,), COGVIDEOX_1_0).draw(GREY, 2)
        changed = (alone != 128).any(dim=-1)
        assert changed.any() and (both[changed] != 128).any(dim=-1).float().mean() > 0.99
