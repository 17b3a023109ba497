"""Tests that a compiled MODEL is steered, and is not compiled again at every step."""

from __future__ import annotations

import pytest
import torch
from golden_data import relative_error
from sampling import is_clean


@pytest.mark.parametrize("order", ["compiled, then applied", "applied, then compiled"])
def test_torch_compile_is_not_recompiled_from_step_to_step(tiny, order, monkeypatch):
    import torch._dynamo
    from comfy.ldm.modules.attention import attention_pytorch
    from comfy_api.torch_helpers import set_torch_compile_wrapper
    from comfy_extras.nodes_torch_compile import skip_torch_compile_dict
    from torch._dynamo.testing import CompileCounter

    # On a CPU the host's attention reads the free memory, and is recompiled when another program changes it.
    monkeypatch.setattr("comfy.ldm.cogvideo.model.optimized_attention", attention_pytorch)  # as on a GPU
    torch._dynamo.reset()
    counter = CompileCounter()

    def compiled(model):
        clone = model.clone()
        options = {"guard_filter_fn": skip_torch_compile_dict}  # as the host's TorchCompileModel node
        set_torch_compile_wrapper(clone, backend=counter, options=options)
        return clone

    def steered(**window):
        return (
            tiny.apply(compiled(tiny.model), **window)
            if order.startswith("compiled")
            else compiled(tiny.apply(**window))
        )

    counts = []

    def count(*_):
        counts.append(counter.frame_count)

    model = steered()
    assert relative_error(tiny.sample(model, callback=count), tiny.sample(tiny.apply())) < 1e-5
    assert counts[0] > 0 and len(set(counts)) == 1, counts
    tiny.sample(model, callback=count)
    assert len(set(counts)) == 1, counts
    counts.clear()
    model = steered(end=0.5)  # with motion, then without
    assert relative_error(tiny.sample(model, callback=count), tiny.sample(tiny.apply(end=0.5))) < 1e-5
    counts.clear()
    tiny.sample(model, callback=count)
    assert len(set(counts)) == 1, counts
    assert is_clean(tiny.transformer)


def test_a_model_that_was_compiled_as_an_object_patch_is_steered(tiny):
    model = tiny.model.clone()
    model.add_object_patch("diffusion_model", torch.compile(tiny.transformer, backend="eager"))
    assert relative_error(tiny.sample(tiny.apply(model)), tiny.sample(tiny.apply())) < 1e-5
