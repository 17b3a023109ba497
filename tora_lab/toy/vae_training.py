"""Trains the toy's VAE on rendered clips and on flow videos."""

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
"""Largest noise that the decoder learns to remove, in standard deviations of a latent."""


def vae_clips(first_seed: int, count: int) -> Tensor:
    """Renders training clips ``[N, T, H, W, 3]`` uint8: of 8 clips, 6 are scenes, 1 is dense flow, 1 is sparse flow."""
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
    """Trains a new VAE on squared error with a small KL term.

    Args:
        clips: ``[N, T, H, W, 3]`` uint8.
        steps: training steps of 8 clips each.
        seed: seed of weights, order and noise.
        progress: called with the step and the loss.
    """

    def compute_loss(indices: Tensor) -> Tensor:
        batch = to_vae_input(clips[indices])
        with torch.autocast("cpu", dtype=torch.bfloat16):
            mean, log_variance = vae.encoder(batch)[0].float().chunk(2, dim=1)
            log_variance = log_variance.clamp(-20, 5)
            restored = vae.decoder(mean + torch.randn_like(mean) * (log_variance / 2).exp()).float()
        kl = 0.5 * (mean.square() + log_variance.exp() - 1 - log_variance).mean()
        return (restored - batch).square().mean() + _KL_WEIGHT * kl

    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        vae = ToyVAE()
        _fit(vae, compute_loss, len(clips), steps, _LEARNING_RATE, progress)
    return vae.eval().requires_grad_(False)


def train_decoder(vae: ToyVAE, clips: Tensor, steps: int, seed: int, progress: LossCallback | None = None) -> None:
    """Continues to train the decoder of a standardised VAE, on latents with noise.

    The latents that a small model samples are not exact, so the decoder must tolerate noise.

    Args:
        vae: the VAE. Its encoder does not change, so the latents stay the same.
        clips: ``[N, T, H, W, 3]`` uint8.
        steps: training steps of 8 clips each.
        seed: seed of order and noise.
        progress: called with the step and the loss.
    """
    with torch.no_grad():
        parts = clips.split(_BATCH)
        latents = torch.cat([vae.encoder(to_vae_input(part))[0][:, : COGVIDEOX_1_0.channels] for part in parts])

    def compute_loss(indices: Tensor) -> Tensor:
        latent = latents[indices]  # [B, 16, T', h, w]
        spread = torch.rand(len(latent), 1, 1, 1, 1) * _MOST_NOISE / COGVIDEOX_1_0.scale
        with torch.autocast("cpu", dtype=torch.bfloat16):
            restored = vae.decoder(latent + spread * torch.randn_like(latent)).float()
        return (restored - to_vae_input(clips[indices])).square().mean()

    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        _fit(vae.decoder.requires_grad_(True), compute_loss, len(clips), steps, _DECODER_LEARNING_RATE, progress)
    vae.eval().requires_grad_(False)


def _fit(
    module: nn.Module,
    compute_loss: Callable[[Tensor], Tensor],
    clips: int,
    steps: int,
    learning_rate: float,
    progress: LossCallback | None,
) -> None:
    """Runs AdamW. ``compute_loss`` gets the indices of a random batch of clips."""
    optimizer = torch.optim.AdamW(module.parameters(), learning_rate, betas=(0.9, 0.99), weight_decay=1e-4)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, learning_rate, steps, pct_start=_WARM_UP)
    for step in range(steps):
        loss = compute_loss(torch.randint(clips, (_BATCH,)))
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(module.parameters(), 1.0)
        optimizer.step()
        schedule.step()
        if progress is not None:
            progress(step, loss.item())


@torch.no_grad()
def standardise(vae: ToyVAE, clips: Tensor) -> None:
    """Scales each latent channel so that its standard deviation over clips is 1 after CogVideoX-5B's scale factor.

    The weights before and after the latent absorb the scale, so the decoded video stays the same.
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
    bias[COGVIDEOX_1_0.channels :] += 2 * scale.log()  # the other half are log variances
    into.weight /= scale.repeat(3).view(1, -1, 1, 1)


@torch.no_grad()
def psnr_db(vae: ToyVAE, clips: Tensor) -> float:
    """Computes the PSNR in dB of clips ``[N, T, H, W, 3]`` uint8 decoded from the posterior's mean."""
    video = to_vae_input(clips)
    restored = vae.decoder(vae.encoder(video)[0][:, : COGVIDEOX_1_0.channels])
    return float(10 * torch.log10(4 / (restored - video).square().mean()))
