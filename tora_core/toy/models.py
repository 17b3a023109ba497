"""The toy's files and its VAE. ``tora_lab.toy.recipe`` trains them."""

from __future__ import annotations

from pathlib import Path

from ..video import Size
from .vae import ToyVAE

VIDEO = Size(96, 64)
FRAMES = 9
"""The only video size that the toy was trained on."""

WEIGHTS = Path(__file__).parent / "weights"
TRANSFORMER_FILE = WEIGHTS / "toy_transformer.safetensors"
"""Base and adapter in one file, a layout that Tora Load CogVideoX reads."""
VAE_FILE = WEIGHTS / "toy_vae.safetensors"


def load_toy_vae() -> ToyVAE:
    """Loads the shipped VAE, in float32 on the CPU."""
    from safetensors.torch import load_file

    vae = ToyVAE()
    vae.load_state_dict({key: tensor.float() for key, tensor in load_file(VAE_FILE).items()})
    return vae.eval().requires_grad_(False)
