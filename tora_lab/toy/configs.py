"""Training configs of the toy's recipe and of its ablation: scenes, steps and settings of each part."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tora_core.toy.models import FRAMES, VIDEO

from ..data.settings import Stage
from ..train.config import FusionKind, TrainingConfig, parse_config
from .models import MOTION_CHANNELS
from .sampling import GUIDANCE
from .sampling import STEPS as SAMPLING_STEPS

SEED = 0
VAE_SEEDS = 1_000_000, 2500
"""First scene and number of clips for training the encoder. The next four have the same form."""
DECODER_SEEDS = 1_000_000, 4000
TRAIN_SEEDS = 2_000_000, 6000
VALIDATION_SEEDS = 3_000_000, 16
EVALUATION_SEEDS = 4_000_000, 64
"""Scenes that no weights were trained or selected on."""
STEPS = {"base": 9000, "detail": 9000, "dense": 600, "sparse": 2500, "joint": 6000}
"""Training steps of each part.

``base`` draws high noise levels more often, because they decide the layout. ``detail`` continues it and draws all noise
levels equally, which forms the shapes. ``dense`` and ``sparse`` are the two stages of the adapter. ``joint``
then trains base and adapter together (``joint_training``).
"""
BATCH = 32
_BASE_FILE = Path("last", "transformer.safetensors")


def list_seeds(span: tuple[int, int]) -> list[int]:
    """Lists the seeds of a span (first seed, number of seeds)."""
    first, count = span
    return list(range(first, first + count))


def locate_base(out: Path, part: str = "detail") -> Path:
    """Returns the path of the trained transformer of one part."""
    return out / part / _BASE_FILE


def base_config(out: Path, part: str, start: Path, **settings: Any) -> TrainingConfig:
    """Builds the config of one part of the base's training, ``base`` or ``detail``."""
    return _build_config(
        stage="base",
        output=out / part,
        base=start,
        data=_data_settings(out),
        steps=STEPS[part],
        warmup=200,
        save_every=500,
        **settings,
    )


def adapter_config(
    out: Path,
    stage: Stage,
    output: Path,
    steps: int,
    adapter: Path | None = None,
    fusion: FusionKind = "adaptive_norm",
    validates: bool = True,
) -> TrainingConfig:
    """Builds the config of one stage of the adapter, or of another fusion for the ablation."""
    return _build_config(
        stage=stage,
        output=output,
        base=locate_base(out),
        adapter=adapter,
        fusion=fusion,
        motion_channels=MOTION_CHANNELS,
        data=_data_settings(out),
        steps=steps,
        save_every=250,
        validation={
            "every": 250 if validates else 0,
            "clips": VALIDATION_SEEDS[1],
            "cache": out / "validation",
            "batch": VALIDATION_SEEDS[1],
            "steps": SAMPLING_STEPS,
            "guidance": GUIDANCE,
            "patience": None,
        },
    )


def _build_config(**settings: Any) -> TrainingConfig:
    """Adds the settings that all parts share."""
    common = {
        "batch_size": BATCH,
        "learning_rate": 1e-3,
        "schedule": "cosine",
        "gradient_clip": 1.0,
        "ema": 0.995,
        "high_noise": 1.0,
        "points": (1, 16),
        "point_source": "centres",
        "workers": 0,
        "seed": SEED,
    }
    return parse_config(common | settings, "the toy's recipe")


def _data_settings(out: Path) -> dict[str, Any]:
    return {
        "cache": out / "clips",
        "frames": FRAMES,
        "width": VIDEO.width,
        "height": VIDEO.height,
        "flow_stride": 1,
        "motion_draws": 2,
    }
