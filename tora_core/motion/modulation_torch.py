"""The modulation in plain torch, for every device, under ``torch.compile`` and with gradients."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from .modulation import GROUP_NORM_EPS, GROUPS, Term


def modulate_tokens(hidden: Tensor, terms: Sequence[Term]) -> Tensor:
    """Adds every motion to tokens ``[..., h*w, C]``, with frames and batch in the leading dimensions."""
    tokens = hidden.float()
    channel_mean = tokens.mean(-2, keepdim=True)  # [..., 1, C]
    centred = tokens - channel_mean
    variance = (centred * centred).mean(-2, keepdim=True).unflatten(-1, (GROUPS, -1))  # [..., 1, 32, C/32]
    mean = channel_mean.unflatten(-1, (GROUPS, -1))
    offset = mean - mean.mean(-1, keepdim=True)
    # The variance of a group is the mean of its channels' variances plus the variance of their means.
    rstd = torch.rsqrt((variance + offset * offset).mean(-1, keepdim=True) + GROUP_NORM_EPS)
    out = tokens
    for modulation, strength in terms:
        gamma, beta, weight, bias = (part.to(tokens) for part in modulation)
        scale = rstd * weight.view(GROUPS, -1)
        shift = torch.addcmul(bias.view(GROUPS, -1), offset, scale)
        normed = torch.addcmul(shift.flatten(-2), centred, scale.flatten(-2))
        out = torch.add(out, torch.addcmul(beta, normed, gamma), alpha=strength)
    return out.to(hidden.dtype)


def modulate_frame_by_frame(framed: Tensor, terms: Sequence[Term]) -> Tensor:
    """Adds every motion to tokens ``[B, T', h*w, C]``, one frame at a time.

    Intermediate tensors stay small. On a CPU they stay in the cache.
    """
    out = torch.empty_like(framed)
    batch, frames = framed.shape[:2]
    samples = [slice(index, index + 1) for index in range(batch)] if framed.device.type == "cpu" else [slice(None)]
    for rows in samples:
        for frame in range(frames):
            part = [(each._replace(gamma=each.gamma[frame], beta=each.beta[frame]), scale) for each, scale in terms]
            out[rows, frame] = modulate_tokens(framed[rows, frame], part)
    return out
