"""Every new fusion leaves the base unchanged, and adaptive norm equals the adapter that nodes sample with."""

from __future__ import annotations

import pytest
import torch
from training_set import tiny_config, tiny_transformer

from tora_core.motion.adapter import ToraSpec
from tora_core.motion.tiers import KeptModulations
from tora_core.steering.injection import Steering
from tora_lab.pipeline import ToraPipeline
from tora_lab.train.fusion import (
    FUSION_CLASSES,
    NoFusion,
    calibrate_batch_norms,
    create_fusion,
    fuse_motion,
    load_or_create_fusion,
)
from tora_lab.transformer import predict_velocity

SPEC = ToraSpec(layers=2, width=64, motion_channels=32)
kinds = pytest.mark.parametrize("kind", list(FUSION_CLASSES))


def normal(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def make_nonzero(kind):
    """Creates a fusion whose zero-initialised weights have random values."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        fusion = create_fusion(kind, SPEC).eval()
        for parameter in fusion.parameters():
            if not parameter.any():
                torch.nn.init.normal_(parameter, std=0.1)
    return fusion


def predict_steered(transformer, fusion, latent, motion, context, timestep):
    with fuse_motion(fusion, fusion(motion), transformer):
        return predict_velocity(transformer, latent, context, timestep)


@pytest.fixture(scope="module")
def transformer():
    return tiny_transformer().eval().requires_grad_(False)


@pytest.fixture
def inputs():
    return normal(2, 16, 3, 8, 12), normal(2, 16, 3, 8, 12, seed=1), normal(2, 4, 32, seed=2), torch.tensor([900, 100])


@kinds
def test_a_new_fusion_changes_nothing(transformer, inputs, kind):
    latent, _, context, timestep = inputs
    base = predict_velocity(transformer, latent, context, timestep)
    torch.testing.assert_close(
        predict_steered(transformer, create_fusion(kind, SPEC).eval(), *inputs), base, atol=1e-6, rtol=0
    )
    assert torch.equal(predict_steered(transformer, NoFusion(2), *inputs), base)


@kinds
def test_each_clip_of_a_batch_is_steered_only_by_its_own_motion(transformer, inputs, kind):
    fusion = make_nonzero(kind)
    together = predict_steered(transformer, fusion, *inputs)
    alone = torch.cat([predict_steered(transformer, fusion, *(each[n : n + 1] for each in inputs)) for n in range(2)])
    torch.testing.assert_close(together, alone, atol=1e-5, rtol=1e-5)
    base = predict_velocity(transformer, inputs[0], *inputs[2:])
    assert (together - base).abs().amax((1, 2, 3, 4)).min() > 1e-3


@kinds
def test_both_guidance_branches_are_steered_alike(transformer, inputs, kind):
    latent, motion, context, timestep = inputs
    fusion = make_nonzero(kind)
    branches = latent.repeat(2, 1, 1, 1, 1), motion, context.repeat(2, 1, 1), timestep.repeat(2)
    first, second = predict_steered(transformer, fusion, *branches).chunk(2)
    torch.testing.assert_close(first, second, atol=1e-5, rtol=1e-5)
    torch.testing.assert_close(first, predict_steered(transformer, fusion, *inputs), atol=1e-5, rtol=1e-5)


@kinds
def test_every_weight_gets_a_gradient(transformer, inputs, kind):
    fusion = make_nonzero(kind)
    predict_steered(transformer, fusion, *inputs).square().mean().backward()
    without_gradient = [
        name for name, parameter in fusion.named_parameters() if parameter.grad is None or not parameter.grad.any()
    ]
    assert not without_gradient


def test_adaptive_norm_is_the_adapter_that_the_pipeline_samples_with(transformer, inputs):
    fusion = make_nonzero("adaptive_norm")
    trained = predict_steered(transformer, fusion, *inputs)
    latent, motion, context, timestep = inputs
    for clip in range(2):
        one = slice(clip, clip + 1)
        steering = ToraPipeline(transformer, fusion).steering(motion[one])
        sampled = ToraPipeline(transformer, fusion).predict(latent[one], context[one], timestep[one], [steering])
        torch.testing.assert_close(sampled, trained[one], atol=1e-5, rtol=1e-5)
    with torch.no_grad():
        together = ToraPipeline(transformer, fusion).predict(
            latent, context, timestep, [Steering(KeptModulations(fusion(motion)))]
        )
    torch.testing.assert_close(together, trained, atol=1e-5, rtol=1e-5)


def test_calibration_normalises_the_motions_in_every_layer():
    fusion = create_fusion("adaptive_norm", SPEC)
    motions = 3 + 2 * normal(8, 16, 3, 8, 12)
    calibrate_batch_norms(fusion, motions)
    normed = []
    for module in fusion.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            assert not module.training and module.momentum == 0.1
            module.register_forward_hook(lambda module, inputs, out: normed.append(out))
    with torch.no_grad():
        fusion(motions)
    assert len(normed) == 8
    for out in normed:
        assert float(out.mean((0, 2, 3)).abs().max()) < 0.02
        assert float((out.var((0, 2, 3)) - 1).abs().max()) < 0.02


def test_a_variant_loads_only_its_own_file(tmp_path):
    from tora_lab.train.checkpoints import save_weights

    fusion, config = make_nonzero("extra_channel"), tiny_config(tmp_path, fusion="extra_channel", adapter=tmp_path)
    with pytest.raises(ValueError, match="expected fusion extra_channel at .*, but the file is missing"):
        load_or_create_fusion(config, SPEC)
    save_weights(tmp_path, config, fusion.state_dict(), {})
    started = load_or_create_fusion(config, SPEC).state_dict()
    assert all(torch.equal(tensor, started[name]) for name, tensor in fusion.state_dict().items())
    with pytest.raises(ValueError, match="expected fusion extra_channel with 3 layers of width 64 and 32 motion"):
        load_or_create_fusion(config, ToraSpec(layers=3, width=64, motion_channels=32))
