"""The toy's VAE: CogVideoX's compression and interface, but all of its work at the latent's resolution.

diffusers' class of small widths spends its time at full resolution: on 2 CPU cores it sees 7 clips a second where this
one sees 125, and stays blurred.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import torch
import torch.nn.functional as F
from einops import rearrange
from torch import Tensor, nn

from ..cogvideox.latents import COGVIDEOX_1_0 as GRID

WIDTH, ENCODER_BLOCKS, DECODER_BLOCKS, GROUPS = 160, 2, 3, 8
_PATCH_VALUES = 3 * GRID.temporal * GRID.spatial**2


class Decoded(NamedTuple):
    """What diffusers calls a decoder's output."""

    sample: Tensor


class ToyVAE(nn.Module):
    """Frames in groups of four, the first one alone, as patches of 8x8 pixels; 16 channels each."""

    def __init__(self) -> None:
        super().__init__()
        self.encoder = Encoder()
        self.decoder = Decoder()

    def decode(self, latent: Tensor) -> Decoded:
        """``[B, 16, T', H/8, W/8]`` -> ``[B, 3, T, H, W]`` in about -1..1."""
        return Decoded(self.decoder(latent))


class Encoder(nn.Module):
    """Each latent frame is made of its own four frames alone, so chunks give what the whole clip gives."""

    def __init__(self) -> None:
        super().__init__()
        self.conv_in = nn.Conv2d(_PATCH_VALUES, WIDTH, 1)
        self.blocks = nn.Sequential(*[_Residual() for _ in range(ENCODER_BLOCKS)])
        self.conv_out = nn.Conv2d(WIDTH, 2 * GRID.channels, 1)

    def forward(self, video: Tensor, conv_cache: Any = None) -> tuple[Tensor, dict[str, Any]]:
        """``[B, 3, T, H, W]`` in -1..1 -> means and log variances ``[B, 32, T', H/8, W/8]``, and a cache.

        The cache says no more than that a first chunk went before.
        """
        if conv_cache is None:  # the first frame stands for four
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
    """Reads each latent frame with the one before and the one after it."""

    def __init__(self) -> None:
        super().__init__()
        self.conv_in = nn.Conv2d(3 * GRID.channels, WIDTH, 3, padding=1)
        self.blocks = nn.Sequential(*[_Residual() for _ in range(DECODER_BLOCKS)])
        self.conv_out = nn.Conv2d(WIDTH, _PATCH_VALUES, 1)

    def forward(self, latent: Tensor) -> Tensor:
        """``[B, 16, T', H/8, W/8]`` -> ``[B, 3, T, H, W]``."""
        before = torch.cat([latent[:, :, :1], latent[:, :, :-1]], dim=2)
        after = torch.cat([latent[:, :, 1:], latent[:, :, -1:]], dim=2)
        frames = rearrange(torch.cat([before, latent, after], dim=1), "b c t h w -> (b t) c h w")
        video = rearrange(
            self.conv_out(self.blocks(self.conv_in(frames))),
            "(b t) (c q p r) h w -> b c (t q) (h p) (w r)",
            b=len(latent),
            c=3,
            q=GRID.temporal,
            p=GRID.spatial,
        )
        return video[:, :, GRID.temporal - 1 :]


class _Residual(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.norm = nn.GroupNorm(GROUPS, WIDTH)
        self.conv_1 = nn.Conv2d(WIDTH, WIDTH, 3, padding=1)
        self.conv_2 = nn.Conv2d(WIDTH, WIDTH, 3, padding=1)

    def forward(self, hidden: Tensor) -> Tensor:
        return hidden + self.conv_2(F.silu(self.conv_1(F.silu(self.norm(hidden)))))
