"""Evaluates the toy on scenes that it was not trained on: TrajError with and without Tora."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from tora_core.cogvideox.latents import COGVIDEOX_1_0
from tora_core.cogvideox.spec import HEAD_DIM, BaseSpec
from tora_core.evaluation.trajectory_error import TrajectoryError
from tora_core.paths.trajectories import Trajectories
from tora_core.toy.models import TRANSFORMER_FILE, load_toy_vae

from ..data.cache import ClipCache
from ..train.config import FusionKind
from ..train.fusion import NoFusion, load_or_create_fusion
from ..train.validation import Validator, score_px
from .configs import EVALUATION_SEEDS, adapter_config, list_seeds
from .fidelity import Fidelity, measure_fidelity
from .models import HEADS, load_toy
from .tracker import toy_error
from .vae_training import psnr_db, restore
from .world import SPRITE_COUNTS, random_scene, render


def evaluate_toy(out: Path) -> dict[str, float | None]:
    """Evaluates the shipped toy on ``EVALUATION_SEEDS``.

    Args:
        out: folder of the recipe, with the encoded clips.

    Returns:
        TrajError with Tora and without (``_without``), for all clips and for clips of 1, 2 and 3 sprites (``_of_1``).
        TrajError counts only places where a sprite was found; ``coverage`` is their share, 0..1. ``vae_psnr_db`` is the
        quality of the VAE. ``sprite_psnr_db``, ``silhouette_overlap`` and ``shapes_told`` say how the steered sprites
        look (``measure_fidelity``), and with ``vae_`` how the VAE alone restores them.
    """
    vae, transformer = load_toy_vae(), load_toy().transformer
    scenes = [random_scene(seed) for seed in list_seeds(EVALUATION_SEEDS)]
    figures: dict[str, float | None] = {"clips": len(scenes)}
    for name, adapter in (("", TRANSFORMER_FILE), ("_without", None)):
        videos: list[Tensor] = []
        errors = evaluate_scenes(out, vae, transformer, adapter, videos=videos)
        if adapter:
            figures |= _list_fidelity("", measure_fidelity(videos, scenes))
        figures[f"traj_error{name}_px"] = mean_px(errors)
        figures[f"coverage{name}"] = round(sum(error.coverage for error in errors) / len(errors), 4)
        for count in range(1, len(SPRITE_COUNTS) + 1):
            group = [error for error, scene in zip(errors, scenes, strict=True) if len(scene.sprites) == count]
            figures[f"traj_error{name}_px_of_{count}"] = mean_px(group)
    clips = torch.stack([render(scene) for scene in scenes])
    restored = [restore(vae, clip) for clip in clips]
    figures |= _list_fidelity("vae_", measure_fidelity(restored, scenes))
    return figures | {"vae_psnr_db": round(psnr_db(vae, clips), 2)}


def _list_fidelity(prefix: str, fidelity: Fidelity) -> dict[str, float]:
    names = ("sprite_psnr_db", "silhouette_overlap", "shapes_told")
    return {f"{prefix}{name}": round(value, 3) for name, value in zip(names, fidelity, strict=True)}


def mean_px(errors: Sequence[TrajectoryError]) -> float | None:
    """Computes the mean TrajError over the clips in which a sprite was found. None if there are none."""
    found = [error.l1_px for error in errors if error.l1_px is not None]
    return round(sum(found) / len(found), 3) if found else None


def evaluate_scenes(
    out: Path,
    vae: Any,
    transformer: Any,
    adapter: Path | None = None,
    fusion: FusionKind = "adaptive_norm",
    videos: list[Tensor] | None = None,
) -> list[TrajectoryError]:
    """Samples the scenes of ``EVALUATION_SEEDS`` and returns their errors in the same order.

    Args:
        out: folder of the recipe, with the encoded clips.
        vae: the toy's VAE.
        transformer: the trained base.
        adapter: checkpoint of the adapter. None evaluates the base alone.
        fusion: how the adapter enters the transformer.
        videos: receives the sampled videos ``[T, H, W, 3]`` uint8.
    """
    config = adapter_config(out, "sparse", out / "figures", 1, adapter, fusion)
    layers = len(transformer.transformer_blocks)
    base = BaseSpec(layers, HEADS * HEAD_DIM, COGVIDEOX_1_0.channels)
    module = NoFusion(layers) if adapter is None else load_or_create_fusion(config, base)
    name = "without" if adapter is None else "-".join(adapter.parts[-2:])
    count = EVALUATION_SEEDS[1]
    settings = config.validation.model_copy(update={"cache": out / "evaluation", "clips": count, "batch": count // 2})
    config = config.model_copy(update={"validation": settings})
    errors: list[TrajectoryError] = []

    def store_error(video: Tensor, wanted: Trajectories, caption: str) -> float:
        errors.append(toy_error(video, wanted, caption))
        if videos is not None:
            videos.append(video.cpu())
        return score_px(errors[-1])

    Validator(config, ClipCache(config), [], vae, COGVIDEOX_1_0, store_error).run(transformer, module, name)
    return errors


def score_toy(video: Tensor, wanted: Trajectories, caption: str) -> float:
    """Scores a sample during training, in pixels; see ``score_px``."""
    return score_px(toy_error(video, wanted, caption))
