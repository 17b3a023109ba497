"""The host's VAE encodes as diffusers' does, and loaders refuse what is not theirs."""

from __future__ import annotations

from types import SimpleNamespace

import golden_data
import pytest
import torch
from golden_data import relative_error


@pytest.fixture(scope="module")
def vaes(pack):
    """The host's own VAE class and diffusers', small, with the same random weights."""
    import comfy.ldm.cogvideo.vae
    from diffusers import AutoencoderKLCogVideoX

    shape = {"block_out_channels": (32, 32, 32, 64), "layers_per_block": 1, "latent_channels": 16}
    blocks = {f"{way.lower()}_block_types": (f"CogVideoX{way}Block3D",) * 4 for way in ("Down", "Up")}
    with torch.random.fork_rng():
        torch.manual_seed(0)
        theirs = AutoencoderKLCogVideoX(**blocks, **shape).eval()
    host = comfy.ldm.cogvideo.vae.AutoencoderKLCogVideoX(**shape).eval()
    host.load_state_dict(theirs.state_dict())
    return host, theirs


def video(frames):
    return torch.rand(frames, 32, 48, 3, generator=torch.Generator().manual_seed(frames))


@pytest.mark.parametrize("frames", [1, 9, 13, 17, 49])
def test_the_host_s_vae_gives_diffusers_latent_in_the_reference_s_chunks(pack, vaes, frames):
    host, theirs = vaes
    clip = video(frames)
    latent = pack.part("tora_core.motion.motion_vae").encode_motion(host, clip, scale=0.7)
    pixels = (clip * 2 - 1).permute(3, 0, 1, 2)[None]
    with torch.no_grad():
        assert relative_error(latent, 0.7 * theirs.encode(pixels).latent_dist.mean) < 1e-5
        if frames > 9:
            assert relative_error(latent, 0.7 * host.encode(pixels)) > 1e-2, "the host chunks as the reference now"


def test_another_vae_is_refused_by_name(pack):
    vae = SimpleNamespace(first_stage_model=torch.nn.Identity())
    with pytest.raises(ValueError, match="expected the CogVideoX VAE, got Identity"):
        pack.memory.encode_motion(vae, video(9), None, False)


def test_an_adapter_alone_is_no_base(pack):
    with pytest.raises(ValueError, match="got only an adapter"):
        pack.memory.load_cogvideox(str(golden_data.TINY[0] / "fuser.safetensors"))


def test_a_whole_checkpoint_says_that_it_holds_an_adapter(pack):
    assert pack.memory.holds_adapter(str(golden_data.TINY[0]))


def test_the_loader_keeps_weights_in_the_dtype_that_was_asked_for(pack):
    for name, dtype in (("fp32", torch.float32), ("fp8_e4m3fn", torch.float8_e4m3fn)):
        model = pack.memory.load_cogvideox(str(golden_data.TINY[0]), name)
        assert model.model.diffusion_model.blocks[0].q.weight.dtype == dtype
