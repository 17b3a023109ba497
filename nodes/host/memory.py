"""Loads models into the host's hands, and runs what needs its memory, progress and interrupt."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

import comfy.ldm.cogvideo.vae
import comfy.model_management
import comfy.model_patcher
import comfy.sd
import comfy.utils
import torch
from torch import Tensor

from ...tora_core.model.checkpoint import load_adapter, open_checkpoint
from ...tora_core.model.cogvideox import diffusers_to_comfy
from ...tora_core.motion import motion_vae
from ...tora_core.motion.adapter import ToraSpec
from ...tora_core.toy.vae import ToyVAE
from ..sockets import ToraModel
from . import base

logger = logging.getLogger(__name__)

_DTYPES = {
    "bf16": torch.bfloat16,
    "fp16": torch.float16,
    "fp32": torch.float32,
    "fp8_e4m3fn": torch.float8_e4m3fn,
    "fp8_e5m2": torch.float8_e5m2,
}


_OUT_OF_MEMORY = (
    "out of memory",
    "can't allocate memory",
    "not enough memory",
    "alloc_failed",
    "unable to find an engine",
)


def load_tora_model(path: str, name: str) -> ToraModel:
    """An adapter as TORA_MODEL."""
    patcher = _adapter_patcher(path)
    return ToraModel(patcher, patcher.model.spec, name)


def holds_adapter(path: str) -> bool:
    return open_checkpoint(path).adapter is not None


def load_cogvideox(
    path: str, weight_dtype: str = "default", use_table: bool | None = None
) -> comfy.model_patcher.ModelPatcher:
    """A CogVideoX MODEL, already made right."""
    patcher = base.make_right(_base_patcher(path, weight_dtype), use_table)
    patcher.cached_patcher_init = (_base_patcher, (path, weight_dtype))
    return patcher


def encode_motion(
    vae: comfy.sd.VAE, flow_video: Tensor, spec: ToraSpec, tiled: bool, say: Callable[[str], None] = logger.warning
) -> Tensor:
    """``[T, H, W, 3]`` -> motion latent ``[1, 16, T', H/8, W/8]``, with progress and interrupt after each chunk.

    It says beforehand what memory it asks for, and takes tiles where that is not free.

    Raises:
        ValueError: another kind of VAE, or a flow video whose frames or size do not fit.
    """
    check_vae(vae)
    frames, height, width, _ = flow_video.shape
    chunks = motion_vae.chunk_bounds(frames)
    required = vae.memory_used_encode((1, 3, motion_vae.longest_chunk(frames), height, width), vae.vae_dtype)
    with comfy.model_management.cuda_device_context(vae.device):
        comfy.model_management.load_models_gpu(
            [vae.patcher], memory_required=required, force_full_load=vae.disable_offload
        )
    asked, in_tiles = (
        motion_vae.encode_bytes(frames, height, width, vae.vae_dtype.itemsize, each) / 1e9 for each in (False, True)
    )
    free = comfy.model_management.get_free_memory(vae.device) / 1e9
    logger.info(
        "Tora Encode Motion: %d frames of %dx%d in %d chunks ask for about %.1f GB at a time (%.1f GB in tiles), "
        "%.1f GB are free on %s",
        *(frames, width, height, len(chunks), asked, in_tiles, free, vae.device),
    )
    if not tiled and asked > free:
        tiled = True
        say(
            f"the motion is encoded in tiles, which is not bit-exact: whole frames ask for about {asked:.1f} GB and "
            f"{free:.1f} GB are free"
        )
    with comfy.model_management.cuda_device_context(vae.device):
        return motion_vae.encode_motion(
            vae.first_stage_model,
            flow_video[..., :3],
            spec.latent_scale,
            tiled,
            vae.device,
            vae.vae_dtype,
            Progress(),
            is_out_of_memory,
        )


def check_vae(vae: comfy.sd.VAE) -> None:
    """Refuses another model's VAE by name."""
    model = vae.first_stage_model
    if not isinstance(model, comfy.ldm.cogvideo.vae.AutoencoderKLCogVideoX | ToyVAE):
        raise ValueError(f"expected the CogVideoX VAE, got {type(model).__name__}: load CogVideoX's own VAE file")


def is_out_of_memory(error: Exception) -> bool:
    """Of a GPU, as the host tells it and as cuBLAS, cuDNN and Triton do, or of host memory."""
    text = str(error).lower()
    return comfy.model_management.is_oom(error) or any(words in text for words in _OUT_OF_MEMORY)


def image_dtype() -> torch.dtype:
    """What the host keeps pictures in between nodes: float32, or half where it was started so."""
    return comfy.model_management.intermediate_dtype()


class Progress:
    """A progress bar that also notices the user's interrupt; made anew for each task."""

    def __init__(self) -> None:
        self._bar: Any = None

    def __call__(self, done: int, total: int) -> None:
        comfy.model_management.throw_exception_if_processing_interrupted()
        self._bar = self._bar or comfy.utils.ProgressBar(total)
        self._bar.update_absolute(done, total)


def _adapter_patcher(path: str, disable_dynamic: bool = False) -> comfy.model_patcher.ModelPatcher:
    device = comfy.model_management.get_torch_device()
    adapter = load_adapter(open_checkpoint(path))
    patcher_class = comfy.model_patcher.ModelPatcher if disable_dynamic else comfy.model_patcher.CoreModelPatcher
    patcher = patcher_class(adapter, load_device=device, offload_device=comfy.model_management.unet_offload_device())
    patcher.cached_patcher_init = (_adapter_patcher, (path,))
    return patcher


def _base_patcher(path: str, weight_dtype: str, disable_dynamic: bool = False) -> comfy.model_patcher.ModelPatcher:
    checkpoint = open_checkpoint(path)
    if checkpoint.base is None:
        raise ValueError(
            f"expected a CogVideoX transformer in {path}, got only an adapter: choose the base model here, "
            "and the adapter in Tora Load Model"
        )
    state = {diffusers_to_comfy(key): tensor for key, tensor in checkpoint.base_tensors().items()}
    options = {} if weight_dtype == "default" else {"dtype": _DTYPES[weight_dtype]}
    patcher = comfy.sd.load_diffusion_model_state_dict(state, model_options=options, disable_dynamic=disable_dynamic)
    if patcher is None:
        raise ValueError(f"ComfyUI does not recognise the transformer in {path} ({checkpoint.base}): update ComfyUI")
    return patcher
