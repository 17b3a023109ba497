"""The trained parts of Tora as one module: trajectory extractor and one fuser per transformer block."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import torch
from torch import Tensor, nn

from .extractor import TrajectoryExtractor
from .fuser import Modulation, MotionGuidanceFuser

Task = Literal["t2v", "i2v"]


@dataclass(frozen=True)
class ToraSpec:
    """An adapter's hyper-parameters, as read from its tensor shapes.

    Args:
        layers: transformer blocks it steers.
        width: channels of the transformer.
        motion_channels: channels of a motion patch.
        latent_channels: channels of the motion latent.
        patch_size: spatial patch of the base.
        patch_size_t: temporal patch of the base; 1 for CogVideoX 1.0, 2 for 1.5.
        task: what its name says, or None; the shapes are the same.
        latent_scale: the scaling factor of the VAE that encodes its motion (0.7 for the 5B models).
    """

    layers: int
    width: int
    motion_channels: int = 128
    latent_channels: int = 16
    patch_size: int = 2
    patch_size_t: int = 1
    task: Task | None = None
    latent_scale: float = 0.7

    def __str__(self) -> str:
        base = "CogVideoX 1.0" if self.patch_size_t == 1 else "CogVideoX 1.5"
        return f"{base}, {self.layers} blocks of width {self.width}"


class ToraAdapter(nn.Module):
    """Motion latent in, one modulation per transformer block out; keys are named as in the diffusers layout."""

    def __init__(self, spec: ToraSpec, operations: Any = nn) -> None:
        super().__init__()
        self.spec = spec
        self.traj_extractor = TrajectoryExtractor(
            spec.layers, spec.motion_channels, spec.latent_channels, spec.patch_size, spec.patch_size_t, operations
        )
        self.fuser = nn.ModuleList(
            MotionGuidanceFuser(spec.width, spec.motion_channels, operations) for _ in range(spec.layers)
        )

    def modulations(
        self,
        motion_latent: Tensor,
        dtype: torch.dtype | None = None,
        device: torch.device | None = None,
        progress: Callable[[int, int], None] | None = None,
    ) -> list[Modulation]:
        """Runs extractor and fusers once, in eval mode.

        Args:
            motion_latent: ``[1, 16, T', H/8, W/8]``, on the device and in the dtype to compute in.
            dtype: what to keep the result in; that of ``motion_latent`` if None.
            device: where to keep it; where it is computed if None.
            progress: called with (done, total) after each block; may raise to interrupt.

        Returns:
            One modulation per block, ``[T', h*w, C]`` each.
        """
        self.eval()
        dtype, device = dtype or motion_latent.dtype, device or motion_latent.device
        motion_patches = self.traj_extractor(motion_latent)
        modulations = []
        for done, (fuser, motion_patch) in enumerate(zip(self.fuser, motion_patches, strict=True), 1):
            gamma, beta = fuser(motion_patch)
            modulations.append(Modulation(gamma.to(device, dtype), beta.to(device, dtype)))
            if progress is not None:
                progress(done, self.spec.layers)
        return modulations
