"""The settings of a training run: a YAML file, typed and checked before anything is loaded."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

from pydantic import Field

from ..data.settings import ClipSettings
from ..settings import Positive, SettingsModel, Share, read_yaml, validate_settings

FusionKind = Literal["adaptive_norm", "extra_channel", "cross_attention"]


class Validation(SettingsModel):
    """The section ``validation``: clips that are sampled and measured while training."""

    every: int = Field(default=500, ge=0, description="Optimizer steps between two validations. 0 never validates.")
    clips: Positive = Field(
        default=8, description="Clips of the data set that are kept for validation and never trained on."
    )
    cache: Path | None = Field(default=None, description="Folder of a cache with clips only for validation.")
    batch: Positive = Field(default=1, description="Clips sampled at once.")
    steps: Positive = Field(default=50, description="DDIM steps.")
    guidance: float = Field(default=6.0, description="Guidance scale.")
    patience: Positive | None = Field(
        default=6,
        description="Training stops after this many validations without a better TrajError. null never stops.",
    )


class TrainingConfig(ClipSettings):
    """One stage of training. The defaults are the reference's for stage ``dense``; ``sparse`` uses lr 5e-5."""

    output: Path = Field(description="Folder for checkpoints, samples and logs. All machines must see it.")
    base: Path = Field(description="The CogVideoX transformer, in any layout that Tora Load CogVideoX reads.")
    vae: Path | None = Field(default=None, description="Folder of a diffusers AutoencoderKLCogVideoX.")
    text_encoder: Path | None = Field(
        default=None,
        description="Folder of a transformers T5 encoder with its tokenizer. Only needed to fill the cache.",
    )
    adapter: Path | None = Field(default=None, description="Adapter to start from. null starts a new one.")
    fusion: FusionKind = Field(
        default="adaptive_norm",
        description="How motion reaches the image tokens. The other two are the paper's ablation.",
    )
    motion_channels: Positive = Field(default=128, description="Channels of a motion patch of a new adapter.")
    steps: Positive = Field(default=15_000, description="Optimizer steps.")
    batch_size: Positive = Field(default=1, description="Clips per process and batch.")
    gradient_accumulation: Positive = Field(default=1, description="Batches per optimizer step.")
    learning_rate: float = Field(default=1e-4, gt=0, description="Peak learning rate.")
    schedule: Literal["constant", "cosine"] = Field(default="constant", description="Learning rate after the warm-up.")
    warmup: int = Field(default=100, ge=0, description="Optimizer steps of linear warm-up.")
    betas: tuple[Share, Share] = Field(default=(0.9, 0.95), description="Betas of AdamW.")
    weight_decay: float = Field(default=1e-4, ge=0, description="Weight decay of AdamW.")
    gradient_clip: float = Field(default=0.1, gt=0, description="Largest norm of all gradients together.")
    ema: Share = Field(default=0.9999, description="Decay of the averaged weights. These are validated and saved.")
    batch_norm: Literal["frozen", "batch"] = Field(
        default="frozen",
        description="Statistics of the extractor's batch norms. frozen measures them once before training. batch uses "
        "each batch's, as the reference.",
    )
    precision: Literal["no", "bf16", "fp16"] = Field(default="bf16", description="Precision of the forward pass.")
    gradient_checkpointing: bool = Field(
        default=False, description="Recompute activations in the backward pass: less memory, slower."
    )
    workers: int = Field(default=2, ge=0, description="Processes that prepare clips.")
    log_every: Positive = Field(default=10, description="Optimizer steps between two log lines.")
    save_every: Positive = Field(default=500, description="Optimizer steps between two states to resume from.")
    validation: Validation = Field(default=Validation(), description="Clips sampled while training.")


def read_config(path: Path) -> TrainingConfig:
    """Reads and checks a YAML file; relative paths in it start from the working directory.

    Raises:
        ValueError: the file is missing or not valid YAML, a key is unknown or missing, or a value is wrong.
    """
    return parse_config(read_yaml(path), str(path))


def parse_config(raw: Any, source: str) -> TrainingConfig:
    """Checks plain values, as YAML gives them; ``source`` names them in errors."""
    return validate_settings(TrainingConfig, raw, f"{source} is not a valid training config")
