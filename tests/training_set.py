"""Tiny training set: clips of the toy world, a CogVideoX with two blocks and random weights, and configs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch

from tora_core.toy.models import FRAMES, VIDEO
from tora_core.toy.text import text_features
from tora_core.toy.vae import ToyVAE
from tora_lab.data.cache import ClipEncoder, build_cache
from tora_lab.data.clips import LabelledClip
from tora_lab.media.files import write_safetensors
from tora_lab.toy.world import exact_flow, random_scene, render
from tora_lab.train.config import TrainingConfig, parse_config

DATA = {"frames": FRAMES, "width": VIDEO.width, "height": VIDEO.height, "flow_stride": 1, "motion_draws": 1}
"""Data settings of the toy world."""


def toy_clip(seed: int) -> LabelledClip:
    """Renders a random clip of the toy world."""
    scene = random_scene(seed)
    return LabelledClip(f"{seed:04d}", render(scene), scene.prompt, exact_flow(scene), scene.trajectories)


def tiny_transformer(seed: int = 0, in_channels: int = 16) -> Any:
    """Creates a CogVideoX with two blocks and random weights."""
    from diffusers import CogVideoXTransformer3DModel

    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return CogVideoXTransformer3DModel(
            num_attention_heads=1,
            attention_head_dim=64,
            num_layers=2,
            in_channels=in_channels,
            time_embed_dim=32,
            text_embed_dim=32,
            use_rotary_positional_embeddings=True,
        )


def tiny_vae() -> ToyVAE:
    """Creates a toy VAE with random weights."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        return ToyVAE().eval().requires_grad_(False)


def make_training_set(folder: Path, clips: int = 10) -> None:
    """Writes a base and encoded clips to a folder."""
    write_safetensors(folder / "base.safetensors", tiny_transformer().state_dict())
    encoder = ClipEncoder(tiny_vae(), text_features)
    build_cache(tiny_config(folder), [toy_clip(seed) for seed in range(clips)], encoder)


def tiny_config(folder: Path, **changed: Any) -> TrainingConfig:
    """Creates the config of a short run in a folder."""
    settings: dict[str, Any] = {
        "stage": "sparse",
        "output": folder / "out",
        "base": folder / "base.safetensors",
        "data": {"cache": folder / "clips", **DATA},
        "motion_channels": 32,
        "steps": 4,
        "batch_size": 2,
        "learning_rate": 1e-2,
        "gradient_clip": 1.0,
        "warmup": 2,
        "ema": 0.9,
        "precision": "no",
        "point_source": "centres",
        "workers": 0,
        "log_every": 1,
        "save_every": 2,
        "validation": {"every": 0},
    }
    return parse_config(settings | changed, "test")
