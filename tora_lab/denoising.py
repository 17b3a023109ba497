"""Sampling loop of the reference, with diffusers' scheduler and VAE: noise -> latents -> video."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from tora_core.cogvideox.schedule import SCHEDULER
from tora_core.steering.guidance import Schedule, guidance_schedule


def denoise(
    predict: Callable[[Tensor, Tensor, Tensor], Tensor],
    noise: Tensor,
    positive: Tensor,
    negative: Tensor,
    steps: int,
    guidance: float,
    schedule: Schedule = "constant",
    image_latent: Tensor | None = None,
) -> Tensor:
    """Samples with DDIM, trailing timesteps and classifier-free guidance.

    Args:
        predict: (latent, context, timestep) -> velocity of both branches. The unconditional branch comes first.
        noise: ``[B, 16, T', H/8, W/8]``, unit variance.
        positive: text features ``[B, N, D]``.
        negative: text features ``[B, N, D]`` of the unconditional branch.
        steps: number of DDIM steps.
        guidance: guidance scale.
        schedule: how the guidance scale changes over the steps.
        image_latent: condition of an image-to-video base, in the shape of ``noise``.

    Returns:
        Scaled latents in the shape of ``noise``.
    """
    from diffusers import CogVideoXDDIMScheduler

    scheduler = CogVideoXDDIMScheduler.from_config(SCHEDULER)
    scheduler.set_timesteps(steps, device=noise.device)
    scale_at = guidance_schedule(schedule, guidance, steps)
    latents = noise * scheduler.init_noise_sigma
    context = torch.cat([negative, positive])
    for step, timestep in enumerate(scheduler.timesteps):
        model_input = latents if image_latent is None else torch.cat([latents, image_latent], dim=1)
        model_input = model_input.repeat(2, 1, 1, 1, 1)
        unconditional, conditional = predict(model_input, context, timestep.expand(len(model_input))).chunk(2)
        scale = scale_at(step, float(timestep))
        guided = unconditional + scale * (conditional - unconditional)
        latents = scheduler.step(guided, timestep, latents, return_dict=False)[0]
    return latents


@torch.no_grad()
def decode_latents(vae: Any, latents: Tensor, scale: float) -> Tensor:
    """Decodes scaled latents to a video, on the VAE's device and in its dtype.

    Args:
        vae: diffusers' ``AutoencoderKLCogVideoX``.
        latents: ``[1, 16, T', H/8, W/8]``, in any dtype.
        scale: the factor that the latents were multiplied by (``LatentGrid.scale``).

    Returns:
        ``[T, H, W, 3]`` float32 in 0..1.
    """
    weight = next(vae.parameters())
    video = vae.decode((latents / scale).to(weight)).sample[0].float()  # [C, T, H, W]
    return (video.permute(1, 2, 3, 0) / 2 + 0.5).clamp(0, 1)
