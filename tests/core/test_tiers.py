"""Tests that all tiers give the same modulation and free their memory, and that blocks are copied ahead."""

from __future__ import annotations

import pytest
import torch
from golden_data import relative_error

from tora_core.motion import prefetch
from tora_core.motion.adapter import ToraAdapter, ToraSpec
from tora_core.motion.footprint import TIERS
from tora_core.motion.modulation import to_frame_ranges
from tora_core.motion.prefetch import HostMemory, PageLock, Prefetcher
from tora_core.motion.tiers import PrefetchedModulations

LAYERS = 3


class CountedLock(PageLock):
    """Replaces CUDA's page locking. Counts the locked memory, and checks its alignment."""

    def __init__(self, refuse_after=None):
        self.held, self.most = {}, 0
        self.refuse_after = refuse_after
        super().__init__(self.take, self.give)

    def take(self, memory):
        if self.refuse_after is not None and len(self.held) >= self.refuse_after:
            return False
        assert memory.is_contiguous() and memory.data_ptr() % 4096 == 0 and memory.nbytes % 4096 == 0
        self.held[memory.data_ptr()] = memory.nbytes
        self.most = max(self.most, len(self.held))
        return True

    def give(self, memory):
        del self.held[memory.data_ptr()]


@pytest.fixture
def adapter():
    with torch.random.fork_rng():
        torch.manual_seed(0)
        adapter = ToraAdapter(ToraSpec(layers=LAYERS, width=64)).requires_grad_(False)
        for parameter in adapter.fuser.parameters():
            torch.nn.init.normal_(parameter)
    return adapter


@pytest.fixture
def latent():
    return torch.randn(1, 16, 5, 8, 12, generator=torch.Generator().manual_seed(0))


@pytest.fixture
def locking(monkeypatch):
    """Treats the CPU as a GPU that reads page-locked memory."""
    monkeypatch.setattr(prefetch, "_reads_locked_pages", lambda device: True)
    return CountedLock()


@pytest.mark.parametrize("frames", [None, [1, 2, 3], [0, 3, 4, 1]], ids=["all frames", "neighbours", "scattered"])
@pytest.mark.parametrize(("dtype", "tolerance"), [(torch.float32, 1e-6), (torch.bfloat16, 1e-2)])
@pytest.mark.parametrize("tier", TIERS)
def test_every_tier_gives_the_same_in_any_order_of_blocks(adapter, latent, tier, dtype, tolerance, frames):
    expected = adapter.modulations(latent)
    kept = adapter.modulations(latent, tier, dtype)
    runs = to_frame_ranges(frames)
    for block in (0, 1, 2, 0, 1, 2, 2, 0, 2):
        for found, wanted in zip(kept.at(block, runs), expected.at(block, runs), strict=True):
            assert found.dtype == dtype and relative_error(found, wanted) < tolerance
    kept.close()


def test_changing_windows_do_not_mix(adapter, latent):
    """A block that was copied ahead for one context window must not be used for the next window."""
    expected = adapter.modulations(latent)
    for tier in ("cpu", "recompute"):
        kept = adapter.modulations(latent, tier)
        for frames in ([0, 1], [3, 4], [2, 3, 4], None, [0, 1]):
            for block in range(LAYERS):
                found = kept.at(block, to_frame_ranges(frames)).gamma
                torch.testing.assert_close(
                    found, expected.at(block, to_frame_ranges(frames)).gamma, atol=1e-5, rtol=1e-5
                )


@pytest.mark.parametrize("tier", TIERS[1:])
def test_page_locked_memory_is_released(adapter, latent, tier, locking):
    modulations = adapter.modulations(latent, tier, page_lock=locking)
    assert len(locking.held) == LAYERS
    modulations.close()
    modulations.close()
    assert not locking.held


@pytest.mark.parametrize("tier", TIERS[1:])
def test_an_interrupt_while_preparing_releases_page_locked_memory(adapter, latent, tier, locking):
    def interrupt(done, total):
        if done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        adapter.modulations(latent, tier, page_lock=locking, progress=interrupt)
    assert locking.most == 2 and not locking.held


