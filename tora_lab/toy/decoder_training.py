"""Trains the decoder of the toy's VAE, on crops around the sprites, with latents that are not exact."""

from __future__ import annotations

import math
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from tora_core.cogvideox.latents import COGVIDEOX_1_0
from tora_core.motion.motion_vae import to_vae_input
from tora_core.toy.vae import Decoder, ToyVAE

from ..media.files import write_whole
from .vae_training import LossCallback, encode_means
from .world import Scene, random_scene, render

CELLS = 6
"""Side of a crop, in cells of the latent."""
_BATCH = 8
_LEARNING_RATE, _WARM_UP = 2e-3, 200
_MOST_NOISE = 0.3
"""Largest noise that the decoder learns to remove, in standard deviations of a latent."""
_ON_SPRITES = 0.9
"""Share of the crops that hold a sprite. The others lie anywhere."""
_EDGE_WEIGHT, _SQUARE_WEIGHT = 0.5, 2.0
_SAVE_EVERY = 250


class Clips(NamedTuple):
    """Scenes, their videos ``[N, T, H, W, 3]`` uint8 and their exact latents ``[N, 16, T', h, w]``."""

    scenes: list[Scene]
    videos: Tensor
    latents: Tensor


@torch.no_grad()
def encode_scenes(vae: ToyVAE, seeds: list[int]) -> Clips:
    """Renders scenes and encodes them."""
    scenes = [random_scene(seed) for seed in seeds]
    videos = torch.stack([render(scene) for scene in scenes])
    latents = [encode_means(vae.encoder, to_vae_input(part)) for part in videos.split(64)]
    return Clips(scenes, videos, torch.cat(latents))


def train_decoder(clips: Clips, steps: int, seed: int, state: Path, progress: LossCallback | None = None) -> Decoder:
    """Trains a new decoder. An interrupted training continues from ``state`` with the same result.

    Args:
        clips: what to train on.
        steps: training steps of 8 crops each.
        seed: seed of weights, crops and noise.
        state: file for the state of the training.
        progress: called with the step and the loss.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        decoder = Decoder()
    optimizer = torch.optim.AdamW(decoder.parameters(), _LEARNING_RATE, betas=(0.9, 0.99), weight_decay=1e-4)
    begin = 0
    if state.is_file():
        saved = torch.load(state, weights_only=True)
        decoder.load_state_dict(saved["decoder"])
        optimizer.load_state_dict(saved["optimizer"])
        begin = saved["step"]
    spread = float(clips.latents.std()) * _MOST_NOISE
    for step in range(begin, steps):
        for group in optimizer.param_groups:
            group["lr"] = _LEARNING_RATE * min(1, (step + 1) / _WARM_UP) * (1 + math.cos(math.pi * step / steps)) / 2
        loss = _compute_loss(decoder, *draw_crops(clips, np.random.default_rng((seed, step)), spread))
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(decoder.parameters(), 1.0)
        optimizer.step()
        if progress is not None:
            progress(step, loss.item())
        if (step + 1) % _SAVE_EVERY == 0:
            saved = {"decoder": decoder.state_dict(), "optimizer": optimizer.state_dict(), "step": step + 1}
            write_whole(state, partial(torch.save, saved))
    return decoder.eval().requires_grad_(False)


def draw_crops(clips: Clips, random: np.random.Generator, spread: float) -> tuple[Tensor, Tensor]:
    """Draws crops with noisy latents ``[B, 16, T', 6, 6]`` and their videos ``[B, 3, T, 48, 48]`` in -1..1.

    Args:
        clips: what to draw from.
        random: generator of the draw.
        spread: largest standard deviation of the noise.
    """
    cell = COGVIDEOX_1_0.spatial
    rows, columns = clips.latents.shape[-2:]
    latents, videos = [], []
    for number in random.integers(len(clips.scenes), size=_BATCH):
        sprites = clips.scenes[number].sprites
        path_px = sprites[random.integers(len(sprites))].path_px
        x, y = path_px[random.integers(len(path_px))] // cell
        if random.random() > _ON_SPRITES:
            x, y = random.integers(columns), random.integers(rows)
        left = int(np.clip(x - random.integers(1, CELLS - 1), 0, columns - CELLS))
        top = int(np.clip(y - random.integers(1, CELLS - 1), 0, rows - CELLS))
        latents.append(clips.latents[number, :, :, top : top + CELLS, left : left + CELLS])
        top, left, side = cell * top, cell * left, cell * CELLS
        videos.append(clips.videos[number, :, top : top + side, left : left + side])
    latent = torch.stack(latents)
    noise = torch.from_numpy(random.standard_normal(latent.shape, dtype=np.float32))
    strength = torch.from_numpy(random.random((_BATCH, 1, 1, 1, 1), dtype=np.float32)) * spread
    return latent + strength * noise, to_vae_input(torch.stack(videos))


def _compute_loss(decoder: Decoder, latent: Tensor, video: Tensor) -> Tensor:
    """Absolute error of colours and of edges, plus squared error."""
    with torch.autocast("cpu", dtype=torch.bfloat16):
        decoded = decoder(latent).float()
    error = decoded - video
    edges = error.diff(dim=-1).abs().mean() + error.diff(dim=-2).abs().mean()
    return error.abs().mean() + _EDGE_WEIGHT * edges + _SQUARE_WEIGHT * error.square().mean()
