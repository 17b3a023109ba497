"""Plain implementations that follow the paper's text. The benchmarks compare the pack with them."""

from __future__ import annotations

import numpy as np
import torch
from einops import rearrange
from torch import Tensor, nn

from tora_core.flow.flow_map import RADIUS_PX, SIGMA_PX
from tora_core.motion.adapter import ToraAdapter
from tora_core.paths.trajectories import Trajectories


def flow_video(trajectories: Trajectories) -> Tensor:
    """Draws a flow video with one impulse per point and a 99x99 convolution per frame, ``[T, H, W, 3]`` uint8."""
    import cv2
    from torchvision.utils import flow_to_image

    points = np.rint(trajectories.points_px).astype(int)
    width, height = trajectories.canvas
    offsets = np.arange(-RADIUS_PX, RADIUS_PX + 1)
    line = np.exp(-(offsets**2) / (2 * SIGMA_PX**2))
    flow = np.zeros((trajectories.frames, height, width, 2), np.float32)
    for frame in range(trajectories.frames - 1):
        for point, (x, y) in enumerate(points[frame]):
            flow[frame + 1, y, x] = trajectories.points_px[frame + 1, point] - trajectories.points_px[frame, point]
        flow[frame + 1] = cv2.filter2D(flow[frame + 1], -1, np.outer(line, line))
    return flow_to_image(torch.from_numpy(flow).permute(0, 3, 1, 2)).permute(0, 2, 3, 1)


class Fuser(nn.Module):
    """Fuser that runs at every step and converts tokens to pictures and back."""

    def __init__(self, adapter: ToraAdapter, block: int) -> None:
        super().__init__()
        fuser = adapter.fuser[block]
        for name in ("gamma", "beta"):
            for part in ("spatial", "temporal"):
                setattr(self, f"{name}_{part}", fuser.get_submodule(f"flow_{name}_{part}"))
        self.norm = fuser.get_submodule("flow_cond_norm")

    def forward(self, hidden: Tensor, motion_patch: Tensor) -> Tensor:
        """Modulates tokens ``[B, T'*h*w, C]`` with a motion patch ``[B*T', channels, h, w]``."""
        batch, _, height, width = len(hidden), *motion_patch.shape[1:]
        pictures = rearrange(hidden, "b (t h w) c -> (b t) c h w", h=height, w=width).contiguous()
        gamma, beta = (self._convolve(name, motion_patch, batch) for name in ("gamma", "beta"))
        pictures = pictures + self.norm(pictures) * gamma + beta
        return rearrange(pictures, "(b t) c h w -> b (t h w) c", b=batch).contiguous()

    def _convolve(self, name: str, motion_patch: Tensor, batch: int) -> Tensor:
        height, width = motion_patch.shape[2:]
        hidden = getattr(self, f"{name}_spatial")(motion_patch)
        hidden = rearrange(hidden, "(b t) c h w -> (b h w) c t", b=batch).contiguous()
        hidden = getattr(self, f"{name}_temporal")(hidden)
        return rearrange(hidden, "(b h w) c t -> (b t) c h w", b=batch, h=height, w=width).contiguous()
