"""Tests that the injector acts in its sampling window and restores every module afterwards."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace

import pytest
import torch
from torch import nn

from tora_core.cogvideox.schedule import sampling_progress
from tora_core.motion.modulation import Modulation
from tora_core.motion.tiers import KeptModulations
from tora_core.steering.injection import MotionInjector, Steering, Window, replace_attribute


class Norm(nn.Module):
    def forward(self, hidden, encoder, temb):
        return hidden, encoder, temb, temb


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.norm1 = Norm()


@pytest.fixture
def blocks():
    return [Block(), Block()]


def steering(**options):
    gamma, affine = torch.zeros(2, 4, 32), (torch.ones(32), torch.zeros(32))
    kept = [Modulation(gamma, torch.full_like(gamma, float(number)), *affine) for number in (1, 2)]
    return Steering(KeptModulations(kept), **options)


def run(blocks, hidden):
    return [block.norm1(hidden, None, None)[0] for block in blocks]


def test_each_block_gets_its_own_modulation_and_text_and_gates_pass_through(blocks):
    hidden, text, gate = torch.zeros(3, 8, 32), torch.ones(3, 5, 32), torch.ones(3, 1, 32)
    with MotionInjector([steering(strength=0.5)]).inject(blocks, progress=0.0):
        for number, block in enumerate(blocks, 1):
            out, *rest = block.norm1(hidden, text, gate)
            torch.testing.assert_close(out, torch.full_like(hidden, 0.5 * number))
            assert rest[0] is text and rest[1] is gate
    assert all(out is hidden for out in run(blocks, hidden))


def test_all_modules_are_restored_after_an_error(blocks):
    with pytest.raises(KeyError):
        with MotionInjector([steering()]).inject(blocks, progress=0.0):
            raise KeyError
    assert all("forward" not in vars(block.norm1) for block in blocks)


def test_the_forward_of_another_patch_is_wrapped_and_restored(blocks):
    def doubled(hidden, encoder, temb):
        return 2 * hidden, encoder, temb, temb

    blocks[0].norm1.forward = doubled
    with MotionInjector([steering()]).inject(blocks, progress=0.0):
        assert (run(blocks, torch.ones(1, 8, 32))[0] == 3).all()
    assert blocks[0].norm1.forward is doubled


def test_modulations_are_fetched_while_the_host_s_recording_is_paused_and_added_while_it_runs(blocks):
    paused = []

    @contextmanager
    def pause():
        paused.append(True)
        yield
        paused.append(False)

    class Kept(KeptModulations):
        def at(self, block, ranges=None):
            assert paused[-1]
            return super().at(block, ranges)

    applied = steering()
    applied = replace(applied, modulations=Kept([applied.modulations.at(block) for block in (0, 1)]))
    with MotionInjector([applied], pause).inject(blocks, 0.0):
        assert (run(blocks, torch.zeros(1, 8, 32))[1] == 2).all()
    assert paused == [True, False, True, False]


def test_only_the_frames_of_a_context_window_are_used(blocks):
    with MotionInjector([steering()]).inject(blocks, 0.0, frames=[1]):
        assert (run(blocks, torch.zeros(1, 4, 32))[1] == 2).all()


@pytest.mark.parametrize(
    ("window", "inside", "outside"),
    [
        (Window(), [0.0, 0.5, 1.0], []),
        (Window(0.2, 0.6), [0.2, 0.59], [0.0, 0.6, 1.0]),
        (Window(0.5, 0.5), [], [0.0, 0.5, 1.0]),
        (Window(1.0, 1.0), [], [0.0, 1.0]),
        (Window(0.7, 0.2), [], [0.1, 0.5, 0.9]),
    ],
)
def test_a_window_includes_its_start_and_not_its_end(window, inside, outside):
    assert all(window.contains(progress) for progress in inside)
    assert not any(window.contains(progress) for progress in outside)


def test_a_window_outside_zero_to_one_is_an_error():
    with pytest.raises(ValueError, match=r"0\.\.1, got -0\.1 and 1"):
        Window(-0.1, 1.0)


def test_progress_runs_from_pure_noise_to_the_finished_video():
    assert sampling_progress(999) == 0.0 and sampling_progress(0) == 1.0


def test_without_an_active_motion_no_forward_is_wrapped(blocks):
    for idle in (steering(strength=0.0), steering(window=Window(0.5, 1.0))):
        with MotionInjector([idle]).inject(blocks, progress=0.1):
            assert all("forward" not in vars(block.norm1) for block in blocks)


def test_replace_attribute_restores_class_and_instance_attributes():
    class Owner:
        flag = False

    owner = Owner()
    with replace_attribute(owner, "flag", True):
        assert owner.flag
    assert not owner.flag and not vars(owner)
    owner.flag = None
    with replace_attribute(owner, "flag", True):
        assert owner.flag
    assert owner.flag is None


def test_a_compiled_transformer_is_not_recompiled_from_step_to_step():
    from torch._dynamo.testing import CompileCounter

    counter = CompileCounter()
    modules = nn.ModuleList([Block(), Block()])

    def forward(hidden):
        for block in modules:
            hidden = block.norm1(hidden, hidden, hidden)[0]
        return hidden

    compiled = torch.compile(forward, backend=counter)
    injector, hidden = MotionInjector([steering()]), torch.randn(1, 8, 32)
    for _ in range(4):
        with injector.inject(modules, progress=0.3):
            torch.testing.assert_close(compiled(hidden), forward(hidden))
    assert counter.frame_count == 1
    torch.testing.assert_close(compiled(hidden), hidden)
