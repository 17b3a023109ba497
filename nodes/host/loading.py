"""Loads checkpoints as models that the host moves and frees."""

from __future__ import annotations

from pathlib import Path

import comfy.model_management
import comfy.model_patcher
import comfy.sd
import torch
from comfy.model_patcher import ModelPatcher

from ...tora_core.checkpoints.layouts import Checkpoint, load_adapter, open_checkpoint
from ...tora_core.cogvideox.keys import diffusers_to_comfy
from . import base
from .sockets import ToraModel

WEIGHT_DTYPES = {
    "default": None,
    "bf16": torch.bfloat16,
    "fp16": torch.float16,
    "fp32": torch.float32,
    "fp8_e4m3fn": torch.float8_e4m3fn,
    "fp8_e5m2": torch.float8_e5m2,
}
"""Types of a base's weights. With ``default`` the host chooses."""


def load_tora_model(path: str | Path, name: str) -> ToraModel:
    """Loads an adapter as TORA_MODEL."""
    return _tora_model(open_checkpoint(path), str(path), name)


def load_cogvideox(
    path: str | Path, weight_dtype: str = "default", use_table: bool | None = None
) -> tuple[ModelPatcher, ToraModel | None]:
    """Loads a checkpoint as a corrected CogVideoX MODEL, and as TORA_MODEL if it holds an adapter too.

    Args:
        path: the checkpoint, opened once.
        weight_dtype: one of ``WEIGHT_DTYPES``.
        use_table: add the learned positions of an image-to-video model; None adds them.
    """
    path = str(path)
    checkpoint = open_checkpoint(path)
    patcher = base.correct_base(_base_patcher(checkpoint, weight_dtype), use_table)
    patcher.cached_patcher_init = (_reload_base, (path, weight_dtype))
    adapter = None if checkpoint.adapter is None else _tora_model(checkpoint, path, Path(path).name)
    return patcher, adapter


def _tora_model(checkpoint: Checkpoint, path: str, name: str) -> ToraModel:
    patcher = _adapter_patcher(checkpoint)
    patcher.cached_patcher_init = (_reload_adapter, (path,))
    return ToraModel(patcher, patcher.model.spec, name)


def _reload_adapter(path: str, disable_dynamic: bool = False) -> ModelPatcher:
    """Loads an adapter again, when the host has dropped it."""
    patcher = _adapter_patcher(open_checkpoint(path), disable_dynamic)
    patcher.cached_patcher_init = (_reload_adapter, (path,))
    return patcher


def _reload_base(path: str, weight_dtype: str, disable_dynamic: bool = False) -> ModelPatcher:
    """Loads a base again, when the host has dropped it."""
    return _base_patcher(open_checkpoint(path), weight_dtype, disable_dynamic)


def _adapter_patcher(checkpoint: Checkpoint, disable_dynamic: bool = False) -> ModelPatcher:
    patcher_class = comfy.model_patcher.ModelPatcher if disable_dynamic else comfy.model_patcher.CoreModelPatcher
    return patcher_class(
        load_adapter(checkpoint),
        load_device=comfy.model_management.get_torch_device(),
        offload_device=comfy.model_management.unet_offload_device(),
    )


def _base_patcher(checkpoint: Checkpoint, weight_dtype: str, disable_dynamic: bool = False) -> ModelPatcher:
    if checkpoint.base is None:
        raise ValueError(
            f"expected a CogVideoX transformer in {checkpoint.path}, got only an adapter: choose the base model here, "
            "and the adapter in Tora Load Model"
        )
    state = {diffusers_to_comfy(key): tensor for key, tensor in checkpoint.base_tensors().items()}
    dtype = WEIGHT_DTYPES[weight_dtype]
    options = {} if dtype is None else {"dtype": dtype}
    patcher = comfy.sd.load_diffusion_model_state_dict(state, model_options=options, disable_dynamic=disable_dynamic)
    if patcher is None:
        raise ValueError(
            f"expected a CogVideoX transformer that ComfyUI recognises in {checkpoint.path}, got {checkpoint.base}: "
            "update ComfyUI"
        )
    return patcher
