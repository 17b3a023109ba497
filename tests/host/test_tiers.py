"""Tests the choice of a tier, and the next tier when memory runs out, in the host's own sampling."""

from __future__ import annotations

import logging

import golden_data
import pytest
import torch
from golden_data import relative_error
from sampling import is_clean
from tiny import TIERS, Tiny

GB = 10**9


@pytest.fixture(scope="module", params=golden_data.SAMPLING, ids=golden_data.name_of)
def tiny(pack, request):
    return Tiny(pack, request.param)


@pytest.fixture
def tiers(pack):
    return pack.part("nodes.host.tiers")


@pytest.fixture
def evaluations(tiny, monkeypatch):
    """Records the tiers that the adapter is evaluated for. Tiers in ``full`` run out of memory."""
    adapter, evaluate = tiny.tora.patcher.model, tiny.tora.patcher.model.modulations

    class Evaluations(list):
        full = ()

    found = Evaluations()

    def modulations(latent, tier, *args):
        found.append(tier)
        if tier in found.full:
            raise torch.OutOfMemoryError("CUDA out of memory")
        return evaluate(latent, tier, *args)

    monkeypatch.setattr(adapter, "modulations", modulations)
    return found


@pytest.mark.parametrize(
    ("device", "on_device", "on_host", "expected"),
    [
        ("cuda", 20 * GB, 0, "gpu"),
        ("cuda", 0, 20 * GB, "cpu"),
        ("cuda", 0, 2 * GB, "recompute"),
        ("cpu", 20 * GB, 20 * GB, "gpu"),
        ("cpu", 0, 0, "recompute"),
    ],
)
def test_auto_chooses_the_fastest_tier_that_fits(tiny, tiers, monkeypatch, device, on_device, on_host, expected):
    """Only the free memory that the host reports is simulated. Everything else is the host's own."""
    import comfy.model_management

    free = {"cuda": on_device, "cpu": on_host if device == "cuda" else on_device}
    monkeypatch.setattr(comfy.model_management, "get_free_memory", lambda device: free[device.type])
    model = tiny.apply()
    monkeypatch.setattr(model, "load_device", torch.device(device))
    shape = [2 * tiny.noise.shape[0], *tiny.noise.shape[1:]]
    adapter, latent = tiny.motion.adapter, tiny.motion.latent
    assert tiers.choose_tier("auto", model, adapter, latent, shape) == expected
    assert [tiers.choose_tier(tier, model, adapter, latent, shape) for tier in TIERS] == list(TIERS)


def test_tiers_agree_in_bfloat16(pack, tiny):
    latents = {}
    for tier in TIERS:
        half = Tiny(pack, golden_data.SAMPLING[0], "bf16", tier)
        latents[tier] = half.sample(half.apply(), steps=1, cfg=1.0)
    assert torch.equal(latents["gpu"], latents["cpu"])
    assert relative_error(latents["recompute"], latents["gpu"]) < 5e-3


def test_the_tier_and_its_memory_are_logged(tiny, caplog):
    caplog.set_level(logging.INFO)
    tiny.tier = "cpu"
    tiny.sample(tiny.apply(), steps=1)
    assert "Tora stores the motion as cpu: 0.0 GB in system RAM, copied to cpu one block ahead" in caplog.text


@pytest.mark.parametrize("full", [("gpu",), ("gpu", "cpu")])
def test_out_of_memory_while_preparing_uses_the_next_tier_with_a_notice(tiny, evaluations, caplog, full):
    tiny.tier = "gpu"
    expected = tiny.sample(tiny.apply())
    evaluations.full = full
    evaluations.clear()
    latents = tiny.sample(tiny.apply())
    assert evaluations == list(TIERS[: len(full) + 1])
    assert caplog.text.count("out of memory") == len(full)
    assert relative_error(latents, expected) < 1e-5


