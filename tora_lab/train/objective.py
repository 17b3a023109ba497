"""What training minimises: the error of the predicted velocity (reference ``sat`` ``VideoDiffusionLoss``)."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from tora_core.cogvideox.schedule import SCHEDULER


class VelocityObjective:
    """Noises latents and compares velocities.

    The reference compares clean latents, weighted by ``1 / (1 - alpha_cumprod)``. With ``x0 = a x_t - s v`` that is
    the plain squared error of v at every timestep, and has no 0/0 where the signal is gone.
    """

    def __init__(self) -> None:
        from diffusers import CogVideoXDDIMScheduler

        self._scheduler: Any = CogVideoXDDIMScheduler.from_config(SCHEDULER)

    def add_noise(self, latent: Tensor, noise: Tensor, timestep: Tensor) -> Tensor:
        """``[B, 16, T', h, w]`` at timesteps ``[B]``."""
        return self._scheduler.add_noise(latent, noise, timestep)

    def loss(self, velocity: Tensor, latent: Tensor, noise: Tensor, timestep: Tensor) -> Tensor:
        """Mean over all."""
        target = self._scheduler.get_velocity(latent, noise, timestep)
        return torch.nn.functional.mse_loss(velocity.float(), target.float())
