"""Runs Tora without ComfyUI, on diffusers' CogVideoX transformer, VAE and scheduler."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from tora_core.checkpoints.layouts import check_fit, load_adapter, open_checkpoint
from tora_core.cogvideox.schedule import sampling_progress
from tora_core.flow.flow_color import flow_video
from tora_core.flow.flow_map import flow_boxes
from tora_core.motion.adapter import ToraAdapter
from tora_core.motion.footprint import Tier
from tora_core.motion.motion_vae import encode_motion
from tora_core.paths.trajectories import Mode, Trajectories
from tora_core.steering.guidance import Schedule
from tora_core.steering.injection import MotionInjector, Steering, Window

from .denoising import decode_latents, denoise
from .transformer import load_transformer, predict_velocity, require_base


@dataclass
class ToraPipeline:
    """Steers diffusers' CogVideoX with drawn paths.

    Args:
        transformer: diffusers' ``CogVideoXTransformer3DModel``.
        adapter: its Tora adapter.
        vae: diffusers' ``AutoencoderKLCogVideoX``. Encoding and decoding need it.
    """

    transformer: Any
    adapter: ToraAdapter
    vae: nn.Module | None = None

    @classmethod
    def from_checkpoint(
        cls, path: str | Path, vae: nn.Module | None = None, dtype: torch.dtype = torch.float32
    ) -> ToraPipeline:
        """Loads base and adapter from one checkpoint, in any layout that holds both."""
        checkpoint = open_checkpoint(path)
        base = require_base(checkpoint)
        transformer = load_transformer(checkpoint, dtype)
        adapter = load_adapter(checkpoint, dtype=dtype)
        check_fit(adapter.spec, base)
        return cls(transformer, adapter, vae)

    def encode_motion(self, trajectories: Trajectories, mode: Mode = "exact") -> Tensor:
        """Encodes trajectories as a motion latent ``[1, 16, T', H/8, W/8]``."""
        return self.encode_video(flow_video(flow_boxes(trajectories, mode)))

    def encode_video(self, video: Tensor) -> Tensor:
        """Encodes a flow video ``[T, H, W, 3]``, uint8 or in 0..1, as a motion latent ``[1, 16, T', H/8, W/8]``."""
        if self.vae is None:
            raise ValueError("expected a VAE to encode the motion, got None: pass vae=AutoencoderKLCogVideoX(...)")
        return encode_motion(self.vae, video, self.adapter.spec.grid)

    @torch.no_grad()
    def steering(
        self,
        motion_latent: Tensor,
        strength: float = 1.0,
        window: Window = Window(),  # noqa: B008
        tier: Tier = "gpu",
    ) -> Steering:
        """Computes the modulations of a motion latent ``[1, 16, T', H/8, W/8]`` once, in float32.

        If the tier is not ``gpu``, call ``close`` on the modulations after use, because they hold page-locked memory.
        """
        latent = motion_latent.to(self.transformer.device, torch.float32)
        return Steering(self.adapter.modulations(latent, tier, self.transformer.dtype), strength, window)

    @torch.no_grad()
    def predict(self, latent: Tensor, context: Tensor, timestep: Tensor, steerings: Sequence[Steering] = ()) -> Tensor:
        """Predicts the velocity once.

        Args:
            latent: ``[B, C, T', H/8, W/8]``. An image-to-video base also needs the channels of the image condition.
            context: T5 features ``[B, 226, D]``.
            timestep: ``[B]`` training timesteps.
            steerings: motions to apply. An empty sequence runs the base without motion.

        Returns:
            ``[B, 16, T', H/8, W/8]``
        """
        blocks, progress = self.transformer.transformer_blocks, sampling_progress(float(timestep[0]))
        with MotionInjector(steerings).inject(blocks, progress):
            return predict_velocity(self.transformer, latent, context, timestep)

    @torch.no_grad()
    def sample(
        self,
        noise: Tensor,
        positive: Tensor,
        negative: Tensor,
        steerings: Sequence[Steering] = (),
        steps: int = 50,
        guidance: float = 6.0,
        schedule: Schedule = "constant",
        image_latent: Tensor | None = None,
    ) -> Tensor:
        """Samples a video's latents with ``denoise``. Both guidance branches are steered.

        Args:
            noise: ``[B, 16, T', H/8, W/8]``, unit variance.
            positive: T5 features ``[B, 226, D]``.
            negative: T5 features ``[B, 226, D]`` of the unconditional branch.
            steerings: motions to apply. An empty sequence samples the base without motion.
            steps: DDIM steps.
            guidance: guidance scale.
            schedule: how the guidance scale changes over the steps.
            image_latent: condition of an image-to-video base, in the shape of ``noise``. None means zeros.

        Returns:
            Scaled latents in the shape of ``noise``.
        """
        predict = partial(self.predict, steerings=steerings)
        extra_channels = self.transformer.config.in_channels - noise.shape[1]
        if image_latent is None and extra_channels:
            image_latent = noise.new_zeros(noise.shape[0], extra_channels, *noise.shape[2:])
        return denoise(predict, noise, positive, negative, steps, guidance, schedule, image_latent)

    def decode(self, latents: Tensor) -> Tensor:
        """Decodes scaled latents ``[1, 16, T', H/8, W/8]`` in any dtype to a video ``[T, H, W, 3]`` in 0..1."""
        if self.vae is None:
            raise ValueError("expected a VAE to decode with, got None: pass vae=AutoencoderKLCogVideoX(...)")
        return decode_latents(self.vae, latents, self.adapter.spec.grid.scale)
