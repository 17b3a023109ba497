"""The trained parts of Tora as one module: trajectory extractor and one fuser per transformer block."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Literal

import torch
from torch import Tensor, nn

from .extractor import TrajectoryExtractor
from .fuser import MotionGuidanceFuser
from .modulation import Modulation
from .prefetch import PageLock
from .tiers import (
    Footprint,
    KeptModulations,
    Modulations,
    PrefetchedModulations,
    RecomputedModulations,
    Tier,
    footprint,
)

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

    def __init__(self, spec: ToraSpec) -> None:
        super().__init__()
        self.spec = spec
        self.traj_extractor = TrajectoryExtractor(
            spec.layers, spec.motion_channels, spec.latent_channels, spec.patch_size, spec.patch_size_t
        )
        self.fuser = nn.ModuleList(MotionGuidanceFuser(spec.width, spec.motion_channels) for _ in range(spec.layers))

    def forward(self, motion_latent: Tensor) -> list[Modulation]:
        """A batch of motions ``[B, 16, T', H/8, W/8]``, with gradients: a modulation per block, for training."""
        fusers: Any = self.fuser
        motion_patches = self.traj_extractor(motion_latent)
        return [
            fuser(motion_patch.unflatten(0, (len(motion_latent), -1)))
            for fuser, motion_patch in zip(fusers, motion_patches, strict=True)
        ]

    def modulations(
        self,
        motion_latent: Tensor,
        tier: Tier = "gpu",
        dtype: torch.dtype | None = None,
        page_lock: PageLock | None = None,
        progress: Callable[[int, int], None] | None = None,
    ) -> Modulations:
        """Runs extractor and fusers once, in eval mode, a block at a time; their weights may stay in host memory.

        Args:
            motion_latent: ``[1, 16, T', H/8, W/8]``, on the device and in the dtype to compute in.
            tier: where the result waits between steps.
            dtype: what to keep the result in; that of ``motion_latent`` if None.
            page_lock: how host memory is page-locked.
            progress: called with (done, total) after each block; may raise to interrupt.
        """
        self.eval()
        device, dtype = motion_latent.device, dtype or motion_latent.dtype

        def blocks() -> Iterator[Any]:
            fusers: Any = self.fuser
            motion_patches = self._motion_patches(motion_latent)
            for done, (fuser, motion_patch) in enumerate(zip(fusers, motion_patches, strict=True), 1):
                parts = fuser.features(motion_patch) if tier == "recompute" else fuser(motion_patch)
                yield type(parts)(*(part.to(dtype) for part in parts))
                if progress is not None:
                    progress(done, self.spec.layers)

        if tier == "gpu":
            return KeptModulations(blocks())
        kind = PrefetchedModulations if tier == "cpu" else RecomputedModulations
        return kind(blocks(), device, page_lock)

    def footprint(self, tier: Tier, motion_latent: Tensor, itemsize: int) -> Footprint:
        """What a tier would ask for, for a motion latent ``[1, 16, T', H/8, W/8]`` and a model's dtype."""
        _, _, frames, height, width = motion_latent.shape
        spec = self.spec
        area = height * width // spec.patch_size**2
        return footprint(tier, spec.layers, -(-frames // spec.patch_size_t), area, spec.width, itemsize)

    def _motion_patches(self, motion_latent: Tensor) -> list[Tensor]:
        """The extractor where the latent is and in its dtype; a copy of it, so that the host's weights stay put."""
        return copy.deepcopy(self.traj_extractor).to(motion_latent.device, motion_latent.dtype)(motion_latent)
