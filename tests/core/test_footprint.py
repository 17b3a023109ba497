"""Tests that the calculated memory of a tier is the memory that it allocates."""

from __future__ import annotations

import pytest
import torch
from golden_data import relative_error

from tora_core.motion.adapter import ToraAdapter, ToraSpec
from tora_core.motion.footprint import TIERS

LAYERS = 8


def find_peak(run):
    """Returns the most bytes that tensors held at once while ``run`` ran, and its result."""
    with torch.profiler.profile(activities=[torch.profiler.ProfilerActivity.CPU], profile_memory=True) as profile:
        result = run()
    held = peak = 0
    for event in profile.profiler.kineto_results.events():
        if event.name() == "[memory]":
            held += event.nbytes()
            peak = max(peak, held)
    return peak, result


def random_adapter(layers, width):
    with torch.random.fork_rng():
        torch.manual_seed(0)
        adapter = ToraAdapter(ToraSpec(layers, width)).requires_grad_(False)
        for parameter in adapter.fuser.parameters():
            torch.nn.init.normal_(parameter, std=0.1)
    return adapter


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float32])
@pytest.mark.parametrize("tier", TIERS)
def test_the_footprint_is_the_peak_of_preparing_and_of_the_steps(tier, dtype):
    adapter, latent = random_adapter(LAYERS, 512), torch.randn(1, 16, 13, 16, 24)

    def run():
        modulations = adapter.modulations(latent, tier, dtype)
        for block in [*range(LAYERS)] * 2:
            modulations.at(block)

    peak, _ = find_peak(run)
    assert sum(adapter.footprint(tier, latent, dtype.itemsize)) == pytest.approx(peak, rel=0.1)


@pytest.mark.parametrize("tier", TIERS)
def test_each_block_is_prepared_in_the_same_memory(tier):
    """Twice as many blocks need twice the stored result, and nothing more."""
    latent = torch.randn(1, 16, 13, 16, 24)

    def measure(layers):
        adapter = random_adapter(layers, 256)
        peak, _ = find_peak(lambda: adapter.modulations(latent, tier))
        return peak, sum(adapter.footprint(tier, latent, itemsize=4))

    (few_peak, few), (many_peak, many) = measure(LAYERS), measure(2 * LAYERS)
    assert many_peak - few_peak == pytest.approx(many - few, rel=0.02)


def test_frames_computed_one_by_one_equal_all_at_once():
    adapter, patch = random_adapter(1, 64), torch.randn(5, 128, 4, 6)
    features = adapter.fuser[0].features(patch)
    for found, wanted in zip(features.convolve_frame_by_frame(torch.float32), features.modulation(), strict=True):
        assert relative_error(found, wanted) < 1e-6


def test_the_footprint_at_the_published_size_equals_the_readme():
    adapter = ToraAdapter(ToraSpec(layers=1, width=64))
    adapter.spec = ToraSpec(layers=42, width=3072)
    latent = torch.empty(1, 16, 13, 60, 90, device="meta")
    kept = {tier: [round(size / 1e9, 1) for size in adapter.footprint(tier, latent, itemsize=2)] for tier in TIERS}
    assert kept == {"gpu": [9.3, 0.0], "cpu": [0.4, 9.1], "recompute": [0.5, 3.8]}