def test_memory_that_cannot_be_page_locked_is_logged_and_used(adapter, latent, locking, caplog):
    locking.refuse_after = 1
    kept = adapter.modulations(latent, "cpu", page_lock=locking)
    assert caplog.text.count("cannot be page-locked") == 1 and locking.most == 1
    torch.testing.assert_close(kept.at(2).beta, adapter.modulations(latent).at(2).beta)
    kept.close()
    assert not locking.held


def test_tensors_are_stored_side_by_side_on_new_pages(locking):
    memory = HostMemory(torch.device("cpu"), locking)
    tensors = [torch.arange(5, dtype=torch.bfloat16), torch.randn(7, 300), torch.arange(3)]
    kept = [*memory.keep(tensors), *memory.keep(tensors)]
    assert all(torch.equal(found, wanted) for found, wanted in zip(kept, tensors * 2, strict=True))
    assert list(locking.held.values()) == [12288, 12288]


class Streams:
    """Replaces CUDA's streams. Records the order of the calls."""

    def __init__(self):
        self.calls = []

    def wait_stream(self, stream):
        self.calls.append("the copy waits for the computation")

    def wait_event(self, event):
        self.calls.append(f"the computation waits for copy {event}")

    def record_event(self):
        copies = sum(each.startswith("copy") for each in self.calls)
        return copies

    def stream(self, stream):
        import contextlib

        self.calls.append(f"copy {sum(each.startswith('copy') for each in self.calls) + 1}")
        return contextlib.nullcontext()

    def current_stream(self, device):
        return self

    def synchronize(self, device):
        self.calls.append("all is done")


def test_copies_run_beside_the_computation_and_wait_for_it():
    prefetcher = Prefetcher([[torch.full((2, 3), float(block))] for block in range(3)], torch.device("cpu"))
    streams = prefetcher._backend = prefetcher._side = Streams()
    prefetcher.bring(0)
    prefetcher.bring(1)
    prefetcher.close()
    assert streams.calls == [
        "the copy waits for the computation",
        "copy 1",
        "the computation waits for copy 1",
        "the copy waits for the computation",  # because it used this buffer before
        "copy 2",
        "the computation waits for copy 2",
        "the copy waits for the computation",
        "copy 3",
        "all is done",
    ]


def test_a_buffer_is_reused_only_after_its_unused_copy_has_ended():
    prefetcher = Prefetcher([[torch.full((2, 3), float(block))] for block in range(3)], torch.device("cpu"))
    streams = prefetcher._backend = prefetcher._side = Streams()
    prefetcher.bring(0)
    streams.calls.clear()
    (found,) = prefetcher.bring(2, ((1, 2),))
    assert found.tolist() == [[2.0, 2.0, 2.0]]
    assert streams.calls[0] == "the computation waits for copy 2"


def test_nothing_is_copied_ahead_after_the_last_block_of_a_context_window():
    """The next window has other frames. Without windows, the first block of the next step is copied ahead."""
    for ranges, copies in ((((0, 1),), 3), (None, 4)):
        prefetcher = Prefetcher([[torch.full((2, 3), float(block))] for block in range(3)], torch.device("cpu"))
        streams = prefetcher._backend = prefetcher._side = Streams()
        for block in range(3):
            prefetcher.bring(block, ranges)
        assert sum(each.startswith("copy") for each in streams.calls) == copies


def test_a_device_without_streams_copies_synchronously():
    prefetcher = Prefetcher([[torch.full((2,), float(block))] for block in range(2)], torch.device("cpu"))
    prefetcher._side = None
    assert [prefetcher.bring(block)[0][0].item() for block in (0, 1, 0)] == [0.0, 1.0, 0.0]
    prefetcher.close()


def test_a_streamed_tier_works_inside_a_compiled_model(adapter, latent):
    kept, expected = adapter.modulations(latent, "cpu"), adapter.modulations(latent)
    assert isinstance(kept, PrefetchedModulations)

    @torch.compile(backend="eager")
    def total(hidden):
        for block in range(LAYERS):
            hidden = hidden + kept.at(block).gamma
        return hidden

    start = torch.zeros_like(expected.at(0).gamma)
    for _ in range(2):
        torch.testing.assert_close(total(start), sum(expected.at(block).gamma for block in range(LAYERS)))
