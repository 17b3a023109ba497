"""The toy's VAE: diffusers' CogVideoX VAE of small widths, trained on the world's clips and on flow videos."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from ..flow.flow_color import flow_video
from ..flow.flow_map import flow_boxes
from ..motion.adapter import ToraSpec
from .world import flow_of, random_scene, render

logger = logging.getLogger(__name__)

WIDTHS = (8, 16, 32, 64)
GROUPS = 8
_LEARNING_RATE = 2e-3
_WARMUP = 100
_BATCH = 4
_KL_WEIGHT = 1e-4
_FLIPS = ([], [2], [3], [4], [2, 3], [2, 4], [3, 4], [2, 3, 4])
"""Of time, rows and columns of ``[B, 3, T, H, W]``: as good as another clip."""


def new_vae() -> Any:
    """diffusers' class with random weights; the scale is the one of CogVideoX-5B."""
    from diffusers import AutoencoderKLCogVideoX

    return AutoencoderKLCogVideoX(
        down_block_types=("CogVideoXDownBlock3D",) * len(WIDTHS),
        up_block_types=("CogVideoXUpBlock3D",) * len(WIDTHS),
        block_out_channels=WIDTHS,
        layers_per_block=1,
        latent_channels=ToraSpec.latent_channels,
        norm_num_groups=GROUPS,
        scaling_factor=ToraSpec.latent_scale,
    )


def vae_clips(first_seed: int, count: int) -> Tensor:
    """What the VAE must know, ``[N, T, H, W, 3]`` uint8: of eight clips five of the world, one dense and two sparse flow."""
    clips = []
    for seed in range(first_seed, first_seed + count):
        scene = random_scene(seed)
        kind = seed % 8
        if kind < 5:
            clips.append(render(scene))
        else:
            clips.append(flow_video(flow_of(scene) if kind == 5 else flow_boxes(scene.trajectories)))
    return torch.stack(clips)


def train_vae(
    clips: Tensor, steps: int, seed: int, progress: Callable[[int, float], None] | None = None
) -> Any:
    """Trains a new VAE by squared error and a little KL, and scales its latents to a standard deviation of 1.

    Args:
        clips: ``[N, T, H, W, 3]`` uint8.
        steps: of 4 clips each.
        seed: of weights, order and noise.
        progress: called with the step and the loss.
    """
    torch.manual_seed(seed)
    vae = new_vae()
    optimizer = torch.optim.AdamW(vae.parameters(), _LEARNING_RATE, betas=(0.9, 0.99), weight_decay=1e-4)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, _LEARNING_RATE, steps, pct_start=_WARMUP / max(steps, 2 * _WARMUP), div_factor=20
    )
    for step in range(steps):
        batch = pixels(clips[torch.randint(len(clips), (_BATCH,))])
        batch = batch.flip(_FLIPS[step % len(_FLIPS)])
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=batch.device.type == "cpu"):
            posterior = vae.encode(batch).latent_dist
            restored = vae.decode(posterior.sample()).sample
        kl = 0.5 * (posterior.mean.float().square() + posterior.var.float() - 1 - posterior.logvar.float()).mean()
        loss = (restored.float() - batch).square().mean() + _KL_WEIGHT * kl
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(vae.parameters(), 1.0)
        optimizer.step()
        schedule.step()
        if progress is not None:
            progress(step, float(loss))
    return vae.eval().requires_grad_(False)


@torch.no_grad()
def standardise(vae: Any, clips: Tensor) -> None:
    """Scales the latents so that, times the VAE's factor, each channel's standard deviation over clips is 1.

    The scale moves into the weights on both sides of the latent, so the VAE decodes what it did.
    """
    means = torch.cat([vae.encode(pixels(clip[None])).latent_dist.mean for clip in clips])  # [N, 16, T', h, w]
    scale = 1 / (vae.config.scaling_factor * means.transpose(0, 1).flatten(1).std(dim=1))  # [16]
    channels = len(scale)
    encoded = vae.encoder.conv_out.conv
    encoded.weight[:channels] *= scale.view(-1, 1, 1, 1, 1)
    encoded.bias[:channels] *= scale
    encoded.bias[channels:] += 2 * scale.log()  # the other half is log variances
    for name, module in vae.decoder.named_modules():
        if name == "conv_in" or name.endswith(("conv_y", "conv_b")):  # all that reads the latent
            module.conv.weight /= scale.view(1, -1, 1, 1, 1)


@torch.no_grad()
def psnr_db(vae: Any, clips: Tensor) -> float:
    """How well the VAE restores clips ``[N, T, H, W, 3]`` uint8, from the posterior's mean, in decibels."""
    errors = [(vae.decode(vae.encode(pixels(c[None])).latent_dist.mean).sample - pixels(c[None])).square().mean() for c in clips]
    return float(10 * torch.log10(4 / torch.stack(errors).mean()))


def pixels(clips: Tensor) -> Tensor:
    """``[B, T, H, W, 3]`` uint8 -> ``[B, 3, T, H, W]`` in -1..1."""
    return (clips.float() / 127.5 - 1).permute(0, 4, 1, 2, 3)
