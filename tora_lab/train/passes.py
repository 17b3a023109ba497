"""Forward and backward pass of one training batch."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from tora_core.cogvideox.latents import LatentGrid
from tora_core.motion.motion_vae import encode_motion

from ..data.dataset import TrainingClips
from ..data.draws import DrawSampler
from ..transformer import predict_velocity
from .config import TrainingConfig
from .fusion import fuse_motion
from .objective import VelocityObjective

_CALIBRATION_CLIPS = 64
"""Largest number of clips that the batch norm statistics are measured on."""


class TrainingPasses:
    """Computes losses and gradients, of the base or of a fusion on a frozen base.

    Args:
        config: settings of the run.
        accelerator: the run's accelerator.
        transformer: the base.
        vae: encodes flow videos; None where the batches hold motion latents, or train the base.
        grid: compression and scale of the VAE.
    """

    def __init__(
        self, config: TrainingConfig, accelerator: Any, transformer: Any, vae: nn.Module | None, grid: LatentGrid
    ) -> None:
        self.config, self.accelerator, self.transformer = config, accelerator, transformer
        self.vae, self.grid = vae, grid
        self.objective = VelocityObjective()

    def run(self, module: Any, batch: dict[str, Tensor]) -> Tensor:
        """Runs both passes of one batch, adds to the gradients of ``module``, and returns the loss.

        The backward pass runs while the motion is attached, because gradient checkpointing recomputes the forward pass.

        Args:
            module: what is trained, as accelerate prepared it.
            batch: the items of ``TrainingClips``, stacked, on the device.
        """
        latent, noise, timestep = batch["latent"], batch["noise"], batch["timestep"]
        noisy = self.objective.add_noise(latent, noise, timestep)
        if "image" in batch:
            noisy = torch.cat([noisy, batch["image"]], dim=1)
        with self.accelerator.autocast():
            if self.config.stage == "base":
                context, config = batch["context"].float(), self.transformer.config
                predicted = predict_velocity(module, noisy, context, timestep, config)
                loss = self.objective.compute_loss(predicted, latent, noise, timestep, batch.get("weight"))
                self.accelerator.backward(loss)
                return loss.detach()
            motion = batch["motion_latent"] if "motion_latent" in batch else self.encode_motions(batch["motion_video"])
            conditions = module(motion)
            with fuse_motion(self.accelerator.unwrap_model(module), conditions, self.transformer):
                dtype = next(self.transformer.parameters()).dtype
                predicted = predict_velocity(self.transformer, noisy.to(dtype), batch["context"].to(dtype), timestep)
                loss = self.objective.compute_loss(predicted, latent, noise, timestep)
                self.accelerator.backward(loss)
        return loss.detach()

    def encode_motions(self, videos: Tensor) -> Tensor:
        """Encodes flow videos ``[B, T, H, W, 3]`` uint8 to motion latents ``[B, 16, T', H/8, W/8]`` on the device."""
        assert self.vae is not None
        device = self.accelerator.device
        with torch.no_grad(), torch.autocast(device.type, enabled=False):
            return torch.cat([encode_motion(self.vae, video, self.grid) for video in videos]).to(device)

    def load_first_motions(self, clips: TrainingClips) -> Tensor:
        """Returns motion latents of the first draws, for the batch norm statistics. Equal in every process."""
        sampler = DrawSampler(len(clips), min(_CALIBRATION_CLIPS, len(clips)), 1, (0, 1), self.config.seed)
        items = [clips[draw] for draw in next(iter(sampler))]
        if "motion_latent" in items[0]:
            return torch.stack([item["motion_latent"] for item in items])
        return self.encode_motions(torch.stack([item["motion_video"] for item in items])).cpu()
