"""Motion patches -> modulation of a block's first norm: the motion-guidance fuser (paper section 3.4)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import torch
from einops import rearrange
from torch import Tensor, nn

GROUPS = 32
GROUP_NORM_EPS = 1e-5


class Modulation(NamedTuple):
    """What one motion does to one block: ``h + GroupNorm(h) * gamma + beta``.

    Both are ``[T', h*w, C]``, in the order of the image tokens, and depend on the motion alone: not on the step, the
    text or the guidance branch. The group norm's own affine is folded in, so motions of several adapters add up.
    """

    gamma: Tensor
    beta: Tensor

    def frames(self, indices: Sequence[int]) -> Modulation:
        """The modulation of some latent frames only, for a context window."""
        index = torch.tensor(indices, device=self.gamma.device)
        return Modulation(self.gamma.index_select(0, index), self.beta.index_select(0, index))


class MotionGuidanceFuser(nn.Module):
    """Two small convolution stacks that turn a motion patch into gamma and beta (reference ``traj_module.py``).

    Args:
        width: channels of the transformer.
        motion_channels: channels of a motion patch.
        operations: where the layers come from; ComfyUI's cast weights on the fly.
    """

    def __init__(self, width: int, motion_channels: int = 128, operations: Any = nn) -> None:
        super().__init__()
        for name in ("gamma", "beta"):
            spatial = operations.Conv2d(motion_channels, width // 4, kernel_size=3, padding=1)
            temporal = operations.Conv1d(width // 4, width, kernel_size=3, padding=1, padding_mode="replicate")
            nn.init.zeros_(temporal.weight)
            nn.init.zeros_(temporal.bias)
            self.add_module(f"flow_{name}_spatial", spatial)
            self.add_module(f"flow_{name}_temporal", temporal)
        self.flow_cond_norm = operations.GroupNorm(GROUPS, width, eps=GROUP_NORM_EPS)

    def forward(self, motion_patch: Tensor) -> Modulation:
        """``[T', channels, h, w]`` -> gamma and beta ``[T', h*w, C]``."""
        gamma = self._convolve("gamma", motion_patch)
        beta = self._convolve("beta", motion_patch)
        weight, bias = self.flow_cond_norm.weight.to(gamma), self.flow_cond_norm.bias.to(gamma)
        return Modulation(weight * gamma, torch.addcmul(beta, bias, gamma))

    def _convolve(self, name: str, motion_patch: Tensor) -> Tensor:
        _, _, height, width = motion_patch.shape
        hidden = self.get_submodule(f"flow_{name}_spatial")(motion_patch)
        hidden = rearrange(hidden, "t c h w -> (h w) c t")
        hidden = self.get_submodule(f"flow_{name}_temporal")(hidden)
        return rearrange(hidden, "(h w) c t -> t (h w) c", h=height, w=width).contiguous()


def modulate(hidden: Tensor, terms: Sequence[tuple[Modulation, float]]) -> Tensor:
    """Adds every motion to the image tokens: ``h + sum(strength * (GroupNorm32(h) * gamma + beta))``.

    Statistics are per frame over (C/32 channels, h*w), taken from the token layout as it is and in float32.

    Args:
        hidden: image tokens after the block's first norm, ``[B, T'*h*w, C]``.
        terms: modulations, broadcast over B, with their strengths.

    Returns:
        ``[B, T'*h*w, C]`` in the dtype of ``hidden``.
    """
    batch, tokens, channels = hidden.shape
    frames, area, _ = terms[0][0].gamma.shape
    if tokens != frames * area:
        raise ValueError(
            f"expected {frames} latent frames of {area} tokens (the motion), got {tokens} image tokens: "
            "give the motion and the latent the same frames, width and height"
        )
    out = hidden.float().view(batch, frames, area, channels)
    grouped = out.unflatten(-1, (GROUPS, -1))  # [B, T', h*w, 32, C/32]
    variance, mean = torch.var_mean(grouped, dim=(2, 4), correction=0, keepdim=True)
    normed = ((grouped - mean) * torch.rsqrt(variance + GROUP_NORM_EPS)).flatten(-2)
    for modulation, strength in terms:
        # They may wait in host memory where the device has no room for all blocks at once.
        gamma, beta = (part.to(hidden.device, torch.float32, non_blocking=True) for part in modulation)
        out = torch.add(out, torch.addcmul(beta, normed, gamma), alpha=strength)
    return out.view_as(hidden).to(hidden.dtype)
