"""Tests that ComfyUI's corrected CogVideoX equals the reference on its golden values."""

from __future__ import annotations

import golden_data
import pytest
import torch
from tiny import Tiny


def forward(pack, patcher, x, timestep, context, fix=True, steerings=()):
    """Runs the transformer's forward with the pack's corrections and injector."""
    injection = pack.part("tora_core.steering.injection")
    schedule = pack.part("tora_core.cogvideox.schedule")
    transformer = patcher.model.diffusion_model
    spec = pack.base.read_base_spec(patcher)
    position_fix = pack.base.PositionFix(rotary=fix and spec.patch_size_t == 1, learned=fix and spec.learned_positions)
    with torch.no_grad(), position_fix.apply_to(transformer, pack.base.Positions()):
        with injection.MotionInjector(steerings).inject(
            transformer.blocks, schedule.sampling_progress(float(timestep[0]))
        ):
            return transformer(x, timestep, context=context)


@pytest.mark.parametrize(("tiny", "case"), golden_data.cases(), ids=lambda value: getattr(value, "stem", value))
def test_the_whole_forward_equals_the_reference_with_and_without_motion(pack, tiny, case):
    io = golden_data.load_case(tiny, case)
    patcher = pack.loading.load_cogvideox(str(tiny), "fp32")[0]
    adapter = pack.loading.load_tora_model(str(tiny), tiny.name).patcher.model
    with torch.no_grad():
        steering = pack.part("tora_core.steering.injection").Steering(adapter.modulations(io.video("flow_latent")))
    args = (io.video("x"), io["timestep"], io["context"])
    for name, steerings in (("out_with_motion", [steering]), ("out_without_motion", [])):
        out = forward(pack, patcher, *args, steerings=steerings).transpose(1, 2)
        assert io.error(name, out) < 1e-5
    if pack.base.read_base_spec(patcher).patch_size_t == 1:
        unfixed = forward(pack, patcher, *args, fix=False).transpose(1, 2)
        assert io.error("out_without_motion", unfixed) > 1e-2, "the host needs no correction any more"


def test_positions_are_computed_once_per_run_and_freed_at_its_end(pack, monkeypatch):
    tiny, sizes, compute = Tiny(pack, golden_data.SAMPLING[0]), [], pack.base.rotary_embedding
    model = tiny.apply()

    def count(*size, **where):
        sizes.append(size)
        return compute(*size, **where)

    monkeypatch.setattr(pack.base, "rotary_embedding", count)
    expected = tiny.sample(model, steps=4)
    assert len(sizes) == 1
    assert torch.equal(tiny.sample(model, steps=4), expected) and len(sizes) == 2


def test_the_sampling_percent_is_read_only_if_a_motion_depends_on_it(pack, monkeypatch):
    """Reading it from a GPU makes the CPU wait."""
    tiny, asked, progress = Tiny(pack, golden_data.SAMPLING[0]), [], pack.steering.sampling_progress
    always, late = tiny.apply(), tiny.apply(start=0.5)

    def ask(timestep):
        asked.append(timestep)
        return progress(timestep)

    monkeypatch.setattr(pack.steering, "sampling_progress", ask)

    def count_in_steps(model):
        counts = []
        tiny.sample(model, steps=4, callback=lambda *_: counts.append(len(asked)))
        return counts[-1] - counts[0]

    assert count_in_steps(always) == 0
    assert count_in_steps(late) == 3
