"""Tests that extractor and fusers equal the reference, and that an untrained fuser changes nothing."""

from __future__ import annotations

import golden_data
import pytest
import torch
from golden_data import relative_error

from tora_core.checkpoints.layouts import load_adapter, open_checkpoint
from tora_core.motion.adapter import ToraAdapter, ToraSpec
from tora_core.motion.extractor import patchify
from tora_core.motion.modulate import modulate
from tora_core.motion.tiers import TIERS

CASES = pytest.mark.parametrize(("tiny", "case"), golden_data.cases(), ids=lambda value: getattr(value, "stem", value))


def load(tiny):
    return load_adapter(open_checkpoint(tiny), dtype=torch.float32)


@CASES
def test_the_extractor_gives_the_reference_s_motion_patches(tiny, case):
    io, adapter = golden_data.load_case(tiny, case), load(tiny)
    with torch.no_grad():
        motion_patches = adapter.traj_extractor(io.video("flow_latent"))
    for index, motion_patch in enumerate(motion_patches):
        assert io.error(f"motion_patches.{index}", motion_patch) < 1e-5


@CASES
def test_a_fuser_gives_the_reference_s_output(tiny, case):
    io, adapter = golden_data.load_case(tiny, case), load(tiny)
    if not io.has("fuser_in"):
        pytest.skip("this case has no fuser tensors")
    with torch.no_grad():
        modulation = adapter.fuser[1](io["motion_patches.1"])
    hidden = io["fuser_in"]  # [T', C, h, w]
    tokens = hidden.permute(0, 2, 3, 1).reshape(1, -1, hidden.shape[1])
    out = modulate(tokens, [(modulation, 1.0)])
    out = out.view(hidden.shape[0], *hidden.shape[2:], -1).permute(0, 3, 1, 2)
    assert relative_error(out, io["fuser_out"]) < 1e-5


def test_an_untrained_fuser_changes_nothing():
    adapter = ToraAdapter(ToraSpec(layers=2, width=64))
    with torch.no_grad():
        modulations = adapter.modulations(torch.randn(1, 16, 3, 8, 12))
    for block in range(2):
        gamma, beta, *_ = modulations.at(block)
        assert gamma.shape == beta.shape == (3, 4 * 6, 64)
        assert not gamma.any() and not beta.any()


@pytest.mark.parametrize("tier", TIERS)
def test_the_footprint_is_the_memory_that_a_tier_allocates(tier, monkeypatch):
    """Counts the bytes of the device tensors for tier ``gpu``, and of the host's pages for the others."""
    from tora_core.motion.prefetch import HostMemory

    adapter, latent, pages = ToraAdapter(ToraSpec(layers=2, width=64)), torch.randn(1, 16, 3, 8, 12), []
    keep = HostMemory.keep
    monkeypatch.setattr(HostMemory, "keep", lambda self, tensors: pages.extend(tensors) or keep(self, tensors))
    with torch.no_grad():
        modulations = adapter.modulations(latent, tier, torch.bfloat16)
        parts = [modulations.at(block) for block in range(2)] if tier == "gpu" else []
    device, host = adapter.footprint(tier, latent, itemsize=2)
    assert host == sum(tensor.nbytes for tensor in pages)
    if tier == "gpu":
        assert device == sum(part.gamma.nbytes + part.beta.nbytes for part in parts)


def test_the_footprint_at_the_published_size_equals_the_readme():
    adapter = ToraAdapter(ToraSpec(layers=1, width=64))
    adapter.spec = ToraSpec(layers=42, width=3072)
    latent = torch.empty(1, 16, 13, 60, 90, device="meta")
    kept = {tier: [round(size / 1e9, 1) for size in adapter.footprint(tier, latent, itemsize=2)] for tier in TIERS}
    assert kept == {"gpu": [9.1, 0.0], "cpu": [0.4, 9.1], "recompute": [0.5, 3.8]}


def test_batch_norm_runs_in_eval_mode_even_on_an_adapter_in_training_mode():
    adapter = ToraAdapter(ToraSpec(layers=1, width=64)).train()
    adapter.modulations(torch.randn(1, 16, 2, 8, 8))
    assert not adapter.traj_extractor.body[0].bn1.num_batches_tracked


def test_patchify_pads_missing_frames_with_zeros_at_the_end():
    latent = torch.ones(1, 16, 3, 4, 4)
    patches = patchify(latent, patch_size=2, patch_size_t=2)
    assert patches.shape == (2, 128, 2, 2)
    assert patches.sum() == latent.sum()
