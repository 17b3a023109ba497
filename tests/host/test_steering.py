"""Tests Tora Apply on a real MODEL: its effect, what it does not change, and that it leaves nothing behind."""

from __future__ import annotations

import gc
import threading

import pytest
import torch
from golden_data import relative_error
from sampling import is_clean


def test_the_stock_sampler_reproduces_the_reference_with_and_without_motion(tiny):
    steered = tiny.apply()
    for name, model, cfg in (("cfg6", steered, 6.0), ("cfg6_no_motion", tiny.model, 6.0), ("cfg1", steered, 1.0)):
        latents = tiny.sample(model, cfg=cfg).transpose(1, 2)
        assert relative_error(latents, tiny.golden[f"latents.{name}"]) < 1e-3, name


def test_strength_zero_and_an_empty_window_equal_the_base_bit_for_bit(tiny):
    base = tiny.sample(tiny.model)
    assert torch.equal(tiny.sample(tiny.apply(strength=0.0)), base)
    assert torch.equal(tiny.sample(tiny.apply(start=0.4, end=0.4)), base)
    assert torch.equal(tiny.sample(tiny.apply(start=1.0, end=1.0)), base)


def test_the_input_model_is_unchanged_after_its_clone_was_sampled(tiny):
    before = tiny.sample(tiny.model)
    steered = tiny.sample(tiny.apply())
    assert relative_error(steered, before) > 1e-3
    assert torch.equal(tiny.sample(tiny.model), before)
    assert is_clean(tiny.transformer)


def test_two_applications_in_a_row_add_up(tiny):
    once = tiny.sample(tiny.apply(strength=1.0))
    twice = tiny.sample(tiny.apply(tiny.apply(strength=0.25), strength=0.75))
    assert relative_error(twice, once) < 1e-5
    cancelled = tiny.sample(tiny.apply(tiny.apply(strength=0.5), strength=-0.5))
    assert relative_error(cancelled, tiny.sample(tiny.model)) < 1e-5


def test_two_motions_of_two_adapters_act_together(tiny):
    other = tiny.pack.loading.load_tora_model(str(tiny.path), "other")
    both = tiny.apply(tiny.apply(strength=0.5), tiny.motion_of(tiny.motion.latent, other), strength=0.5)
    assert relative_error(tiny.sample(both), tiny.sample(tiny.apply())) < 1e-5


def test_a_window_steers_only_its_steps(tiny):
    early, late = tiny.apply(end=0.5), tiny.apply(start=0.5)
    both = tiny.sample(tiny.apply(early, start=0.5))
    assert relative_error(both, tiny.sample(tiny.apply())) < 1e-6
    assert relative_error(tiny.sample(early), tiny.sample(late)) > 1e-4


def test_extractor_and_fusers_run_once_per_run(tiny, monkeypatch):
    calls = []
    adapter = tiny.tora.patcher.model
    hook = adapter.traj_extractor.conv_in.register_forward_hook(lambda *_: calls.append("extractor"))
    for fuser in adapter.fuser:
        features = fuser.features
        monkeypatch.setattr(fuser, "features", lambda patch, run=features: calls.append("fuser") or run(patch))
    try:
        tiny.sample(tiny.apply(), cfg=6.0)
    finally:
        hook.remove()
    assert calls.count("extractor") == 1
    assert calls.count("fuser") == adapter.spec.layers


def test_a_second_run_leaves_no_hook_and_no_tensor_behind(tiny):
    steered = tiny.apply()
    counts = []
    for _ in range(3):
        tiny.sample(steered)
        gc.collect()
        counts.append(sum(1 for each in gc.get_objects() if type(each) is torch.Tensor))
        assert is_clean(tiny.transformer)
    assert counts[2] <= counts[1]
    assert tiny.pack.steering.MOTION_KEY not in steered.model_options["transformer_options"]


def test_a_lora_before_or_after_gives_the_same(tiny):
    keys = tiny.model.model_state_dict().keys()
    before, after = tiny.sample(tiny.apply(tiny.with_lora(tiny.model))), tiny.sample(tiny.with_lora(tiny.apply()))
    assert torch.equal(before, after)
    assert relative_error(before, tiny.sample(tiny.apply())) > 1e-4
    assert tiny.apply().model_state_dict().keys() == keys


def test_an_interrupt_leaves_a_clean_state_and_the_next_run_works(tiny):
    import comfy.model_management as host

    steered = tiny.apply()
    expected = tiny.sample(steered)

    def interrupt_at_step_3(step, *_):
        if step == 3:
            host.interrupt_current_processing()
            host.throw_exception_if_processing_interrupted()

    with pytest.raises(host.InterruptProcessingException):
        tiny.sample(steered, callback=interrupt_at_step_3)
    assert is_clean(tiny.transformer)
    host.interrupt_current_processing()
    with pytest.raises(host.InterruptProcessingException):  # the interrupt stops the preparation of the motion
        tiny.sample(steered)
    assert torch.equal(tiny.sample(steered), expected)


def test_a_batch_is_steered_like_its_members(tiny):
    steered = tiny.apply()
    noise = torch.cat([tiny.noise, tiny.noise.flip(-1)])
    batch = tiny.sample(steered, noise=noise)
    assert relative_error(batch[:1], tiny.sample(steered)) < 1e-5


