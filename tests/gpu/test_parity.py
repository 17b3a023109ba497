"""Tests on CUDA that sampling equals the reference, in each dtype and tier, and compiled."""

from __future__ import annotations

import golden_data
import pytest
import torch
from golden_data import relative_error
from sampling import is_clean
from tiny import TIERS, Tiny

TOLERANCES = {"fp32": 5e-3, "fp16": 5e-2, "bf16": 2e-1}
"""Largest relative error of the latents after 8 steps. A base in half precision differs that much without motion."""


@pytest.fixture(scope="module", params=TOLERANCES)
def tiny(pack, request):
    tiny = Tiny(pack, golden_data.SAMPLING[0], request.param)
    tiny.tolerance, tiny.name = TOLERANCES[request.param], request.param
    return tiny


@pytest.fixture(params=TIERS)
def tier(tiny, request):
    tiny.tier = request.param
    return request.param


def error_of(tiny, latents, name):
    return relative_error(latents.transpose(1, 2), tiny.golden[f"latents.{name}"])


def test_sampling_equals_the_reference(tiny, tier, record):
    assert tiny.model.load_device.type == "cuda"
    found = error_of(tiny, tiny.sample(tiny.apply()), "cfg6")
    plain = error_of(tiny, tiny.sample(tiny.model), "cfg6_no_motion")
    record(f"error against the reference, {tiny.name}, tier {tier}", f"{found:.1e} (without motion {plain:.1e})")
    assert max(found, plain) < tiny.tolerance
    assert is_clean(tiny.transformer)


def test_strength_zero_is_the_model_without_motion_bit_for_bit(tiny, tier):
    expected = tiny.sample(tiny.model)
    assert torch.equal(tiny.sample(tiny.apply(strength=0.0)), expected)
    assert torch.equal(tiny.sample(tiny.apply(start=0.5, end=0.5)), expected)
    assert not torch.equal(tiny.sample(tiny.apply()), expected)


def test_two_runs_are_equal_bit_for_bit(tiny, tier):
    steered = tiny.apply()
    assert torch.equal(tiny.sample(steered), tiny.sample(steered))


def test_stored_tiers_are_equal_bit_for_bit_and_the_recomputed_one_nearly(tiny):
    latents = {}
    for tiny.tier in TIERS:
        latents[tiny.tier] = tiny.sample(tiny.apply(), steps=2)
    assert torch.equal(latents["gpu"], latents["cpu"])
    assert relative_error(latents["recompute"], latents["gpu"]) < tiny.tolerance


def compile_model(model):
    import torch._dynamo
    from comfy_extras.nodes_torch_compile import TorchCompileModel

    torch._dynamo.reset()
    return TorchCompileModel.execute(model, "inductor").result[0]


def test_a_steered_model_that_is_compiled_gives_the_same_video(tiny, tier):
    expected = tiny.sample(tiny.apply())
    assert relative_error(tiny.sample(compile_model(tiny.apply())), expected) < tiny.tolerance


def test_a_compiled_model_that_is_steered_gives_the_same_video(tiny):
    tiny.tier = "gpu"
    expected = tiny.sample(tiny.apply())
    assert relative_error(tiny.sample(tiny.apply(compile_model(tiny.model))), expected) < tiny.tolerance
