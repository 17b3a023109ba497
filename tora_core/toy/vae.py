"""VAE of the toy. It has CogVideoX's compression and interface.

The encoder computes at the resolution of the latent. The decoder grows from there to the full size, with few channels
where there are many pixels.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import torch
import torch.nn.functional as F
from einops import rearrange
from torch import Tensor, nn

from ..cogvideox.latents import COGVIDEOX_1_0 as GRID

WIDTH, ENCODER_BLOCKS, GROUPS = 160, 2, 8
DECODER_WIDTHS, DECODER_BLOCKS = (160, 96, 48, 24), (3, 2, 2, 1)
"""Channels and blocks of the decoder at each size."""
PATCH_VALUES = 3 * GRID.temporal * GRID.spatial**2


class Decoded(NamedTuple):
    """Output of the decoder, with the field name that diffusers uses."""

    sample: Tensor


class ToyVAE(nn.Module):
    """Encodes the first frame, then groups of four frames, as patches of 8x8 pixels with 16 channels."""

    def __init__(self) -> None:
        super().__init__()
        self.encoder = Encoder()
        self.decoder = Decoder()

    def decode(self, latent: Tensor) -> Decoded:
        """Decodes ``[B, 16, T', H/8, W/8]`` to ``[B, 3, T, H, W]`` in about -1..1."""
        return Decoded(self.decoder(latent))


class Encoder(nn.Module):
    """Encodes each group of four frames on its own, so chunks give the same result as a whole clip."""

    def __init__(self) -> None:
        super().__init__()
        self.conv_in = nn.Conv2d(PATCH_VALUES, WIDTH, 1)
        self.blocks = nn.Sequential(*[Residual(WIDTH) for _ in range(ENCODER_BLOCKS)])
        self.conv_out = nn.Conv2d(WIDTH, 2 * GRID.channels, 1)

    def forward(self, video: Tensor, conv_cache: Any = None) -> tuple[Tensor, dict[str, Any]]:
        """Encodes ``[B, 3, T, H, W]`` in -1..1 to means and log variances ``[B, 32, T', H/8, W/8]``.

        Also returns a cache. The cache is empty. It only marks that a chunk was encoded before.
        """
        if conv_cache is None:  # the first frame is repeated to fill its group of four
            video = torch.cat([video[:, :, :1].expand(-1, -1, GRID.temporal - 1, -1, -1), video], dim=2)
        patches = rearrange(
            video,
            "b c (t q) (h p) (w r) -> (b t) (c q p r) h w",
            q=GRID.temporal,
            p=GRID.spatial,
            r=GRID.spatial,
        )
        moments = self.conv_out(self.blocks(self.conv_in(patches)))
        return rearrange(moments, "(b t) c h w -> b c t h w", b=len(video)), {}


class Decoder(nn.Module):
    """Decodes each latent frame together with the previous and the next one, at 1/8, 1/4, 1/2 and the full size."""

    def __init__(self) -> None:
        super().__init__()
        self.conv_in = nn.Conv2d(3 * GRID.channels, DECODER_WIDTHS[0], 3, padding=1)
        wider = zip(DECODER_WIDTHS, DECODER_BLOCKS, (*DECODER_WIDTHS[1:], None), (1, 2, 2, None), strict=True)
        self.stages = nn.Sequential(*[_Stage(*settings) for settings in wider])
        self.conv_out = nn.Conv2d(DECODER_WIDTHS[-1], 3, 3, padding=1)

    def forward(self, latent: Tensor) -> Tensor:
        """Decodes ``[B, 16, T', H/8, W/8]`` to ``[B, 3, T, H, W]``."""
        hidden = self.conv_in(join_neighbours(latent))
        video = self.conv_out(F.silu(self.stages(hidden)))  # [B*T'*4, 3, H, W]
        return rearrange(video, "(b t) c h w -> b c t h w", b=len(latent))[:, :, GRID.temporal - 1 :]


def join_neighbours(latent: Tensor) -> Tensor:
    """Joins each latent frame with its neighbours in time, ``[B, 16, T', h, w]`` -> ``[B*T', 48, h, w]``."""
    before = torch.cat([latent[:, :, :1], latent[:, :, :-1]], dim=2)
    after = torch.cat([latent[:, :, 1:], latent[:, :, -1:]], dim=2)
    return rearrange(torch.cat([before, latent, after], dim=1), "b c t h w -> (b t) c h w")


class _Stage(nn.Module):
    """Blocks at one size, then twice the size, and ``frames`` times the frames, with another width."""

    def __init__(self, width: int, blocks: int, next_width: int | None, frames: int | None) -> None:
        super().__init__()
        self.blocks = nn.Sequential(*[Residual(width) for _ in range(blocks)])
        self.frames = frames
        self.enlarge = nn.Conv2d(width, 2 * 2 * frames * next_width, 1) if next_width and frames else None

    def forward(self, hidden: Tensor) -> Tensor:
        hidden = self.blocks(hidden)
        if self.enlarge is None:
            return hidden
        return rearrange(self.enlarge(hidden), "n (c q p r) h w -> (n q) c (h p) (w r)", q=self.frames, p=2, r=2)


class Residual(nn.Module):
    """Two 3x3 convolutions with group norm and SiLU, plus identity."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.norm = nn.GroupNorm(GROUPS, width)
        self.conv_1 = nn.Conv2d(width, width, 3, padding=1)
        self.conv_2 = nn.Conv2d(width, width, 3, padding=1)

    def forward(self, hidden: Tensor) -> Tensor:
        return hidden + self.conv_2(F.silu(self.conv_1(F.silu(self.norm(hidden)))))
