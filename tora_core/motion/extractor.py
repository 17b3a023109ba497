"""Motion latent -> motion patches: the trajectory extractor (paper section 3.3; reference ``traj_module.py``)."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import torch.nn.functional as F
from einops import rearrange
from torch import Tensor, nn

from ..cogvideox.latents import COGVIDEOX_1_0, LatentGrid

BLOCKS_PER_LAYER = 2


class ResidualBlock(nn.Module):
    """BatchNorm, ReLU, 3x3 convolution, twice, plus identity (reference ``traj_module.py``)."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.bn1 = nn.BatchNorm2d(channels)
        self.block1 = nn.Conv2d(channels, channels, kernel_size=3, padding=1)
        self.bn2 = nn.BatchNorm2d(channels)
        self.block2 = nn.Conv2d(channels, channels, kernel_size=3, padding=1)

    def forward(self, hidden: Tensor) -> Tensor:
        residual = self.block1(F.relu(self.bn1(hidden)))
        return hidden + self.block2(F.relu(self.bn2(residual)))


class TrajectoryExtractor(nn.Module):
    """Computes one motion patch per transformer block (reference ``traj_module.py``).

    Each block reads the features of the block before. At inference BatchNorm must run in eval mode: batch statistics
    give other features.

    Args:
        layers: transformer blocks.
        channels: 128 in the published adapters.
        grid: compression and patch size of the base.
    """

    def __init__(self, layers: int, channels: int = 128, grid: LatentGrid = COGVIDEOX_1_0) -> None:
        super().__init__()
        self.grid = grid
        self.conv_in = nn.Conv2d(grid.patch_channels, channels, kernel_size=3, padding=1)
        self.body = nn.ModuleList(ResidualBlock(channels) for _ in range(BLOCKS_PER_LAYER * layers))

    def forward(self, motion_latent: Tensor) -> list[Tensor]:
        """Computes the motion patches ``[B*T'', channels, h, w]`` of a latent ``[B, C, T', H/8, W/8]``, one per block.

        Frames do not mix.
        """
        return list(self.motion_patches(motion_latent))

    def motion_patches(
        self, motion_latent: Tensor, call: Callable[[nn.Module, Tensor], Tensor] = nn.Module.__call__
    ) -> Iterator[Tensor]:
        """Yields the motion patches one by one, so that not all of them need memory at once.

        Args:
            motion_latent: ``[B, C, T', H/8, W/8]``.
            call: runs one module of the extractor.
        """
        hidden = call(self.conv_in, patchify(motion_latent, self.grid.patch_size, self.grid.patch_size_t))
        for index, block in enumerate(self.body, 1):
            hidden = call(block, hidden)
            if index % BLOCKS_PER_LAYER == 0:
                yield hidden


def patchify(latent: Tensor, patch_size: int, patch_size_t: int = 1) -> Tensor:
    """Moves each patch into channels; pads frames with zeros at the end.

    ``[B, C, T', H, W]`` -> ``[B*T'', C*p, h, w]``
    """
    latent = F.pad(latent, (0, 0, 0, 0, 0, -latent.shape[2] % patch_size_t))
    return rearrange(latent, "b c (t q) (h p) (w r) -> (b t) (c q p r) h w", q=patch_size_t, p=patch_size, r=patch_size)
