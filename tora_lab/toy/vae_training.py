"""Trains the toy's VAE, on the world's clips and on flow videos."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn

from tora_core.cogvideox.latents import COGVIDEOX_1_0
from tora_core.flow.flow_color import flow_video
from tora_core.flow.flow_map import flow_boxes
from tora_core.motion.motion_vae import to_vae_input
from tora_core.toy.vae import ToyVAE

from .world import exact_flow, random_scene, render

LossCallback = Callable[[int, float], object]

_LEARNING_RATE, _DECODER_LEARNING_RATE = 2e-3, 1e-3
_WARM_UP = 0.05
_BATCH = 8
_KL_WEIGHT = 1e-4
_MOST_NOISE = 0.3
"""That the decoder learns to see through, in standard deviations of a latent."""


def vae_clips(first_seed: int, count: int) -> Tensor:
    """What the VAE must know, ``[N, T, H, W, 3]`` uint8: of eight six show the world, one dense and one sparse flow."""
    clips = []
    for seed in range(first_seed, first_seed + count):
        scene = random_scene(seed)
        kind = seed % 8
        if kind < 6:
            clips.append(render(scene))
        else:
            clips.append(flow_video(exact_flow(scene) if kind == 6 else flow_boxes(scene.trajectories)))
    return torch.stack(clips)


def train_vae(clips: Tensor, steps: int, seed: int, progress: LossCallback | None = None) -> ToyVAE:
    """Trains a new VAE by squared error and a little KL.

    Args:
        clips: ``[N, T, H, W, 3]`` uint8.
        steps: of 8 clips each.
        seed: of weights, order and noise.
        progress: called with the step and the loss.
    """

    def loss_of(drawn: Tensor) -> Tensor:
        batch = to_vae_input(clips[drawn])
        with torch.autocast("cpu", dtype=torch.bfloat16):
            mean, log_variance = vae.encoder(batch)[0].float().chunk(2, dim=1)
            log_variance = log_variance.clamp(-20, 5)
            restored = vae.decoder(mean + torch.randn_like(mean) * (log_variance / 2).exp()).float()
        kl = 0.5 * (mean.square() + log_variance.exp() - 1 - log_variance).mean()
        return (restored - batch).square().mean() + _KL_WEIGHT * kl

    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        vae = ToyVAE()
        _fit(vae, loss_of, len(clips), steps, _LEARNING_RATE, progress)
    return vae.eval().requires_grad_(False)


def train_decoder(vae: ToyVAE, clips: Tensor, steps: int, seed: int, progress: LossCallback | None = None) -> None:
    """Goes on with the decoder of a standardised VAE, on latents with noise: those of a small model are not exact.

    Args:
        vae: its encoder stays as it is, and so do the latents.
        clips: ``[N, T, H, W, 3]`` uint8.
        steps: of 8 clips each.
        seed: of order and noise.
        progress: called with the step and the loss.
    """
    with torch.no_grad():
        parts = clips.split(_BATCH)
        latents = torch.cat([vae.encoder(to_vae_input(part))[0][:, : COGVIDEOX_1_0.channels] for part in parts])

    def loss_of(drawn: Tensor) -> Tensor:
        latent = latents[drawn]  # [B, 16, T', h, w]
        spread = torch.rand(len(latent), 1, 1, 1, 1) * _MOST_NOISE / COGVIDEOX_1_0.scale
        with torch.autocast("cpu", dtype=torch.bfloat16):
            restored = vae.decoder(latent + spread * torch.randn_like(latent)).float()
        return (restored - to_vae_input(clips[drawn])).square().mean()

    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        _fit(vae.decoder.requires_grad_(True), loss_of, len(clips), steps, _DECODER_LEARNING_RATE, progress)
    vae.eval().requires_grad_(False)


def _fit(
    module: nn.Module,
    loss_of: Callable[[Tensor], Tensor],
    clips: int,
    steps: int,
    learning_rate: float,
    progress: LossCallback | None,
) -> None:
    """Steps of AdamW on the loss of clips drawn by number."""
    optimizer = torch.optim.AdamW(module.parameters(), learning_rate, betas=(0.9, 0.99), weight_decay=1e-4)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, learning_rate, steps, pct_start=_WARM_UP)
    for step in range(steps):
        loss = loss_of(torch.randint(clips, (_BATCH,)))
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(module.parameters(), 1.0)
        optimizer.step()
        schedule.step()
        if progress is not None:
            progress(step, loss.item())


@torch.no_grad()
def standardise(vae: ToyVAE, clips: Tensor) -> None:
    """Scales the latents so that, times CogVideoX-5B's factor, each channel's standard deviation over clips is 1.

    The scale moves into the weights on both sides of the latent, so the VAE decodes what it did.
    """
    means = (
        vae.encoder(to_vae_input(clips))[0][:, : COGVIDEOX_1_0.channels].transpose(0, 1).flatten(1)
    )  # [16, N*T'*h*w]
    scale = 1 / (COGVIDEOX_1_0.scale * means.std(dim=1))
    out, into = vae.encoder.conv_out, vae.decoder.conv_in
    bias = out.bias
    assert bias is not None
    out.weight[: COGVIDEOX_1_0.channels] *= scale.view(-1, 1, 1, 1)
    bias[: COGVIDEOX_1_0.channels] *= scale
    bias[COGVIDEOX_1_0.channels :] += 2 * scale.log()  # the other half is log variances
    into.weight /= scale.repeat(3).view(1, -1, 1, 1)


@torch.no_grad()
def psnr_db(vae: ToyVAE, clips: Tensor) -> float:
    """How well the VAE restores clips ``[N, T, H, W, 3]`` uint8, from the posterior's mean, in decibels."""
    video = to_vae_input(clips)
    restored = vae.decoder(vae.encoder(video)[0][:, : COGVIDEOX_1_0.channels])
    return float(10 * torch.log10(4 / (restored - video).square().mean()))
