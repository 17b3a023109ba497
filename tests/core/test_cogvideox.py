"""Tests of the base model's key maps, positions and learned position table."""

from __future__ import annotations

import golden_data
import pytest
import torch

from tora_core.checkpoints.layouts import open_checkpoint
from tora_core.cogvideox.keys import comfy_to_diffusers, diffusers_to_comfy
from tora_core.cogvideox.positions import TEXT_TOKENS, canvas_positions, learned_positions, rotary_embedding
from tora_core.cogvideox.spec import BaseSpec

SIZES = [(30, 45), (12, 18), (45, 30), (6, 9), (20, 20), (48, 85)]


@pytest.mark.parametrize(("height", "width"), SIZES)
def test_the_rotary_embedding_of_1_0_equals_diffusers(height, width):
    from diffusers.models.embeddings import get_3d_rotary_pos_embed
    from diffusers.pipelines.cogvideo.pipeline_cogvideox import get_resize_crop_region_for_grid

    region = get_resize_crop_region_for_grid((height, width), 45, 30)
    expected = get_3d_rotary_pos_embed(64, region, grid_size=(height, width), temporal_size=3)
    for mine, theirs in zip(rotary_embedding(height, width, 3), expected, strict=True):
        torch.testing.assert_close(mine, theirs)


def test_the_rotary_embedding_of_1_5_equals_diffusers():
    from diffusers.models.embeddings import get_3d_rotary_pos_embed

    expected = get_3d_rotary_pos_embed(
        64, None, grid_size=(12, 18), temporal_size=4, grid_type="slice", max_size=(48, 85)
    )
    for mine, theirs in zip(rotary_embedding(12, 18, 4, patch_size_t=2), expected, strict=True):
        torch.testing.assert_close(mine, theirs)


def test_positions_are_whole_numbers_at_480x720():
    rows, columns = canvas_positions(30, 45)
    assert torch.equal(rows, torch.arange(30.0)) and torch.equal(columns, torch.arange(45.0))


@pytest.mark.parametrize("tiny", golden_data.TINY, ids=golden_data.name_of)
def test_comfyui_s_keys_map_back_to_diffusers_keys(tiny):
    for key in open_checkpoint(tiny).base_tensors():
        assert comfy_to_diffusers(diffusers_to_comfy(key)) == key


def table(channels=2, frames=13):
    """Builds a learned table whose entries are their own (row, column). The text part is -1."""
    rows, columns = torch.meshgrid(torch.arange(30.0), torch.arange(45.0), indexing="ij")
    image = torch.stack([rows, columns], -1).expand(frames, 30, 45, channels).reshape(1, -1, channels)
    return torch.cat([-torch.ones(1, TEXT_TOKENS, channels), image], dim=1)


def test_the_learned_table_is_unchanged_at_480x720():
    assert torch.equal(learned_positions(table(), TEXT_TOKENS, 13, 30, 45), table())
    assert torch.equal(learned_positions(table(), 10, 2, 30, 45)[:, 10:], table()[:, TEXT_TOKENS : TEXT_TOKENS + 2700])


@pytest.mark.parametrize(("height", "width"), [(20, 30), (45, 30), (28, 45)])
def test_at_other_sizes_the_table_is_interpolated_at_the_rotary_positions(height, width):
    positions = learned_positions(table(), TEXT_TOKENS, 1, height, width)[0, TEXT_TOKENS:].view(height, width, 2)
    rows, columns = canvas_positions(height, width)
    torch.testing.assert_close(positions[:, 0, 0], rows.clamp(0, 29))
    torch.testing.assert_close(positions[0, :, 1], columns.clamp(0, 44))


def test_text_beyond_the_trained_226_tokens_has_no_position():
    positions = learned_positions(table(), 300, 1, 30, 45)
    assert positions.shape == (1, 300 + 30 * 45, 2)
    assert (positions[:, :TEXT_TOKENS] == -1).all() and not positions[:, TEXT_TOKENS:300].any()


def test_more_frames_than_the_table_holds_raise_an_error_with_the_limit():
    with pytest.raises(ValueError, match=r"13 latent frames \(49 frames\), .* got 14 latent frames \(53 frames\)"):
        learned_positions(table(), TEXT_TOKENS, 14, 30, 45)


def test_a_2b_is_recognised_by_its_depth_and_width():
    assert BaseSpec(30, 1920, 16).is_2b and not BaseSpec(42, 3072, 16).is_2b
