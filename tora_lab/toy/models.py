"""Creates the toy's transformer, loads the shipped toy, and saves trained weights."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from tora_core.cogvideox.latents import COGVIDEOX_1_0
from tora_core.cogvideox.spec import HEAD_DIM
from tora_core.toy.models import TRANSFORMER_FILE, VAE_FILE, load_toy_vae
from tora_core.toy.text import TEXT_CHANNELS

from ..media.files import write_safetensors
from ..pipeline import ToraPipeline

LAYERS, HEADS, TIME_CHANNELS = 4, 3, 64
JOINT_LAYERS = 6
"""Blocks of the shipped toy: ``LAYERS`` are trained first, and more are added before the joint training."""
MOTION_CHANNELS = 32


def new_transformer(seed: int) -> Any:
    """Creates diffusers' CogVideoX of width 192 with random weights and open gates.

    By default, diffusers initialises the gates of the adaptive norms at random, about a fifth open. Then each block has
    almost no effect at the start. Open gates allow a higher learning rate, and reach the loss of 600 steps in 350.
    """
    from diffusers import CogVideoXTransformer3DModel

    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        transformer: Any = CogVideoXTransformer3DModel(
            num_attention_heads=HEADS,
            attention_head_dim=HEAD_DIM,
            in_channels=COGVIDEOX_1_0.channels,
            num_layers=LAYERS,
            time_embed_dim=TIME_CHANNELS,
            text_embed_dim=TEXT_CHANNELS,
            use_rotary_positional_embeddings=True,
        )
    with torch.no_grad():
        for block in transformer.transformer_blocks:
            for linear in (block.norm1.linear, block.norm2.linear):
                linear.weight.zero_()
                parts = linear.bias.zero_().view(6, -1)  # shift, scale and gate of the image, then of the text
                parts[2], parts[5] = 1, 1
    return transformer


def load_toy() -> ToraPipeline:
    """Loads the shipped toy as a pipeline in float32 on the CPU."""
    return ToraPipeline.from_checkpoint(TRANSFORMER_FILE, load_toy_vae())


def save_toy(
    transformer: Mapping[str, Tensor],
    adapter: Mapping[str, Tensor],
    vae: Mapping[str, Tensor],
    facts: Mapping[str, str],
) -> None:
    """Writes trained weights in half precision to the shipped files, with ``facts`` as metadata."""
    for path, tensors in ((TRANSFORMER_FILE, {**transformer, **adapter}), (VAE_FILE, vae)):
        halves = {key: tensor.half() if tensor.is_floating_point() else tensor for key, tensor in tensors.items()}
        write_safetensors(path, halves, {"format": "pt", **facts})
