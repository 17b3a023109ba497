"""The shipped toy as a MODEL, an adapter and an object that serves as VAE."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import comfy.model_management
import comfy.model_patcher
import torch
from torch import Tensor

from ...tora_core.cogvideox.latents import COGVIDEOX_1_0
from ...tora_core.motion.motion_vae import encode_motion
from ...tora_core.toy.models import FRAMES, TRANSFORMER_FILE, VIDEO, load_toy_vae
from ...tora_core.toy.text import text_features
from . import conditioning, loading
from .sockets import ToraModel

_UNSCALED = replace(COGVIDEOX_1_0, scale=1.0)
_BYTES_PER_PIXEL = 400
"""Memory per pixel of a frame while it is encoded or decoded."""


class ToyHostVAE:
    """Has the methods of a VAE that nodes call. ComfyUI's own class does not recognise the toy's VAE."""

    def __init__(self) -> None:
        self.first_stage_model = load_toy_vae()
        self.device = comfy.model_management.vae_device()
        self.output_device = comfy.model_management.intermediate_device()
        self.vae_dtype = torch.float32
        self.disable_offload = True  # the host cannot load torch's own layers in parts
        self.patcher = comfy.model_patcher.ModelPatcher(
            self.first_stage_model,
            load_device=self.device,
            offload_device=comfy.model_management.vae_offload_device(),
        )

    def memory_used_encode(self, shape: Any, dtype: torch.dtype) -> int:
        """Returns the bytes that encoding ``[B, C, T, H, W]`` needs."""
        _, _, frames, height, width = shape
        return _BYTES_PER_PIXEL * frames * height * width

    def decode(self, samples_in: Tensor, vae_options: Any = None) -> Tensor:
        """Decodes LATENT samples ``[B, 16, T', h, w]`` to ``[B, T, H, W, 3]`` in 0..1."""
        batch, _, frames, height, width = samples_in.shape
        size = COGVIDEOX_1_0.video_size(height, width)
        required = _BYTES_PER_PIXEL * batch * COGVIDEOX_1_0.temporal * frames * size.width * size.height
        self._load(required)
        video = self.first_stage_model.decode(samples_in.to(self.device, self.vae_dtype)).sample
        return (video.movedim(1, -1) / 2 + 0.5).clamp(0, 1).to(self.output_device)

    def decode_tiled(self, samples: Tensor, **tiles: Any) -> Tensor:
        """Decodes without tiles, because the toy is small."""
        return self.decode(samples)

    def encode(self, pixel_samples: Tensor, **options: Any) -> Tensor:
        """Encodes a video ``[T, H, W, 3]`` in 0..1, T = 4k+1, to LATENT samples ``[1, 16, T', h, w]``.

        ComfyUI after 0.33 may pass ``not_video``, which says that the pictures are no video. The toy knows only videos.
        """
        frames, height, width, _ = pixel_samples.shape
        self._load(_BYTES_PER_PIXEL * frames * height * width)
        return encode_motion(self.first_stage_model, pixel_samples[..., :3], _UNSCALED, device=self.device)

    def _load(self, required: int) -> None:
        comfy.model_management.load_models_gpu([self.patcher], memory_required=required, force_full_load=True)

    def spacial_compression_decode(self) -> int:
        return COGVIDEOX_1_0.spatial

    def spacial_compression_encode(self) -> int:
        return COGVIDEOX_1_0.spatial

    def temporal_compression_decode(self) -> int:
        return COGVIDEOX_1_0.temporal

    def throw_exception_if_invalid(self) -> None:
        """Does nothing: the model is always loaded."""


def load_toy() -> tuple[Any, ToyHostVAE, ToraModel]:
    """Loads MODEL, VAE and adapter of the shipped toy."""
    model, adapter = loading.load_cogvideox(TRANSFORMER_FILE, "fp32")
    assert adapter is not None
    return model, ToyHostVAE(), adapter


def toy_conditioning(prompt: str) -> list[Any]:
    """Encodes a prompt of the toy's words as CONDITIONING. An empty prompt gives the unconditional one."""
    return [[text_features(prompt)[None], {}]]


def toy_latent() -> dict[str, Tensor]:
    """Creates an empty LATENT of the only size that the toy was trained on."""
    return conditioning.empty_latent(FRAMES, VIDEO)
