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


def test_batch_norm_runs_in_eval_mode_even_on_an_adapter_in_training_mode():
    adapter = ToraAdapter(ToraSpec(layers=1, width=64)).train()
    adapter.modulations(torch.randn(1, 16, 2, 8, 8))
    assert not adapter.traj_extractor.body[0].bn1.num_batches_tracked


def test_patchify_pads_missing_frames_with_zeros_at_the_end():
    latent = torch.ones(1, 16, 3, 4, 4)
    patches = patchify(latent, patch_size=2, patch_size_t=2)
    assert patches.shape == (2, 128, 2, 2)
    assert patches.sum() == latent.sum()
