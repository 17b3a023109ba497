"""Tests that a steered MODEL works with the host's own features."""

from __future__ import annotations

import gc

import golden_data
import pytest
import torch
from golden_data import relative_error
from sampling import is_clean
from tiny import Tiny


def test_fp8_weights(pack, tiny):
    fp8 = Tiny(
        pack,
        next(file for file in golden_data.SAMPLING if golden_data.load_sampling(file)[0] == tiny.path),
        "fp8_e4m3fn",
    )
    steered, base = fp8.sample(fp8.apply()), fp8.sample(fp8.model)
    assert fp8.transformer.blocks[0].q.weight.dtype == torch.float8_e4m3fn
    assert torch.equal(fp8.sample(fp8.apply(strength=0.0)), base)
    change, expected = steered - base, tiny.sample(tiny.apply()) - tiny.sample(tiny.model)
    assert relative_error(change, expected) < 0.3  # steering still works with coarse weights


def with_windows(model, length, **options):
    from comfy_extras.nodes_context_windows import ContextWindowsManualNode

    settings = {
        "context_schedule": "standard_static",
        "context_stride": 1,
        "closed_loop": False,
        "fuse_method": "pyramid",
    }
    settings |= {"freenoise": False, "context_overlap": 0, "dim": 2, **options}
    return ContextWindowsManualNode.execute(model, context_length=length, **settings).result[0]


@pytest.mark.parametrize("order", ["windows, then applied", "applied, then windows"])
def test_a_context_window_as_long_as_the_clip_equals_the_full_run(tiny, order):
    frames = tiny.noise.shape[2]

    def steered(length):
        if order.startswith("windows"):
            return tiny.apply(with_windows(tiny.model, length))
        return with_windows(tiny.apply(), length)

    expected = tiny.sample(tiny.apply())
    assert torch.equal(tiny.sample(steered(frames)), expected)
    windowed = tiny.sample(steered(2))
    assert windowed.isfinite().all() and relative_error(windowed, expected) > 1e-3


def test_a_context_window_uses_the_motion_of_its_own_frames(tiny):
    """One step over windows of one frame: each window equals a run with only that frame and its motion."""
    steered = with_windows(tiny.apply(), 1, causal_window_fix=False)
    windowed = tiny.sample(steered, steps=1, cfg=1.0)
    adapter = tiny.tora.patcher.model
    with torch.no_grad():
        modulations = adapter.modulations(tiny.motion.latent)
    kept = tiny.pack.part("tora_core.motion.tiers").KeptModulations
    for frame in range(tiny.noise.shape[2]):
        alone = [modulations.at(block, ((frame, frame + 1),)) for block in range(adapter.spec.layers)]
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(adapter, "modulations", lambda *_, alone=alone: kept(alone))
            motion = tiny.motion_of(tiny.motion.latent[:, :, frame : frame + 1])
            single = tiny.sample(tiny.apply(motion=motion), noise=tiny.noise[:, :, frame : frame + 1], steps=1, cfg=1.0)
        assert relative_error(windowed[:, :, frame : frame + 1], single) < 1e-4


def test_the_frame_before_a_window_keeps_its_motion(tiny):
    from comfy.context_windows import IndexListContextWindow

    window = IndexListContextWindow([4, 5, 6], dim=2, total_frames=9)
    assert tiny.pack.steering._frames_of(window, 1) == [4, 5, 6]
    window.causal_anchor_index = 3
    assert tiny.pack.steering._frames_of(window, 1) == [3, 4, 5, 6]
    assert tiny.pack.steering._frames_of(window, 2) == [1, 2]
    assert tiny.pack.steering._frames_of(IndexListContextWindow([0], dim=0, total_frames=2), 1) is None


def test_easycache(tiny):
    from comfy_extras.nodes_easycache import EasyCacheNode

    def cached(threshold):
        return EasyCacheNode.execute(tiny.apply(), threshold, 0.0, 1.0, False).result[0]

    expected, calls = tiny.sample(tiny.apply()), []
    hook = tiny.transformer.blocks[0].register_forward_hook(lambda *_: calls.append(1))
    try:
        assert torch.equal(tiny.sample(cached(0.0)), expected)
        every = len(calls)
        skipping = tiny.sample(cached(1e3))
    finally:
        hook.remove()
    assert skipping.isfinite().all() and len(calls) - every < every
    assert is_clean(tiny.transformer)


def test_previews(tiny, monkeypatch):
    """Uses KSampler's own callback. This host has no preview colours for CogVideoX, so the test sets some."""
    import comfy.latent_formats
    import latent_preview
    from comfy.cli_args import LatentPreviewMethod

    monkeypatch.setattr(latent_preview.args, "preview_method", LatentPreviewMethod.Latent2RGB)
    monkeypatch.setattr(comfy.latent_formats.CogVideoX, "latent_rgb_factors", [[0.1, 0.2, 0.3]] * 16)
    pictures = []
    monkeypatch.setattr(
        "comfy.utils.ProgressBar.update_absolute", lambda self, step, total, picture=None: pictures.append(picture)
    )
    steered, out = tiny.apply(), {}
    previewed = tiny.sample(steered, callback=latent_preview.prepare_callback(steered, 8, out))
    assert torch.equal(previewed, tiny.sample(steered)) and out["x0"].isfinite().all()
    shown = [picture for picture in pictures if picture is not None]
    assert len(shown) == 8 and shown[0][1].size == (tiny.noise.shape[4], tiny.noise.shape[3])


def test_unloading_all_models_and_running_again(tiny):
    import comfy.model_management as host

    steered = tiny.apply()
    expected = tiny.sample(steered)
    host.unload_all_models()
    host.soft_empty_cache()
    gc.collect()
    assert torch.equal(tiny.sample(steered), expected)


def test_two_motions_in_one_graph_do_not_mix(tiny):
    one, other = tiny.apply(), tiny.apply(motion=tiny.other_motion())
    first, second = tiny.sample(one), tiny.sample(other)
    assert relative_error(second, first) > 1e-3
    assert torch.equal(tiny.sample(one), first) and torch.equal(tiny.sample(other), second)
