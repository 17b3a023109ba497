"""Tests the encoding of flow videos: in the reference's chunks, equal to diffusers' VAE, and in tiles."""

from __future__ import annotations

import pytest
import torch
from golden_data import relative_error

from tora_core.cogvideox.latents import COGVIDEOX_1_0
from tora_core.motion import motion_vae
from tora_core.motion.motion_vae import chunk_bounds, encode_bytes, encode_motion


@pytest.fixture(scope="module")
def vae():
    from diffusers import AutoencoderKLCogVideoX

    with torch.random.fork_rng():
        torch.manual_seed(0)
        vae = AutoencoderKLCogVideoX(block_out_channels=(32, 32, 32, 64), layers_per_block=1, latent_channels=16)
    return vae.eval()


def video(frames, height, width):
    return torch.rand(frames, height, width, 3, generator=torch.Generator().manual_seed(frames))


def encoded_by_diffusers(vae, video):
    with torch.no_grad():
        return vae.encode((video * 2 - 1).permute(3, 0, 1, 2)[None]).latent_dist.mean


@pytest.mark.parametrize("frames", [1, 9, 13, 17, 49])
def test_it_equals_diffusers_encoder(vae, frames):
    clip = video(frames, 32, 48)
    latent = encode_motion(vae, clip)
    assert latent.shape == (1, 16, COGVIDEOX_1_0.latent_frames(frames), 4, 6)
    assert relative_error(latent, 0.7 * encoded_by_diffusers(vae, clip)) < 1e-5


def test_the_first_chunk_includes_the_remainder():
    assert chunk_bounds(1) == [(0, 1)]
    assert chunk_bounds(13) == [(0, 13)]
    assert chunk_bounds(17) == [(0, 9), (9, 17)]
    assert [stop - start for start, stop in chunk_bounds(49)] == [9, 8, 8, 8, 8, 8]


def test_levels_and_floats_are_the_same_video(vae):
    levels = torch.randint(0, 256, (9, 32, 48, 3), dtype=torch.uint8, generator=torch.Generator().manual_seed(0))
    assert torch.equal(encode_motion(vae, levels), encode_motion(vae, levels.float() / 255))


def test_memory_is_bounded_by_a_chunk_and_its_causal_state(vae, monkeypatch):
    """The encoder gets one chunk at a time, and the state of the previous chunk is deleted after it was read."""
    encoder, seen, states = vae.encoder.forward, [], []

    def record(sample, conv_cache=None):
        seen.append(sample.shape[2])
        encoded, cache = encoder(sample, conv_cache=conv_cache)
        states.append(conv_cache)
        return encoded, cache

    def tensors(state):
        if isinstance(state, dict):
            return [tensor for part in state.values() for tensor in tensors(part)]
        return [] if state is None else [state]

    monkeypatch.setattr(vae.encoder, "forward", record)
    encode_motion(vae, video(49, 32, 48))
    assert seen == [9, 8, 8, 8, 8, 8]
    assert states[0] is None and all(state is not None and not tensors(state) for state in states[1:])


def test_the_calculated_memory_does_not_grow_with_the_clip():
    asked = {frames: encode_bytes(frames, 480, 720, 2) for frames in (9, 49, 161)}
    assert len(set(asked.values())) == 1
    assert encode_bytes(49, 480, 720, 2, tiled=True) < asked[49] / 5


def test_one_tile_is_bit_exact_and_several_stay_within_the_stated_tolerance(vae):
    """The tolerance is 15 % for noise and random weights, because group norms see a tile instead of the frame."""
    small = video(9, 64, 64)
    assert torch.equal(encode_motion(vae, small, tiled=True), encode_motion(vae, small))
    large = video(5, 320, 400)
    assert relative_error(encode_motion(vae, large, tiled=True), encode_motion(vae, large)) < 0.15


def test_tiles_are_used_with_a_warning_if_memory_runs_out(vae, monkeypatch, caplog):
    clip = video(5, 256, 256)
    expected = encode_motion(vae, clip, tiled=True)
    whole_frame = vae.encoder.forward

    def small_memory(sample, **kwargs):
        if sample.shape[-1] > motion_vae.TILE_PX:
            raise torch.OutOfMemoryError("CUDA out of memory")
        return whole_frame(sample, **kwargs)

    monkeypatch.setattr(vae.encoder, "forward", small_memory)
    assert torch.equal(encode_motion(vae, clip), expected)
    assert "in tiles, which is not bit-exact" in caplog.text


def test_another_error_is_not_taken_for_out_of_memory(vae, monkeypatch):
    def broken(sample, **kwargs):
        raise RuntimeError("broken")

    monkeypatch.setattr(vae.encoder, "forward", broken)
    with pytest.raises(RuntimeError, match="broken"):
        encode_motion(vae, video(5, 32, 32))


def test_progress_is_called_after_each_chunk_and_may_interrupt(vae):
    steps = []
    encode_motion(vae, video(17, 32, 32), progress=lambda *step: steps.append(step))
    assert steps == [(1, 2), (2, 2)]

    def interrupt(done, total):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        encode_motion(vae, video(17, 32, 32), progress=interrupt)


@pytest.mark.parametrize(
    ("shape", "why"),
    [
        ((50, 32, 32, 3), "4k.1.*got 50.*use 49 or 53"),
        ((9, 40, 32, 3), "multiples of 16.*use 32x32"),
        ((9, 32, 32, 4), r"\[T, H, W, 3\]"),
    ],
)
def test_a_flow_video_of_a_wrong_shape_is_an_error(vae, shape, why):
    with pytest.raises(ValueError, match=why):
        encode_motion(vae, torch.zeros(shape))
