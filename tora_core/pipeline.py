"""The whole run without ComfyUI, on diffusers' own CogVideoX transformer, VAE and scheduler."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from .flow.flow_color import flow_video
from .flow.flow_map import flow_boxes
from .model.checkpoint import Checkpoint, check_fit, load_adapter, open_checkpoint
from .model.cogvideox import HEAD_DIM, SCHEDULER, BaseSpec, rotary_embedding
from .model.guidance import Schedule, guidance_schedule
from .model.injection import MotionInjector, Steering, Window, sampling_progress
from .motion.adapter import ToraAdapter
from .motion.motion_vae import encode_motion
from .motion.tiers import Tier
from .paths.trajectories import Mode, Trajectories


@dataclass
class ToraPipeline:
    """Steers diffusers' CogVideoX with drawn paths.

    Args:
        transformer: diffusers' ``CogVideoXTransformer3DModel``.
        adapter: its Tora adapter.
        vae: diffusers' ``AutoencoderKLCogVideoX``, or None where only latents are wanted.
    """

    transformer: Any
    adapter: ToraAdapter
    vae: nn.Module | None = None

    @classmethod
    def from_checkpoint(
        cls, path: str | Path, vae: nn.Module | None = None, dtype: torch.dtype = torch.float32
    ) -> ToraPipeline:
        """Loads base and adapter from one checkpoint in any layout that holds both."""
        checkpoint = open_checkpoint(path)
        transformer = load_transformer(checkpoint, dtype)
        adapter = load_adapter(checkpoint, dtype=dtype)
        check_fit(adapter.spec, base_spec(checkpoint))
        return cls(transformer, adapter, vae)

    def encode_motion(self, trajectories: Trajectories, mode: Mode = "exact") -> Tensor:
        """Trajectories -> motion latent ``[1, 16, T', H/8, W/8]``."""
        return self.encode_video(flow_video(flow_boxes(trajectories, mode)))

    def encode_video(self, video: Tensor) -> Tensor:
        """Flow video ``[T, H, W, 3]``, uint8 or floating in 0..1 -> motion latent ``[1, 16, T', H/8, W/8]``."""
        if self.vae is None:
            raise ValueError("expected a VAE to encode the motion with, got None: pass vae=AutoencoderKLCogVideoX(...)")
        return encode_motion(self.vae, video, self.adapter.spec.latent_scale)

    @torch.no_grad()
    def steering(
        self,
        motion_latent: Tensor,
        strength: float = 1.0,
        window: Window = Window(),  # noqa: B008
        tier: Tier = "gpu",
    ) -> Steering:
        """Runs extractor and fusers once for ``motion_latent`` ``[1, 16, T', H/8, W/8]``, in float32.

        ``close`` its modulations where the tier is not ``gpu``: they hold page-locked memory.
        """
        latent = motion_latent.to(self.transformer.device, torch.float32)
        return Steering(self.adapter.modulations(latent, tier, self.transformer.dtype), strength, window)

    @torch.no_grad()
    def predict(self, latent: Tensor, context: Tensor, timestep: Tensor, steerings: Sequence[Steering] = ()) -> Tensor:
        """One velocity prediction.

        Args:
            latent: ``[B, C, T', H/8, W/8]``, with the image condition's channels where the base is image-to-video.
            context: T5 features ``[B, 226, D]``.
            timestep: ``[B]`` training timesteps.
            steerings: motions; none gives the base.

        Returns:
            ``[B, 16, T', H/8, W/8]``
        """
        blocks, progress = self.transformer.transformer_blocks, sampling_progress(float(timestep[0]))
        with MotionInjector(steerings).attached(blocks, progress):
            return velocity(self.transformer, latent, context, timestep)

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
        """Denoises with trailing DDIM steps and classifier-free guidance, both branches steered alike.

        Args:
            noise: ``[B, 16, T', H/8, W/8]``, unit variance.
            positive: T5 features ``[B, 226, D]``.
            negative: the same for the unconditional branch.
            steerings: motions; none samples the base.
            steps: DDIM steps.
            guidance: guidance scale.
            schedule: how it changes over the steps.
            image_latent: image-to-video's condition, the shape of ``noise``; zeros where None.

        Returns:
            Scaled latents in the shape of ``noise``.
        """
        predict = partial(self.predict, steerings=steerings)
        extra_channels = self.transformer.config.in_channels - noise.shape[1]
        if image_latent is None and extra_channels:
            image_latent = noise.new_zeros(noise.shape[0], extra_channels, *noise.shape[2:])
        return denoise(predict, noise, positive, negative, steps, guidance, schedule, image_latent)

    @torch.no_grad()
    def decode(self, latents: Tensor) -> Tensor:
        """Scaled latents ``[1, 16, T', H/8, W/8]`` -> video ``[T, H, W, 3]`` in 0..1."""
        return decode(self.vae, latents, self.adapter.spec.latent_scale)


def velocity(transformer: Any, latent: Tensor, context: Tensor, timestep: Tensor, config: Any = None) -> Tensor:
    """diffusers' transformer with latents laid out as everywhere else, and the rotary embedding it was trained with.

    Args:
        transformer: diffusers' ``CogVideoXTransformer3DModel``.
        latent: ``[B, C, T', H/8, W/8]``.
        context: ``[B, N, D]``.
        timestep: ``[B]``.
        config: the transformer's, where it is wrapped and does not show it.

    Returns:
        ``[B, 16, T', H/8, W/8]``
    """
    config = config or transformer.config
    _, _, frames, height, width = latent.shape
    patch_size_t = config.patch_size_t or 1
    if config.use_rotary_positional_embeddings:
        rows, columns = height // config.patch_size, width // config.patch_size
        rotary = rotary_embedding(rows, columns, -(-frames // patch_size_t), patch_size_t, latent.device)
    else:
        rotary = None
    predicted = transformer(
        hidden_states=latent.transpose(1, 2),  # [B, T', C, H/8, W/8]
        encoder_hidden_states=context,
        timestep=timestep,
        image_rotary_emb=rotary,
        return_dict=False,
    )[0]
    return predicted.transpose(1, 2)  # [B, C, T', H/8, W/8]


def denoise(
    predict: Callable[[Tensor, Tensor, Tensor], Tensor],
    noise: Tensor,
    positive: Tensor,
    negative: Tensor,
    steps: int,
    guidance: float,
    schedule: Schedule = "constant",
    image_latent: Tensor | None = None,
) -> Tensor:
    """Trailing DDIM steps with classifier-free guidance, as ``ToraPipeline.sample``.

    Args:
        predict: (latent, context, timestep) -> velocity, of both branches at once, the unconditional one first.
        noise: ``[B, 16, T', H/8, W/8]``.
        positive: ``[B, N, D]``.
        negative: ``[B, N, D]``.
        steps: DDIM steps.
        guidance: guidance scale.
        schedule: how it changes over the steps.
        image_latent: further channels of the model's input.
    """
    from diffusers import CogVideoXDDIMScheduler

    scheduler = CogVideoXDDIMScheduler.from_config(SCHEDULER)
    scheduler.set_timesteps(steps, device=noise.device)
    scale_at = guidance_schedule(schedule, guidance, steps)
    latents = noise * scheduler.init_noise_sigma
    context = torch.cat([negative, positive])
    for step, timestep in enumerate(scheduler.timesteps):
        model_input = latents if image_latent is None else torch.cat([latents, image_latent], dim=1)
        model_input = model_input.repeat(2, 1, 1, 1, 1)
        unconditional, conditional = predict(model_input, context, timestep.expand(len(model_input))).chunk(2)
        scale = scale_at(step, float(timestep))
        guided = unconditional + scale * (conditional - unconditional)
        latents = scheduler.step(guided, timestep, latents, return_dict=False)[0]
    return latents


@torch.no_grad()
def decode(vae: Any, latents: Tensor, scale: float) -> Tensor:
    """Latents ``[1, 16, T', H/8, W/8]`` of that scale -> video ``[T, H, W, 3]`` in 0..1."""
    video = vae.decode(latents / scale).sample[0]  # [C, T, H, W]
    return (video.permute(1, 2, 3, 0) / 2 + 0.5).clamp(0, 1)


def base_spec(checkpoint: Checkpoint) -> BaseSpec:
    """The transformer in a checkpoint, or a ValueError that says there is none."""
    if checkpoint.base is None:
        raise ValueError(f"expected a CogVideoX transformer in {checkpoint.path}, got only an adapter: load the base")
    return checkpoint.base


def load_transformer(checkpoint: Checkpoint, dtype: torch.dtype = torch.float32) -> Any:
    """diffusers' transformer from a checkpoint in any layout, its configuration read from tensor shapes."""
    from diffusers import CogVideoXTransformer3DModel

    spec = base_spec(checkpoint)
    tensors = checkpoint.base_tensors()
    time_embed_dim = tensors["time_embedding.linear_1.weight"].shape[0]
    with torch.device("meta"):
        transformer: Any = CogVideoXTransformer3DModel(
            num_attention_heads=spec.width // HEAD_DIM,
            attention_head_dim=HEAD_DIM,
            in_channels=spec.in_channels,
            out_channels=16,
            time_embed_dim=time_embed_dim,
            text_embed_dim=tensors["patch_embed.text_proj.weight"].shape[1],
            num_layers=spec.layers,
            patch_size_t=None if spec.patch_size_t == 1 else spec.patch_size_t,
            patch_bias="patch_embed.proj.bias" in tensors,
            sample_width=90 if spec.patch_size_t == 1 else 170,
            sample_height=60 if spec.patch_size_t == 1 else 96,
            sample_frames=49 if spec.patch_size_t == 1 else 81,
            use_rotary_positional_embeddings=True,
            use_learned_positional_embeddings=spec.learned_positions,
        )
    transformer.load_state_dict({key: tensor.to(dtype) for key, tensor in tensors.items()}, assign=True)
    return transformer.eval().requires_grad_(False)
