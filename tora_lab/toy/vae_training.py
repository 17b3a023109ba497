"""Trains the encoder of the toy's VAE on rendered clips and on flow videos."""

from __future__ import annotations

from collections.abc import Callable

import torch
from einops import rearrange
from torch import Tensor, nn

from tora_core.cogvideox.latents import COGVIDEOX_1_0 as GRID
from tora_core.flow.flow_color import flow_video
from tora_core.flow.flow_map import flow_boxes
from tora_core.motion.motion_vae import to_vae_input
from tora_core.toy.vae import PATCH_VALUES, WIDTH, Encoder, Residual, ToyVAE, join_neighbours

from .world import exact_flow, random_scene, render

LossCallback = Callable[[int, float], object]

_LEARNING_RATE = 2e-3
_WARM_UP = 0.05
_BATCH = 8
_KL_WEIGHT = 1e-4
_DRAFT_BLOCKS = 3


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


class DraftDecoder(nn.Module):
    """Decodes at the resolution of the latent: soft, but fast to train. Only the encoder's training uses it."""

    def __init__(self) -> None:
        super().__init__()
        self.conv_in = nn.Conv2d(3 * GRID.channels, WIDTH, 3, padding=1)
        self.blocks = nn.Sequential(*[Residual(WIDTH) for _ in range(_DRAFT_BLOCKS)])
        self.conv_out = nn.Conv2d(WIDTH, PATCH_VALUES, 1)

    def forward(self, latent: Tensor) -> Tensor:
        """Decodes ``[B, 16, T', H/8, W/8]`` to ``[B, 3, T, H, W]``."""
        video = rearrange(
            self.conv_out(self.blocks(self.conv_in(join_neighbours(latent)))),
            "(b t) (c q p r) h w -> b c (t q) (h p) (w r)",
            b=len(latent),
            c=3,
            q=GRID.temporal,
            p=GRID.spatial,
        )
        return video[:, :, GRID.temporal - 1 :]


def train_encoder(clips: Tensor, steps: int, seed: int, progress: LossCallback | None = None) -> Encoder:
    """Trains a new encoder, with a draft decoder, on squared error with a small KL term.

    Args:
        clips: ``[N, T, H, W, 3]`` uint8.
        steps: training steps of 8 clips each.
        seed: seed of weights, order and noise.
        progress: called with the step and the loss.
    """

    def compute_loss(indices: Tensor) -> Tensor:
        batch = to_vae_input(clips[indices])
        with torch.autocast("cpu", dtype=torch.bfloat16):
            mean, log_variance = both["encoder"](batch)[0].float().chunk(2, dim=1)
            log_variance = log_variance.clamp(-20, 5)
            restored = both["decoder"](mean + torch.randn_like(mean) * (log_variance / 2).exp()).float()
        kl = 0.5 * (mean.square() + log_variance.exp() - 1 - log_variance).mean()
        return (restored - batch).square().mean() + _KL_WEIGHT * kl

    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        encoder = Encoder()
        both = nn.ModuleDict({"encoder": encoder, "decoder": DraftDecoder()})
        _fit(both, compute_loss, len(clips), steps, _LEARNING_RATE, progress)
    return encoder.eval().requires_grad_(False)


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


def encode_means(encoder: Encoder, video: Tensor) -> Tensor:
    """Encodes ``[B, 3, T, H, W]`` in -1..1 to the means of its latents, ``[B, 16, T', H/8, W/8]``."""
    return encoder(video)[0][:, : GRID.channels]


@torch.no_grad()
def standardise(encoder: Encoder, clips: Tensor) -> None:
    """Scales each latent channel so that its standard deviation over clips is 1 after CogVideoX-5B's scale factor."""
    means = encode_means(encoder, to_vae_input(clips)).transpose(0, 1).flatten(1)  # [16, N*T'*h*w]
    scale = 1 / (GRID.scale * means.std(dim=1))
    out = encoder.conv_out
    bias = out.bias
    assert bias is not None
    out.weight[: GRID.channels] *= scale.view(-1, 1, 1, 1)
    bias[: GRID.channels] *= scale
    bias[GRID.channels :] += 2 * scale.log()  # the other half are log variances


@torch.no_grad()
def restore(vae: ToyVAE, clip: Tensor) -> Tensor:
    """Encodes a clip ``[T, H, W, 3]`` uint8 to its posterior's mean, and decodes it."""
    video = vae.decoder(encode_means(vae.encoder, to_vae_input(clip[None])))[0].permute(1, 2, 3, 0)  # [T, H, W, 3]
    return ((video.clamp(-1, 1) + 1) * 127.5).round().to(torch.uint8)


@torch.no_grad()
def psnr_db(vae: ToyVAE, clips: Tensor) -> float:
    """Computes the PSNR in dB of clips ``[N, T, H, W, 3]`` uint8 decoded from the posterior's mean."""
    video = to_vae_input(clips)
    restored = vae.decoder(encode_means(vae.encoder, video))
    return float(10 * torch.log10(4 / (restored - video).square().mean()))
