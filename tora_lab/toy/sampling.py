"""Samples a clip with the toy, with or without Tora."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

import torch
from torch import Tensor

from tora_core.cogvideox.latents import COGVIDEOX_1_0
from tora_core.evaluation.trajectory_error import TrajectoryError
from tora_core.paths.trajectories import Trajectories
from tora_core.toy.text import text_features

from ..pipeline import ToraPipeline
from .tracker import toy_error

STEPS, GUIDANCE = 20, 2.0
"""Sampling steps and guidance scale. The published figures of the toy use them."""


class ToySample(NamedTuple):
    """Sampled video ``[T, H, W, 3]`` uint8, its latent ``[1, 16, T', h, w]`` and its TrajError."""

    video: Tensor
    latent: Tensor
    error: TrajectoryError


def sample_toy(
    pipeline: ToraPipeline, prompt: str, trajectories: Trajectories, seed: int, strength: float | None = 1.0
) -> ToySample:
    """Samples one clip and measures its TrajError.

    Args:
        pipeline: the toy.
        prompt: sprites and ground, in the toy's words.
        trajectories: one path per sprite.
        seed: seed of the noise.
        strength: strength of the motion. None samples without the adapter.
    """
    shape = COGVIDEOX_1_0.latent_shape(trajectories.frames, trajectories.canvas)
    noise = torch.randn(shape, generator=torch.Generator().manual_seed(seed))
    steerings = []
    if strength is not None:
        steerings = [replace(pipeline.steering(pipeline.encode_motion(trajectories)), strength=strength)]
    positive = text_features(prompt)[None]
    latent = pipeline.sample(noise, positive, torch.zeros_like(positive), steerings, STEPS, GUIDANCE)
    video = (pipeline.decode(latent) * 255).round().to(torch.uint8)
    return ToySample(video, latent, toy_error(video, trajectories, prompt))
