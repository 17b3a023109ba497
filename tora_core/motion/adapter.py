"""The trained parts of Tora as one module: trajectory extractor and one fuser per transformer block."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from ..cogvideox.latents import COGVIDEOX_1_0, LatentGrid
from ..cogvideox.spec import Task
from ..progress import ProgressCallback
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


@dataclass(frozen=True)
class ToraSpec:
    """An adapter's hyper-parameters, as read from its tensor shapes.

    Args:
        layers: transformer blocks it steers.
        width: channels of the transformer.
        motion_channels: channels of a motion patch.
        grid: compression and patch size of the base and of the VAE that encodes the motion.
        task: t2v or i2v by the file's name, or None; the shapes are the same.
    """

    layers: int
    width: int
    motion_channels: int = 128
    grid: LatentGrid = COGVIDEOX_1_0
    task: Task | None = None

    def __str__(self) -> str:
        return f"CogVideoX {self.grid.version}, {self.layers} blocks of width {self.width}"


class ToraAdapter(nn.Module):
    """Motion latent in, one modulation per transformer block out; keys are named as in the diffusers layout."""

    def __init__(self, spec: ToraSpec) -> None:
        super().__init__()
        self.spec = spec
        self.traj_extractor = TrajectoryExtractor(spec.layers, spec.motion_channels, spec.grid)
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
        progress: ProgressCallback | None = None,
    ) -> Modulations:
        """Evaluates extractor and fusers once, in eval mode, block by block. Their weights may stay in host memory.

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
        tokens = self.spec.grid.token_shape(*motion_latent.shape[2:])
        return footprint(tier, self.spec.layers, tokens, self.spec.width, itemsize)

    def _motion_patches(self, motion_latent: Tensor) -> list[Tensor]:
        """The extractor where the latent is and in its dtype; a copy of it, so that the host's weights stay put."""
        return copy.deepcopy(self.traj_extractor).to(motion_latent.device, motion_latent.dtype)(motion_latent)