def copy_for_another_gpu(model, *device):
    if not hasattr(model, "deepclone_multigpu"):
        pytest.skip("this ComfyUI uses one GPU only")
    return model.deepclone_multigpu(*device)


def test_copies_of_the_model_in_two_threads_share_no_state(tiny):
    """With several GPUs the host deep-clones the MODEL and runs the copies in threads. The adapter is shared."""
    steered = tiny.apply()
    copy = copy_for_another_gpu(steered)
    assert copy.model is not steered.model
    copy.model.diffusion_model.blocks[0].q.weight.data.mul_(0.5)  # so that a mix-up of modules changes the result
    expected = [tiny.sample(steered), tiny.sample(copy)]
    assert relative_error(expected[1], expected[0]) > 1e-4
    found: dict[int, torch.Tensor] = {}

    def run(index, model):
        with torch.inference_mode():
            found[index] = tiny.sample(model)

    threads = [threading.Thread(target=run, args=each) for each in enumerate((steered, copy))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [torch.equal(found[index], expected[index]) for index in range(2)] == [True, True]
    assert is_clean(tiny.transformer) and is_clean(copy.model.diffusion_model)


def test_the_host_s_own_multi_gpu_path_steers_every_copy(tiny):
    """Runs both conditions on two copies in the host's threads. The CPU replaces both GPUs."""
    import comfy.model_management

    steered = tiny.apply()
    expected = tiny.sample(steered)
    copy = copy_for_another_gpu(steered, torch.device("cpu", 0))
    copy.is_multigpu_base_clone = True
    steered.set_additional_models("multigpu", [copy])
    seen = []
    hooks = [
        model.model.diffusion_model.blocks[0].register_forward_hook(lambda module, *_: seen.append(id(module)))
        for model in (steered, copy)
    ]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(comfy.model_management, "set_torch_device", lambda device: None)
        together = tiny.sample(steered)
    for hook in hooks:
        hook.remove()
    assert relative_error(together, expected) < 1e-4
    assert len(set(seen)) == 2
    assert is_clean(tiny.transformer) and is_clean(copy.model.diffusion_model)


@pytest.mark.parametrize(("frames", "height", "width"), [(-1, 0, 0), (0, 2, 0), (0, 0, -2)])
def test_a_motion_of_another_length_or_size_is_an_error_with_both_numbers(tiny, frames, height, width):
    shape = list(tiny.noise.shape)
    wanted = f"{4 * (shape[2] - 1) + 1} frames of {8 * shape[4]}x{8 * shape[3]}"
    shape = [*shape[:2], shape[2] + frames, shape[3] + height, shape[4] + width]
    found = f"{4 * (shape[2] - 1) + 1} frames of {8 * shape[4]}x{8 * shape[3]}"
    steps = []
    with pytest.raises(ValueError, match=f"{wanted}.*{found}"):
        tiny.sample(tiny.apply(), noise=torch.zeros(shape), callback=lambda step, *_: steps.append(step))
    assert not steps


def test_an_adapter_of_another_shape_is_an_error_with_both_shapes(tiny):
    import dataclasses

    newer = tiny.pack.part("tora_core.cogvideox.latents").COGVIDEOX_1_5
    for change, both in (
        ({"layers": 42, "width": 3072}, r"42 fusers of width 3072, the MODEL has \d+ blocks of width"),
        ({"grid": newer}, "CogVideoX 1.5.*the MODEL is CogVideoX 1.0"),
    ):
        tora = dataclasses.replace(tiny.tora, spec=dataclasses.replace(tiny.tora.spec, **change))
        with pytest.raises(ValueError, match=both):
            tiny.apply(motion=dataclasses.replace(tiny.motion, model=tora))


def test_a_window_that_never_opens_gives_a_notice(tiny, caplog):
    tiny.apply(start=0.8, end=0.2)
    assert "the motion never acts" in caplog.text


def test_an_image_adapter_on_a_text_model_warns(tiny, caplog):
    import dataclasses

    tora = dataclasses.replace(tiny.tora, spec=dataclasses.replace(tiny.tora.spec, task="i2v"))
    tiny.apply(motion=dataclasses.replace(tiny.motion, model=tora))
    assert "i2v adapter and the MODEL is t2v" in caplog.text


def test_another_kind_of_model_is_an_error(tiny):
    import comfy.model_patcher

    other = comfy.model_patcher.ModelPatcher(torch.nn.Linear(1, 1), torch.device("cpu"), torch.device("cpu"))
    with pytest.raises(ValueError, match="expected a CogVideoX MODEL, got Linear"):
        tiny.apply(other)


def test_a_2b_model_is_an_error_with_its_name(tiny, monkeypatch):
    """Only depth and width are read, so the test changes them on a tiny model."""
    transformer = tiny.transformer
    monkeypatch.setattr(transformer, "dim", 1920)
    monkeypatch.setitem(vars(transformer), "blocks", [None] * 30)
    with pytest.raises(ValueError, match="CogVideoX-2B"):
        tiny.apply()
