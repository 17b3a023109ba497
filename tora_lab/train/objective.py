"""Training loss: squared error of the predicted velocity (reference ``sat`` ``VideoDiffusionLoss``)."""

from __future__ import annotations

from typing import Any

from torch import Tensor

from tora_core.cogvideox.schedule import SCHEDULER


class VelocityObjective:
    """Adds noise to latents and computes the loss of predicted velocities.

    The reference compares clean latents, weighted by ``1 / (1 - alpha_cumprod)``. Because ``x0 = a x_t - s v``, this
    equals the plain squared error of v at every timestep. The form in v also avoids 0/0 at the last timestep.
    """

    def __init__(self) -> None:
        from diffusers import CogVideoXDDIMScheduler

        self._scheduler: Any = CogVideoXDDIMScheduler.from_config(SCHEDULER)

    def add_noise(self, latent: Tensor, noise: Tensor, timestep: Tensor) -> Tensor:
        """Adds noise to latents ``[B, 16, T', h, w]`` at timesteps ``[B]``."""
        return self._scheduler.add_noise(latent, noise, timestep)

    def compute_loss(
        self, velocity: Tensor, latent: Tensor, noise: Tensor, timestep: Tensor, weight: Tensor | None = None
    ) -> Tensor:
        """Computes the mean squared error over the batch. ``weight`` ``[B, 1, T', h, w]`` weights places."""
        target = self._scheduler.get_velocity(latent, noise, timestep)
        error = (velocity.float() - target.float()).square()
        return (error if weight is None else error * weight).mean()
