"""The Tora adapter: a trajectory extractor and one fuser per transformer block."""

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
from .footprint import Footprint, Tier, footprint
from .fuser import MotionGuidanceFuser
from .modulation import Modulation
from .prefetch import PageLock
from .tiers import KeptModulations, Modulations, PrefetchedModulations, RecomputedModulations


@dataclass(frozen=True)
class ToraSpec:
    """The shape of an adapter, read from its tensors.

    Args:
        layers: transformer blocks that it steers.
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
    """Turns a motion latent into one modulation per transformer block. Keys are those of the diffusers layout."""

    def __init__(self, spec: ToraSpec) -> None:
        super().__init__()
        self.spec = spec
        self.traj_extractor = TrajectoryExtractor(spec.layers, spec.motion_channels, spec.grid)
        self.fuser = nn.ModuleList(MotionGuidanceFuser(spec.width, spec.motion_channels) for _ in range(spec.layers))

    def forward(self, motion_latent: Tensor) -> list[Modulation]:
        """Computes a modulation per block, with gradients, for a batch of motions ``[B, 16, T', H/8, W/8]``."""
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
            motion_latent: ``[1, 16, T', H/8, W/8]``. Its device and dtype are used for the computation.
            tier: where the result is stored between steps.
            dtype: type of the stored result. None uses that of ``motion_latent``.
            page_lock: functions that page-lock host memory.
            progress: called after each block.
        """
        self.eval()
        device, dtype = motion_latent.device, dtype or motion_latent.dtype

        def blocks() -> Iterator[Any]:
            fusers: Any = self.fuser
            motion_patches = self.traj_extractor.motion_patches(motion_latent, _call_beside_input)
            for done, (fuser, motion_patch) in enumerate(zip(fusers, motion_patches, strict=True), 1):
                features = fuser.features(motion_patch)
                yield features.to(dtype) if tier == "recompute" else features.convolve_frame_by_frame(dtype)
                del features, motion_patch  # before the next block is computed
                if progress is not None:
                    progress(done, self.spec.layers)

        if tier == "gpu":
            return KeptModulations(blocks())
        kind = PrefetchedModulations if tier == "cpu" else RecomputedModulations
        return kind(blocks(), device, page_lock)

    def footprint(self, tier: Tier, motion_latent: Tensor, itemsize: int) -> Footprint:
        """Calculates the memory that a tier needs for a motion latent ``[1, 16, T', H/8, W/8]``.

        Args:
            tier: one of ``TIERS``.
            motion_latent: only its shape is read.
            itemsize: bytes per value of the model's dtype.
        """
        tokens = self.spec.grid.token_shape(*motion_latent.shape[2:])
        return footprint(tier, self.spec.layers, tokens, self.spec.width, itemsize, self.spec.motion_channels)


def _call_beside_input(module: nn.Module, hidden: Tensor) -> Tensor:
    """Runs a copy of a module on the device and in the dtype of its input. The module's own weights do not move."""
    return copy.deepcopy(module).to(hidden.device).to(hidden.dtype)(hidden)
