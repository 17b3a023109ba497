"""The shape of a CogVideoX transformer, read from its tensors."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from .latents import COGVIDEOX_1_0, COGVIDEOX_1_5, LATENT_GRIDS, LatentGrid

Task = Literal["t2v", "i2v"]
HEAD_DIM = 64
_SIZE_OF_2B = (30, 1920)


@dataclass(frozen=True)
class BaseSpec:
    """The shape of a CogVideoX transformer.

    Args:
        layers: transformer blocks.
        width: channels of the transformer.
        in_channels: 16 for text-to-video, 32 for image-to-video. The second half of the 32 is the image.
        patch_size_t: latent frames per token; 1 for CogVideoX 1.0, 2 for 1.5.
        learned_positions: whether the checkpoint holds a learned position table.
    """

    layers: int
    width: int
    in_channels: int
    patch_size_t: int = 1
    learned_positions: bool = False

    @property
    def grid(self) -> LatentGrid:
        """Compression and patch size of this version."""
        return next(grid for grid in LATENT_GRIDS if grid.patch_size_t == self.patch_size_t)

    @property
    def task(self) -> Task:
        """``t2v`` for text-to-video, ``i2v`` for image-to-video."""
        return "t2v" if self.in_channels == self.grid.channels else "i2v"

    @property
    def is_2b(self) -> bool:
        """Whether this is CogVideoX-2B. It has other positions, another VAE scale and no Tora adapter."""
        return (self.layers, self.width) == _SIZE_OF_2B

    def __str__(self) -> str:
        return f"CogVideoX {self.grid.version} {self.task}, {self.layers} blocks of width {self.width}"

    @classmethod
    def from_tensors(cls, shapes: Mapping[str, tuple[int, ...]]) -> BaseSpec:
        """Reads the spec from the tensor shapes of a transformer in diffusers keys."""
        patch = shapes["patch_embed.proj.weight"]
        is_1_0 = len(patch) == 4  # a convolution; 1.5 has a linear layer
        layers = {key.split(".")[1] for key in shapes if key.startswith("transformer_blocks.")}
        values_per_channel = COGVIDEOX_1_5.patch_channels // COGVIDEOX_1_5.channels
        return cls(
            layers=len(layers),
            width=patch[0],
            in_channels=patch[1] if is_1_0 else patch[1] // values_per_channel,
            patch_size_t=(COGVIDEOX_1_0 if is_1_0 else COGVIDEOX_1_5).patch_size_t,
            learned_positions="patch_embed.pos_embedding" in shapes,
        )
