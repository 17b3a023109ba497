"""ToraPipeline, with diffusers' transformer and scheduler, equals the reference."""

from __future__ import annotations

import golden_data
import pytest
import torch
from golden_data import relative_error

from tora_core.motion.footprint import TIERS
from tora_core.steering.injection import Window
from tora_lab.pipeline import ToraPipeline

CASES = pytest.mark.parametrize(("tiny", "case"), golden_data.cases(), ids=lambda value: getattr(value, "stem", value))
SAMPLING = pytest.mark.parametrize("file", golden_data.SAMPLING, ids=golden_data.name_of)


@pytest.mark.parametrize("tier", TIERS)
@CASES
def test_the_whole_forward_equals_the_reference_with_and_without_motion(tiny, case, tier):
    io, pipeline = golden_data.load_case(tiny, case), ToraPipeline.from_checkpoint(tiny)
    args = io.video("x"), io["context"], io["timestep"]
    steering = pipeline.steering(io.video("flow_latent"), tier=tier)
    assert io.error("out_with_motion", pipeline.predict(*args, [steering]).transpose(1, 2)) < 1e-5
    assert io.error("out_without_motion", pipeline.predict(*args).transpose(1, 2)) < 1e-5


@pytest.mark.parametrize("tier", TIERS)
@SAMPLING
def test_eight_ddim_steps_equal_the_reference_for_every_guidance(file, tier):
    checkpoint, golden = golden_data.load_sampling(file)
    pipeline = ToraPipeline.from_checkpoint(checkpoint)
    motion = [pipeline.steering(golden["flow_latent"].transpose(1, 2), tier=tier)]
    runs = {
        "cfg6": {"steerings": motion},
        "cfg6_no_motion": {},
        "cfg1": {"steerings": motion, "guidance": 1.0},
        "dynamic6": {"steerings": motion, "schedule": "reference"},
    }
    noise = golden["noise"].transpose(1, 2)
    for name, options in runs.items():
        latents = pipeline.sample(noise, golden["positive"], golden["negative"], steps=8, **options)
        assert relative_error(latents.transpose(1, 2), golden[f"latents.{name}"]) < 1e-4, name


@SAMPLING
def test_strength_zero_and_an_empty_window_equal_the_base_bit_for_bit(file):
    checkpoint, golden = golden_data.load_sampling(file)
    pipeline = ToraPipeline.from_checkpoint(checkpoint)
    latent = golden["flow_latent"].transpose(1, 2)

    def run(*steerings):
        return pipeline.sample(
            golden["noise"].transpose(1, 2), golden["positive"], golden["negative"], steerings, steps=2
        )

    base = run()
    assert torch.equal(run(pipeline.steering(latent, strength=0.0)), base)
    assert torch.equal(run(pipeline.steering(latent, window=Window(0.5, 0.5))), base)
    assert relative_error(run(pipeline.steering(latent)), base) > 1e-3


def test_encoding_motion_without_a_vae_is_an_error():
    checkpoint, _ = golden_data.load_sampling(golden_data.SAMPLING[0])
    with pytest.raises(ValueError, match="expected a VAE"):
        ToraPipeline.from_checkpoint(checkpoint).encode_video(torch.zeros(9, 32, 32, 3))
