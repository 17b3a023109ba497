"""Tests that the Triton kernel equals plain torch at the real widths, and is compiled once for all sizes of video."""

from __future__ import annotations

import pytest
import torch
from golden_data import relative_error

from tora_core.motion.modulate import import_triton_kernel, modulate
from tora_core.motion.modulation import Modulation
from tora_core.motion.modulation_torch import modulate_tokens

SIZES = [(13, 30 * 45, 3072), (13, 30 * 45, 1920), (21, 30 * 45, 3072), (3, 17 * 23, 3072), (2, 1, 3072), (1, 7, 64)]
"""Latent frames, tokens per frame and channels: of the 5B and the 2B at 720x480, of a longer clip, of odd sizes."""
TOLERANCES = {torch.float32: 1e-5, torch.bfloat16: 5e-3, torch.float16: 1e-3}


def random_terms(frames, area, width, dtype, count):
    def random(*shape):
        return torch.randn(*shape, device="cuda", dtype=dtype)

    return [
        (Modulation(random(frames, area, width), random(frames, area, width), random(width), random(width)), strength)
        for strength in (0.7, -1.3)[:count]
    ]


@pytest.fixture(scope="module", autouse=True)
def kernel():
    kernel = import_triton_kernel()
    assert kernel is not None and kernel.works_on(torch.device("cuda", 0)), "the log gives the reason"
    return kernel


@pytest.mark.parametrize("motions", [1, 2])
@pytest.mark.parametrize("dtype", TOLERANCES, ids=str)
@pytest.mark.parametrize("size", SIZES, ids=str)
@torch.no_grad()
def test_the_kernel_equals_plain_torch_in_float32(size, dtype, motions):
    torch.manual_seed(0)
    frames, area, width = size
    hidden = 2 + 3 * torch.randn(2, frames * area, width, device="cuda", dtype=dtype)
    terms = random_terms(frames, area, width, dtype, motions)
    found = modulate(hidden, terms)
    assert found.dtype == dtype and found.shape == hidden.shape
    exact = [(Modulation(*(part.float() for part in each)), strength) for each, strength in terms]
    expected = modulate_tokens(hidden.float().view(2, frames, area, width), exact).view_as(found)
    assert relative_error(found, expected) < TOLERANCES[dtype]


@torch.no_grad()
def test_a_context_window_and_a_strided_input_are_read_correctly():
    torch.manual_seed(0)
    (modulation, strength), *_ = random_terms(9, 60, 256, torch.float32, 1)
    window = modulation.frames(((2, 6),))
    wide = torch.randn(2, 4 * 60, 512, device="cuda")
    hidden = wide[..., ::2]
    expected = modulate_tokens(hidden.reshape(2, 4, 60, 256), [(window, strength)])
    assert relative_error(modulate(hidden, [(window, strength)]), expected.view(2, 240, 256)) < 1e-5


@torch.no_grad()
def test_the_kernel_is_compiled_once_for_all_video_sizes(kernel):
    """Only alignment may give another variant: whether a number is 1 or a multiple of 16."""
    import triton

    compiled = []
    hook = triton.knobs.runtime.jit_post_compile_hook
    triton.knobs.runtime.jit_post_compile_hook = lambda **facts: compiled.append(facts["key"])
    try:
        for frames, area in ((5, 30 * 44), (7, 31 * 44), (9, 30 * 46), (11, 28 * 50), (13, 26 * 46)):
            hidden = torch.randn(2, frames * area, 1024, device="cuda", dtype=torch.bfloat16)
            modulate(hidden, random_terms(frames, area, 1024, torch.bfloat16, 1))
    finally:
        triton.knobs.runtime.jit_post_compile_hook = hook
    assert 1 <= len(compiled) <= 2, compiled
