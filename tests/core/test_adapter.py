"""Extractor and fusers equal the reference; an untrained fuser changes nothing."""

from __future__ import annotations

import golden_data
import pytest
import torch
from golden_data import relative_error

from tora_core.model.checkpoint import load_adapter, open_checkpoint
from tora_core.motion.adapter import ToraAdapter, ToraSpec
from tora_core.motion.extractor import patchify
from tora_core.motion.fuser import GROUP_NORM_EPS, GROUPS, Modulation, modulate

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
        pytest.skip("this case keeps no fuser tensors")
    with torch.no_grad():
        modulation = adapter.fuser[1](io["motion_patches.1"])
    hidden = io["fuser_in"]  # [T', C, h, w]
    tokens = hidden.permute(0, 2, 3, 1).reshape(1, -1, hidden.shape[1])
    out = modulate(tokens, [(modulation, 1.0)])
    out = out.view(hidden.shape[0], *hidden.shape[2:], -1).permute(0, 3, 1, 2)
    assert relative_error(out, io["fuser_out"]) < 1e-5


def test_an_untrained_fuser_changes_nothing():
    adapter = ToraAdapter(ToraSpec(layers=2, width=64))
    for gamma, beta in adapter.modulations(torch.randn(1, 16, 3, 8, 12)):
        assert gamma.shape == beta.shape == (3, 4 * 6, 64)
        assert not gamma.any() and not beta.any()


def test_batch_norm_runs_in_eval_mode_even_on_an_adapter_in_training_mode():
    adapter = ToraAdapter(ToraSpec(layers=1, width=64)).train()
    adapter.modulations(torch.randn(1, 16, 2, 8, 8))
    assert not adapter.traj_extractor.body[0].bn1.num_batches_tracked


def test_modulate_is_a_group_norm_with_gamma_and_beta_and_broadcasts_over_the_batch():
    generator = torch.Generator().manual_seed(0)
    hidden = torch.randn(2, 3 * 20, 64, generator=generator)
    modulation = Modulation(*(torch.randn(3, 20, 64, generator=generator) for _ in range(2)))
    frames = hidden.view(6, 20, 64).transpose(1, 2)  # [B*T', C, h*w]
    normed = torch.nn.functional.group_norm(frames, GROUPS, eps=GROUP_NORM_EPS).transpose(1, 2).view(2, 3, 20, 64)
    expected = hidden.view(2, 3, 20, 64) + 0.5 * (normed * modulation.gamma + modulation.beta)
    torch.testing.assert_close(modulate(hidden, [(modulation, 0.5)]), expected.view_as(hidden))
    half = [(modulation, 0.25), (modulation, 0.25)]
    torch.testing.assert_close(modulate(hidden, half), expected.view_as(hidden))


def test_modulate_in_bfloat16_stays_close_to_float32():
    generator = torch.Generator().manual_seed(0)
    hidden = torch.randn(1, 40, 64, generator=generator)
    modulation = Modulation(*(torch.randn(2, 20, 64, generator=generator) for _ in range(2)))
    half = modulate(hidden.bfloat16(), [(Modulation(*(part.bfloat16() for part in modulation)), 1.0)])
    assert half.dtype == torch.bfloat16
    assert relative_error(half, modulate(hidden, [(modulation, 1.0)])) < 5e-3


def test_modulations_that_wait_on_another_device_are_brought_along():
    """gamma and beta on the CPU, tokens elsewhere; the meta device stands in for a GPU: it refuses to mix as well."""
    modulation = Modulation(torch.zeros(3, 20, 64), torch.zeros(3, 20, 64))
    hidden = torch.zeros(2, 60, 64, device="meta")
    assert modulate(hidden, [(modulation, 1.0)]).device.type == "meta"


def test_tokens_of_another_video_are_refused_with_both_numbers():
    modulation = Modulation(torch.zeros(3, 20, 64), torch.zeros(3, 20, 64))
    with pytest.raises(ValueError, match="expected 3 latent frames of 20 tokens.*got 50 image tokens"):
        modulate(torch.zeros(1, 50, 64), [(modulation, 1.0)])


def test_frames_of_a_context_window_are_picked_by_index():
    modulation = Modulation(torch.arange(4.0)[:, None, None], -torch.arange(4.0)[:, None, None])
    gamma, beta = modulation.frames([3, 1])
    assert gamma.flatten().tolist() == [3, 1] and beta.flatten().tolist() == [-3, -1]


def test_patchify_pads_missing_frames_with_zeros_at_the_end():
    latent = torch.ones(1, 16, 3, 4, 4)
    patches = patchify(latent, patch_size=2, patch_size_t=2)
    assert patches.shape == (2, 128, 2, 2)
    assert patches.sum() == latent.sum()