def test_out_of_memory_in_every_tier_is_an_error(tiny, evaluations):
    tiny.tier, evaluations.full = "gpu", TIERS
    with pytest.raises(torch.OutOfMemoryError):
        tiny.sample(tiny.apply())
    assert evaluations == list(TIERS) and is_clean(tiny.transformer)


@pytest.mark.parametrize("times", [1, 2])
def test_out_of_memory_at_a_step_uses_the_next_tier_and_the_run_completes(
    tiny, evaluations, caplog, monkeypatch, times
):
    """The last block runs out of memory at some steps. The step is repeated with the motion in the next tier."""
    tiny.tier = "gpu"
    expected = tiny.sample(tiny.apply())
    evaluations.clear()
    last = tiny.transformer.blocks[-1]
    forward, calls = last.forward, []

    def short_of_memory(*args, **kwargs):
        calls.append(1)
        if len(calls) in (3, 5)[:times]:
            raise torch.OutOfMemoryError("CUDA out of memory")
        return forward(*args, **kwargs)

    with monkeypatch.context() as patch:
        patch.setattr(last, "forward", short_of_memory)
        latents = tiny.sample(tiny.apply())
    assert evaluations == list(TIERS[: times + 1])
    assert caplog.text.count("out of memory while sampling") == times
    assert relative_error(latents, expected) < 1e-5
    assert is_clean(tiny.transformer)


def test_out_of_memory_in_the_last_tier_and_other_errors_are_raised(tiny, evaluations, monkeypatch):
    tiny.tier = "recompute"
    for error in (torch.OutOfMemoryError("CUDA out of memory"), RuntimeError("broken")):

        def broken(*args, error=error, **kwargs):
            raise error

        with monkeypatch.context() as patch:
            patch.setattr(tiny.transformer.blocks[-1], "forward", broken)
            with pytest.raises(type(error), match=str(error)):
                tiny.sample(tiny.apply())
        assert is_clean(tiny.transformer)
    assert evaluations == ["recompute", "recompute"]


@pytest.mark.parametrize("tier", TIERS)
@pytest.mark.parametrize("ending", ["done", "interrupted", "interrupted while preparing", "broken"])
def test_every_end_of_a_run_releases_page_locked_memory(tiny, tiers, monkeypatch, tier, ending):
    """Treats the CPU as a GPU that reads page-locked memory. The test counts the locked memory in place of the host."""
    import comfy.model_management as host

    prefetch = tiny.pack.part("tora_core.motion.prefetch")
    held, locked = set(), []
    monkeypatch.setattr(prefetch, "_reads_locked_pages", lambda device: True)

    def lock(memory):
        held.add(memory.data_ptr())
        locked.append(memory.nbytes)
        return True

    page_lock = prefetch.PageLock(lock, lambda memory: held.remove(memory.data_ptr()))
    monkeypatch.setattr(tiers, "_PAGE_LOCK", page_lock)
    tiny.tier = tier

    def end(step, *_):
        assert bool(held) == (tier != "gpu")
        if ending == "interrupted" and step == 3:
            raise host.InterruptProcessingException
        if ending == "broken" and step == 3:
            raise RuntimeError("broken")

    if ending == "done":
        tiny.sample(tiny.apply(), callback=end)
    else:
        if ending == "interrupted while preparing":
            host.interrupt_current_processing()
        with pytest.raises((host.InterruptProcessingException, RuntimeError)):
            tiny.sample(tiny.apply(), callback=end)
    assert not held and bool(locked) == (tier != "gpu")
    assert is_clean(tiny.transformer)


def test_the_adapter_stays_in_host_memory(tiny):
    """Its weights are copied block by block, so the host never loads the adapter beside the MODEL."""
    import comfy.model_management as host

    host.unload_all_models()
    tiny.sample(tiny.apply())
    loaded = [each.model.model for each in host.current_loaded_models]
    assert tiny.model.model in loaded and tiny.motion.adapter not in loaded
