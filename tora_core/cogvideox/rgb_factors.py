"""Colours of latents: a linear map from latent channels to RGB, fitted to a VAE, for previews without a decoder."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

CHART_SIDE_PX = 112
CHART_FRAMES = 5
"""Two latent frames. The chart holds under 1 % of the pixels of a video of 49 frames of 720x480."""


def colour_chart() -> Tensor:
    """Creates a short video of smooth colour fields that cover the RGB cube, ``[5, 112, 112, 3]`` in 0..1.

    A smooth field has one colour per latent pixel, so that the fit is about colours and not about edges.
    """
    side = (torch.arange(CHART_SIDE_PX) + 0.5) / CHART_SIDE_PX
    y, x = torch.meshgrid(side, side, indexing="ij")
    waves = [torch.cos(torch.pi * (column * x + row * y)) for column, row in ((1, 2), (3, -1), (2, 3))]
    chart = 0.5 + 0.5 * torch.stack(waves, dim=-1)  # [H, W, 3]
    return chart.expand(CHART_FRAMES, -1, -1, -1)


@dataclass(frozen=True)
class RgbFactors:
    """A linear map from latent channels, as the transformer has them, to RGB in -1..1.

    Args:
        weights: ``[16, 3]``.
        bias: ``[3]``.
        r2: share of the chart's colour variance that the map explains, up to 1.
    """

    weights: Tensor
    bias: Tensor
    r2: float

    @classmethod
    def fit(cls, latent: Tensor, video: Tensor) -> RgbFactors:
        """Fits the map by least squares.

        Args:
            latent: ``[1, 16, T', h, w]`` of the video, as the transformer has it.
            video: ``[T, H, W, 3]`` in 0..1 that stands still.

        Raises:
            ValueError: the latent holds NaN or infinity.
        """
        if not latent.isfinite().all():
            raise ValueError("expected a finite latent of the colour chart, got NaN or infinity: use another VAE dtype")
        _, channels, frames, height, width = latent.shape
        scale = video.shape[1] // height, video.shape[2] // width
        means = torch.nn.functional.avg_pool2d(video[0].movedim(-1, 0), scale).movedim(0, -1)  # [h, w, 3]
        colours = (2 * means - 1).double().expand(frames, -1, -1, -1).reshape(-1, 3)
        values = latent[0].double().movedim(0, -1).reshape(frames * height * width, channels)
        design = torch.cat([values, torch.ones_like(values[:, :1])], dim=1)
        solved = torch.linalg.lstsq(design, colours, driver="gelsd").solution  # also where channels are the same
        residual = (design @ solved - colours).square().sum()
        r2 = 1 - residual / (colours - colours.mean(dim=0)).square().sum()
        return cls(solved[:-1].float(), solved[-1].float(), float(r2))

    def paint(self, latent: Tensor) -> Tensor:
        """Converts latents ``[16, T', h, w]`` to pictures ``[T', h, w, 3]`` uint8 on the CPU."""
        rgb = latent.float().movedim(0, -1) @ self.weights.to(latent.device) + self.bias.to(latent.device)
        return ((rgb + 1) * 127.5).round().clamp(0, 255).to(torch.uint8).cpu()
