"""Tests the modulation against a group norm: in plain torch, compiled, with gradients, and in Triton."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from golden_data import relative_error
from torch.nn.functional import group_norm

from tora_core.motion.modulate import modulate
from tora_core.motion.modulation import GROUP_NORM_EPS, GROUPS, Modulation, to_frame_ranges


def random_modulation(generator, frames, area, width):
    gamma, beta = (torch.randn(frames, area, width, generator=generator) for _ in range(2))
    return Modulation(gamma, beta, *(torch.randn(width, generator=generator) for _ in range(2)))


def test_modulate_is_a_group_norm_with_gamma_and_beta_and_broadcasts_over_the_batch():
    generator = torch.Generator().manual_seed(0)
    hidden = torch.randn(2, 3 * 20, 64, generator=generator)
    modulation = random_modulation(generator, 3, 20, 64)
    frames = hidden.view(6, 20, 64).transpose(1, 2)  # [B*T', C, h*w]
    normed = (
        group_norm(frames, GROUPS, modulation.weight, modulation.bias, GROUP_NORM_EPS)
        .transpose(1, 2)
        .view(2, 3, 20, 64)
    )
    expected = hidden.view(2, 3, 20, 64) + 0.5 * (normed * modulation.gamma + modulation.beta)
    torch.testing.assert_close(modulate(hidden, [(modulation, 0.5)]), expected.view_as(hidden))
    half = [(modulation, 0.25), (modulation, 0.25)]
    torch.testing.assert_close(modulate(hidden, half), expected.view_as(hidden))


def test_every_implementation_gives_the_same_result(monkeypatch):
    """Frame by frame, whole for autograd, and compiled: each is within 1e-6 of float64."""
    generator = torch.Generator().manual_seed(0)
    hidden = 3 + 2 * torch.randn(2, 3 * 50, 96, generator=generator)
    terms = [(random_modulation(generator, 3, 50, 96), strength) for strength in (0.5, -1.5)]
    exact = group_norm(hidden.double().view(6, 50, 96).mT, GROUPS, eps=GROUP_NORM_EPS).mT.view(2, 3, 50, 96)
    expected = hidden.double().view(2, 3, 50, 96).clone()
    for (gamma, beta, weight, bias), strength in terms:
        expected += strength * ((exact * weight + bias) * gamma + beta)
    with torch.no_grad():
        assert relative_error(modulate(hidden, terms), expected.view_as(hidden)) < 1e-6
        compiled = torch.compile(modulate, fullgraph=True, backend="aot_eager")
        assert relative_error(compiled(hidden, terms), expected.view_as(hidden)) < 1e-6
    tracked = hidden.requires_grad_()
    out = modulate(tracked, terms)
    assert relative_error(out.detach(), expected.view_as(hidden)) < 1e-6
    out.sum().backward()
    assert tracked.grad.isfinite().all()


TRITON = """
import torch
from tora_core.motion import modulation_triton
from tora_core.motion.modulation import Modulation
from tora_core.motion.modulation_torch import modulate_tokens
from triton.runtime import interpreter
patch_tensor = interpreter._patch_lang_tensor
def patch_index(tensor, scope):  # Triton's own converts an array of one value, which newer NumPy refuses
    patch_tensor(tensor, scope)
    scope.set_attr(tensor, "__index__", lambda self: self.handle.data.item())
interpreter._patch_lang_tensor = patch_index
generator = torch.Generator().manual_seed(0)
def random(*shape): return torch.randn(*shape, generator=generator)
for dtype, tolerance in ((torch.float32, 1e-6), (torch.bfloat16, 5e-3), (torch.float16, 5e-3)):
    for batch, frames, area, width in ((2, 3, 150, 192), (1, 2, 90, 3072), (1, 1, 7, 64)):
        hidden = 5 + 2 * random(batch, frames, area, width)
        for motions in (1, 2):
            terms = [(Modulation(random(frames, area, width), random(frames, area, width), random(width),
                                 random(width)), 0.7) for _ in range(motions)]
            expected = modulate_tokens(hidden, terms)
            kept = [(Modulation(*(part.to(dtype) for part in each)), strength) for each, strength in terms]
            found = modulation_triton.modulate(hidden.to(dtype), kept)
            assert found.dtype == dtype
            error = ((found.float() - expected).norm() / expected.norm()).item()
            assert error < tolerance, (dtype, width, motions, error)
assert modulation_triton.works_on(torch.device("cpu"))
"""


def test_the_triton_kernel_equals_plain_torch():
    """Runs in Triton's interpreter without a GPU. Checks arithmetic, masks and merged statistics."""
    pytest.importorskip("triton")
    environment = {**os.environ, "TRITON_INTERPRET": "1", "PYTHONPATH": str(Path(__file__).parents[2])}
    result = subprocess.run(
        [sys.executable, "-c", TRITON], env=environment, capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stderr


def test_a_kernel_that_cannot_run_is_logged_and_not_used(monkeypatch, caplog):
    """The kernel cannot run on a CPU, so ``works_on`` must return False and log the reason."""
    modulation_triton = pytest.importorskip("tora_core.motion.modulation_triton")
    assert not modulation_triton.works_on(torch.device("cpu"))
    assert "motion is added by plain torch" in caplog.text


def test_frames_are_grouped_into_runs_of_consecutive_frames():
    assert to_frame_ranges(None) is None
    assert to_frame_ranges([2, 3, 4]) == ((2, 5),)
    assert to_frame_ranges([0, 4, 5, 1]) == ((0, 1), (4, 6), (1, 2))


def test_frames_of_a_context_window_are_picked_and_one_run_is_not_copied():
    ramp = torch.arange(4.0)[:, None, None]
    modulation = Modulation(ramp, -ramp, torch.ones(1), torch.zeros(1))
    gamma, beta, *_ = modulation.frames(to_frame_ranges([3, 1]))
    assert gamma.flatten().tolist() == [3, 1] and beta.flatten().tolist() == [-3, -1]
    assert modulation.frames(to_frame_ranges([1, 2])).gamma.data_ptr() == ramp[1:].data_ptr()
    assert modulation.frames(None) is modulation


def test_modulate_in_bfloat16_stays_close_to_float32():
    generator = torch.Generator().manual_seed(0)
    hidden = torch.randn(1, 40, 64, generator=generator)
    modulation = random_modulation(generator, 2, 20, 64)
    half = modulate(hidden.bfloat16(), [(Modulation(*(part.bfloat16() for part in modulation)), 1.0)])
    assert half.dtype == torch.bfloat16
    assert relative_error(half, modulate(hidden, [(modulation, 1.0)])) < 5e-3


def test_tokens_of_another_video_are_an_error_with_both_numbers():
    modulation = random_modulation(torch.Generator(), 3, 20, 64)
    with pytest.raises(ValueError, match="expected 3 latent frames of 20 tokens.*got 50 image tokens"):
        modulate(torch.zeros(1, 50, 64), [(modulation, 1.0)])
