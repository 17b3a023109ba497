"""The toy's models: a CogVideoX of four blocks, its Tora adapter and its VAE, trained by ``recipe``, shipped here."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from ..model.cogvideox import HEAD_DIM
from ..motion.adapter import ToraSpec
from ..pipeline import ToraPipeline
from .text import TEXT_CHANNELS
from .vae import ToyVAE

LAYERS, HEADS, TIME_CHANNELS = 4, 3, 64
MOTION_CHANNELS = 32

WEIGHTS = Path(__file__).parent / "weights"
TRANSFORMER_FILE = WEIGHTS / "toy_transformer.safetensors"
"""Base and adapter in one, a layout that Tora Load CogVideoX reads."""
VAE_FILE = WEIGHTS / "toy_vae.safetensors"


def new_transformer(seed: int) -> Any:
    """diffusers' CogVideoX of width 192 with random weights, its gates open.

    diffusers leaves the gates of the adaptive norms at random, about a fifth open: each block then starts as next to
    nothing. With open gates, and the learning rate that they bear, the loss of 600 steps is reached in 350.
    """
    from diffusers import CogVideoXTransformer3DModel

    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        transformer: Any = CogVideoXTransformer3DModel(
            num_attention_heads=HEADS,
            attention_head_dim=HEAD_DIM,
            in_channels=ToraSpec.latent_channels,
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
    """The shipped toy, in float32 on the CPU."""
    return ToraPipeline.from_checkpoint(TRANSFORMER_FILE, load_vae())


def load_vae() -> ToyVAE:
    """The shipped VAE, in float32 on the CPU."""
    from safetensors.torch import load_file

    vae = ToyVAE()
    vae.load_state_dict({key: tensor.float() for key, tensor in load_file(VAE_FILE).items()})
    return vae.eval().requires_grad_(False)


def save_toy(
    transformer: Mapping[str, Tensor],
    adapter: Mapping[str, Tensor],
    vae: Mapping[str, Tensor],
    facts: Mapping[str, str],
) -> None:
    """Packs trained weights in half precision, with what is to be known of them."""
    from ..train.files import write_safetensors

    for path, tensors in ((TRANSFORMER_FILE, {**transformer, **adapter}), (VAE_FILE, vae)):
        halves = {key: tensor.half() if tensor.is_floating_point() else tensor for key, tensor in tensors.items()}
        write_safetensors(path, halves, {"format": "pt", **facts})
