"""The settings of a training run: a YAML file, typed and checked before anything is loaded."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

from pydantic import Field

from ..data.settings import ClipSettings
from ..settings import Positive, SettingsModel, Share, read_yaml, validate_settings

FusionKind = Literal["adaptive_norm", "extra_channel", "cross_attention"]


class Validation(SettingsModel):
    """The section ``validation``: clips that are sampled and scored during training."""

    every: int = Field(
        default=500, ge=0, description="Optimizer steps between two validations. 0 turns validation off."
    )
    clips: Positive = Field(
        default=8,
        description="Number of validation clips. They are held out from training, unless validation.cache is set.",
    )
    cache: Path | None = Field(
        default=None,
        description="Folder of a second cache that holds only validation clips. null holds out clips of data.cache.",
    )
    batch: Positive = Field(
        default=1, description="Clips sampled at once. Higher values are faster, but need more GPU memory."
    )
    steps: Positive = Field(
        default=50, description="DDIM steps per sample. Fewer steps are faster, but lower the quality."
    )
    guidance: float = Field(default=6.0, description="Guidance scale of the samples. 1 turns guidance off.")
    patience: Positive | None = Field(
        default=6,
        description="Number of validations without a better TrajError after which training stops. null never stops "
        "early.",
    )


class TrainingConfig(ClipSettings):
    """Settings of one training stage. Most defaults are those of the reference for stage ``dense``."""

    output: Path = Field(
        description="Folder for checkpoints, samples and logs. An interrupted run in it is resumed. All machines "
        "need access to the same folder."
    )
    base: Path = Field(
        description="File or folder of the CogVideoX transformer, in any layout that Tora Load CogVideoX reads."
    )
    vae: Path | None = Field(
        default=None,
        description="Folder of a diffusers AutoencoderKLCogVideoX. Needed for the cache, for validation and for "
        "motion_draws: 0.",
    )
    text_encoder: Path | None = Field(
        default=None,
        description="Folder of a transformers T5 encoder with its tokenizer. Only needed to build the cache.",
    )
    adapter: Path | None = Field(
        default=None,
        description="File or folder of the adapter to start from. null starts a new adapter. For stage sparse, set "
        "it to the best folder of stage dense.",
    )
    fusion: FusionKind = Field(
        default="adaptive_norm",
        description="How motion is added to the image tokens. adaptive_norm is Tora's method. extra_channel "
        "concatenates motion with the tokens. cross_attention lets the tokens attend to motion. The last two are "
        "from the paper's ablation.",
    )
    motion_channels: Positive = Field(
        default=128, description="Channels of each motion patch in a new adapter. Tora uses 128."
    )
    steps: Positive = Field(default=15_000, description="Number of optimizer steps of the run.")
    batch_size: Positive = Field(default=1, description="Clips per batch in each process.")
    gradient_accumulation: Positive = Field(
        default=1, description="Batches per optimizer step. Raise it for a larger effective batch without more memory."
    )
    learning_rate: float = Field(
        default=1e-4,
        gt=0,
        description="Peak learning rate. The reference uses 1e-4 for stage dense and 5e-5 for stage sparse.",
    )
    schedule: Literal["constant", "cosine"] = Field(
        default="constant",
        description="Learning rate after the warm-up. constant keeps the peak. cosine falls to 0 at the last step.",
    )
    warmup: int = Field(
        default=100, ge=0, description="Optimizer steps in which the learning rate rises linearly to its peak."
    )
    betas: tuple[Share, Share] = Field(default=(0.9, 0.95), description="Betas of AdamW, each 0..1.")
    weight_decay: float = Field(default=1e-4, ge=0, description="Weight decay of AdamW.")
    gradient_clip: float = Field(
        default=0.1, gt=0, description="Largest total norm of the gradients. Larger gradients are scaled down to it."
    )
    ema: Share = Field(
        default=0.9999,
        description="Decay of the exponential moving average of the weights, 0..1. Lower it for short runs. The "
        "averaged weights are validated and saved.",
    )
    batch_norm: Literal["frozen", "batch"] = Field(
        default="frozen",
        description="Statistics of the extractor's batch norms. frozen measures them once before training a new "
        "adapter. batch uses the statistics of each batch, as the reference does.",
    )
    precision: Literal["no", "bf16", "fp16"] = Field(
        default="bf16", description="Precision of the forward pass. bf16 and fp16 use mixed precision. no uses float32."
    )
    gradient_checkpointing: bool = Field(
        default=False, description="Recomputes activations in the backward pass. Needs less GPU memory, but is slower."
    )
    workers: int = Field(
        default=2, ge=0, description="Worker processes that load clips. 0 loads them in the training process."
    )
    log_every: Positive = Field(default=10, description="Optimizer steps between two log entries.")
    save_every: Positive = Field(
        default=500,
        description="Optimizer steps between two saved states. An interrupted run resumes from the last one.",
    )
    validation: Validation = Field(default=Validation(), description="Clips sampled during training.")


def read_config(path: Path) -> TrainingConfig:
    """Reads and checks a YAML file; relative paths in it start from the working directory.

    Raises:
        ValueError: the file is missing or not valid YAML, a key is unknown or missing, or a value is wrong.
    """
    return parse_config(read_yaml(path), str(path))


def parse_config(raw: Any, source: str) -> TrainingConfig:
    """Checks plain values, as YAML gives them; ``source`` names them in errors."""
    return validate_settings(TrainingConfig, raw, f"{source} is not a valid training config")
