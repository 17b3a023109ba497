"""Applies a LoRA in any naming with ComfyUI's own LoRA code."""

from __future__ import annotations

import math
from pathlib import Path

import comfy.sd
from comfy.model_patcher import ModelPatcher

from ...tora_core.checkpoints.lora import rename_lora
from ...tora_core.checkpoints.tensor_files import TensorFiles, checkpoint_files
from .base import read_base_spec


def apply_lora(patcher: ModelPatcher, path: Path, strength: float) -> tuple[ModelPatcher, tuple[str, ...]]:
    """Returns a clone of a MODEL with a LoRA, and the keys of the file that fit no layer.

    Raises:
        ValueError: the MODEL is not a CogVideoX, the file cannot be read, no key fits, or the strength is not finite.
    """
    if not math.isfinite(strength):
        raise ValueError(f"expected a finite strength, got {strength}: use a number such as 1")
    spec = read_base_spec(patcher)
    files = TensorFiles(checkpoint_files(path))
    lora = rename_lora({key: files[key] for key in files}, spec.layers)
    clone, _ = comfy.sd.load_lora_for_models(patcher, None, lora.tensors, strength, 0.0)
    return clone, lora.unused
