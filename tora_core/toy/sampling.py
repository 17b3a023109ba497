"""The toy with and without Tora, on the same noise."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

import torch
from torch import Tensor

from ..evaluation.trajectory_error import TrajectoryError
from ..motion.motion_vae import latent_shape
from ..paths.trajectories import Trajectories
from ..pipeline import ToraPipeline
from .text import text_features
from .tracker import toy_error

STEPS, GUIDANCE = 20, 2.0
"""Of sampling; the figures of README are taken with them."""


class Run(NamedTuple):
    """One sampled video ``[T, H, W, 3]`` uint8, its latent ``[1, 16, T', h, w]`` and how far it is from the paths."""

    video: Tensor
    latent: Tensor
    error: TrajectoryError


def sample_toy(
    pipeline: ToraPipeline, prompt: str, trajectories: Trajectories, seed: int, strength: float | None = 1.0
) -> Run:
    """Samples one clip, from paths to TrajError.

    Args:
        pipeline: the toy.
        prompt: of the toy's words.
        trajectories: one path a sprite.
        seed: of the noise.
        strength: of the motion; None leaves the adapter away.
    """
    shape = latent_shape(trajectories.frames, trajectories.canvas)
    noise = torch.randn(shape, generator=torch.Generator().manual_seed(seed))
    steerings = []
    if strength is not None:
        steerings = [replace(pipeline.steering(pipeline.encode_motion(trajectories)), strength=strength)]
    positive = text_features(prompt)[None]
    latent = pipeline.sample(noise, positive, torch.zeros_like(positive), steerings, STEPS, GUIDANCE)
    video = (pipeline.decode(latent) * 255).round().to(torch.uint8)
    return Run(video, latent, toy_error(video, trajectories, prompt))
