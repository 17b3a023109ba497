"""Pictures of a video that is still being sampled, with its paths."""

from __future__ import annotations

import torch
from torch import Tensor

from ..cogvideox.latents import LatentGrid
from ..paths.trajectories import Trajectories
from ..video import Size
from .overlay import draw_frame

SIDE_PX = 512
"""Longer side of a preview."""


class PreviewClip:
    """Draws the frames of a preview one by one, with the paths at their time.

    Args:
        size: size of the video in pixels.
        paths: drawn over the pictures; each for a video of this size. Empty draws none.
        grid: converts latent frames to frames of the video.
    """

    def __init__(self, size: Size, paths: tuple[Trajectories, ...], grid: LatentGrid) -> None:
        scale = SIDE_PX / max(size)
        self.size = Size(round(size.width * scale), round(size.height * scale))
        self._paths = [each.fit_to(self.size) for each in paths]
        self._grid = grid

    def draw(self, pictures: Tensor, index: int) -> Tensor:
        """Draws one frame, enlarged or reduced to ``size``.

        Args:
            pictures: one per latent frame, ``[T', h, w, 3]`` uint8.
            index: latent frame, 0..T'-1.

        Returns:
            ``[H, W, 3]`` uint8.
        """
        picture = pictures[index].movedim(-1, 0)[None].float()  # [1, 3, h, w]
        enlarged = torch.nn.functional.interpolate(
            picture, (self.size.height, self.size.width), mode="bicubic", antialias=True
        )
        frame = enlarged[0].movedim(0, -1).round().clamp(0, 255).to(torch.uint8)  # [H, W, 3]
        for paths in self._paths:
            frame = draw_frame(frame, paths, min(self._middle_frame(index), paths.frames - 1))
        return frame

    def _middle_frame(self, index: int) -> int:
        """Returns the frame in the middle of those that a latent frame holds; the first one holds frame 0 only."""
        return max(0, self._grid.temporal * index - (self._grid.temporal - 1) // 2)
