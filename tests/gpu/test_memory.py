"""Tests the memory of a steered run on a GPU: as calculated, less if it runs out, and none afterwards."""

from __future__ import annotations

import gc

import pytest
import torch
from golden_data import relative_error
from random_model import LATENT, RandomModel
from tiny import TIERS

from benchmarks.memory import find_device_peak
from tora_core.motion.adapter import ToraAdapter, ToraSpec

GPU = torch.device("cuda", 0)


@pytest.fixture(scope="module")
def wide(pack, wide_files):
    return RandomModel(pack, wide_files)


@pytest.fixture(scope="module")
def adapter():
    """An adapter for all 42 blocks in system RAM, or for as many as the card has room for."""
    room = torch.cuda.mem_get_info(GPU)[0]
    blocks = min(42, int(0.8 * room / 2.3e8))
    with GPU:
        adapter = ToraAdapter(ToraSpec(blocks, 3072)).requires_grad_(False).to(torch.bfloat16)
    for parameter in adapter.fuser.parameters():
        torch.nn.init.normal_(parameter, std=0.02)
    return adapter.cpu()


@pytest.mark.parametrize("tier", TIERS)
@torch.inference_mode()
def test_the_peak_is_the_calculated_footprint(adapter, tier, record):
    latent = torch.randn(1, 16, *LATENT, device=GPU)

    def run():
        modulations = adapter.modulations(latent, tier, torch.bfloat16)
        for block in [*range(adapter.spec.layers)] * 2:
            modulations.at(block)
        modulations.close()

    run()  # the first run loads cuBLAS and cuDNN
    peak, calculated = find_device_peak(run, GPU), adapter.footprint(tier, latent, itemsize=2).device / 1e9
    name = f"motion of {adapter.spec.layers} blocks, 49x480x720, tier {tier}"
    record(f"peak on the GPU, {name}", f"{peak:.2f} GB (calculated {calculated:.2f})")
    assert calculated == pytest.approx(peak, rel=0.1)


def sample_and_measure(model, tier, **options):
    """Samples one step. Returns the latents, and the most bytes that were allocated at once."""
    torch.cuda.empty_cache()
    torch.cuda.reset_peak_memory_stats(GPU)
    latents = model.sample(model.apply(tier, **options), steps=1)
    return latents, torch.cuda.max_memory_allocated(GPU)


def test_a_run_that_is_short_of_memory_steps_down_and_gives_the_same_video(pack, deep_files, record):
    """The limit lies between what the tiers need, so the motion does not fit as it was asked for."""
    model = RandomModel(pack, deep_files)
    sample_and_measure(model, "recompute")  # loads the model
    recomputed, little = sample_and_measure(model, "recompute")
    expected, much = sample_and_measure(model, "gpu")
    notices: list[str] = []
    limit = (little + much) / 2
    torch.cuda.set_per_process_memory_fraction(limit / torch.cuda.get_device_properties(GPU).total_memory, GPU)
    try:
        latents, peak = sample_and_measure(model, "gpu", say=notices.append)
    finally:
        torch.cuda.set_per_process_memory_fraction(1.0, GPU)
    needs = f"kept {much / 1e9:.2f} GB, recomputed {little / 1e9:.2f} GB"
    sizes = f"{needs}, limit {limit / 1e9:.2f} GB, peak {peak / 1e9:.2f} GB"
    record("a run that is short of memory", f"{sizes}; {'; '.join(notices)}")
    assert any("out of memory" in notice for notice in notices), sizes
    assert relative_error(latents, expected) <= max(1e-3, 2 * relative_error(recomputed, expected))


@pytest.mark.parametrize("ending", ["done", "interrupted", "broken"])
@pytest.mark.parametrize("tier", TIERS)
def test_every_end_of_a_run_gives_back_its_memory(wide, tier, ending):
    import comfy.model_management as host

    def end(step, *_):
        assert (pinned < host.TOTAL_PINNED_MEMORY) == (tier != "gpu")
        if ending == "interrupted":
            raise host.InterruptProcessingException
        if ending == "broken":
            raise RuntimeError("broken")

    wide.sample(wide.apply(tier), steps=1)  # loads the model
    gc.collect()
    torch.cuda.synchronize()
    pinned, held = host.TOTAL_PINNED_MEMORY, torch.cuda.memory_allocated(GPU)
    if ending == "done":
        wide.sample(wide.apply(tier), callback=end)
    else:
        with pytest.raises((host.InterruptProcessingException, RuntimeError)):
            wide.sample(wide.apply(tier), callback=end)
    gc.collect()
    torch.cuda.synchronize()
    assert pinned == host.TOTAL_PINNED_MEMORY
    assert torch.cuda.memory_allocated(GPU) - held < 50e6
