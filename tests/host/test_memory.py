"""Tests that the host's VAE encodes like diffusers', and that loaders reject other files."""

from __future__ import annotations

import logging
import re
from types import SimpleNamespace

import golden_data
import pytest
import torch
from golden_data import relative_error


@pytest.fixture(scope="module")
def vaes(pack):
    """Creates the host's and diffusers' VAE, small, with the same random weights."""
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
    latent = pack.part("tora_core.motion.motion_vae").encode_motion(host, clip)
    pixels = (clip * 2 - 1).permute(3, 0, 1, 2)[None]
    with torch.no_grad():
        assert relative_error(latent, 0.7 * theirs.encode(pixels).latent_dist.mean) < 1e-5
        if frames > 9:
            assert relative_error(latent, 0.7 * host.encode(pixels)) > 1e-2, "the host uses the reference's chunks now"


class SmallVAE(SimpleNamespace):
    """The parts of the host's VAE object that Tora Encode Motion uses, around a small model."""

    def __init__(self, model):
        import comfy.model_patcher

        cpu = torch.device("cpu")
        super().__init__(
            first_stage_model=model,
            patcher=comfy.model_patcher.ModelPatcher(model, load_device=cpu, offload_device=cpu),
            memory_used_encode=lambda shape, dtype: 1400 * shape[2] * shape[3] * shape[4] * dtype.itemsize,
            vae_dtype=torch.float32,
            device=cpu,
            disable_offload=True,
        )


def test_the_memory_for_encoding_is_logged_before_it_starts(pack, vaes, caplog):
    caplog.set_level(logging.INFO)
    spec = pack.part("tora_core.motion.adapter").ToraSpec(layers=1, width=64)
    pack.encoding.encode_motion(SmallVAE(vaes[0]), video(17), spec.grid, False)
    asked = r"17 frames of 48x32 in 2 chunks need about 0\.1 GB \(0\.1 GB in tiles\)"
    assert re.search(asked + r", [\d.]+ GB are free on cpu", caplog.text)


def test_tiles_are_used_if_whole_frames_need_more_memory_than_is_free(pack, vaes, monkeypatch):
    import comfy.model_management

    spec = pack.part("tora_core.motion.adapter").ToraSpec(layers=1, width=64)
    large = torch.rand(5, 256, 256, 3, generator=torch.Generator().manual_seed(0))
    expected = pack.encoding.encode_motion(SmallVAE(vaes[0]), large, spec.grid, True)
    notices = []
    monkeypatch.setattr(comfy.model_management, "get_free_memory", lambda *_: 10**9)
    latent = pack.encoding.encode_motion(SmallVAE(vaes[0]), large, spec.grid, False, notices.append)
    assert torch.equal(latent, expected)
    assert len(notices) == 1 and "whole frames need about 1.4 GB, 1.0 GB are free" in notices[0]


def test_another_vae_is_an_error_with_its_name(pack):
    vae = SimpleNamespace(first_stage_model=torch.nn.Identity())
    with pytest.raises(ValueError, match="expected the CogVideoX VAE, got Identity"):
        pack.encoding.encode_motion(vae, video(9), None, False)


def test_an_adapter_alone_is_not_a_base(pack):
    with pytest.raises(ValueError, match="got only an adapter"):
        pack.loading.load_cogvideox(golden_data.TINY[0] / "fuser.safetensors")


def test_a_whole_checkpoint_is_opened_once_and_gives_the_adapter_as_well(pack, monkeypatch):
    opened, open_checkpoint = [], pack.loading.open_checkpoint
    monkeypatch.setattr(pack.loading, "open_checkpoint", lambda path: opened.append(path) or open_checkpoint(path))
    _, adapter = pack.loading.load_cogvideox(golden_data.TINY[0])
    assert len(opened) == 1 and adapter.spec == adapter.patcher.model.spec


def test_the_loader_keeps_weights_in_the_requested_dtype(pack):
    for name, dtype in (("fp32", torch.float32), ("fp8_e4m3fn", torch.float8_e4m3fn)):
        model = pack.loading.load_cogvideox(str(golden_data.TINY[0]), name)[0]
        assert model.model.diffusion_model.blocks[0].q.weight.dtype == dtype
