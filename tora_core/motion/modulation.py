"""Modulation of a block's first norm: ``h + GroupNorm32(h) * gamma + beta`` (paper section 3.4)."""

from __future__ import annotations

import functools
import itertools
import logging
from collections.abc import Sequence
from typing import Any, NamedTuple

import torch
from torch import Tensor

logger = logging.getLogger(__name__)

GROUPS = 32
GROUP_NORM_EPS = 1e-5

Runs = tuple[tuple[int, int], ...]
"""Latent frames of a context window as (start, stop) of each stretch of neighbours."""


class Modulation(NamedTuple):
    """What one motion does to one block; it depends on the motion alone, not on step, text or guidance branch.

    gamma and beta are ``[T', h*w, C]``, in the order of the image tokens, or ``[B, T', h*w, C]`` for a motion of its
    own in each clip of a batch; weight and bias ``[C]`` are the affine of the adapter's own group norm, so motions of
    several adapters add up.
    """

    gamma: Tensor
    beta: Tensor
    weight: Tensor
    bias: Tensor

    def frames(self, runs: Runs | None) -> Modulation:
        """The modulation of some latent frames only, for a context window; a single run copies nothing."""
        if runs is None:
            return self
        return self._replace(gamma=pick(self.gamma, runs), beta=pick(self.beta, runs))


def runs_of(frames: Sequence[int] | None) -> Runs | None:
    """Indices of latent frames as stretches of neighbours; None, for all frames, stays None."""
    if frames is None:
        return None
    cuts = [0, *(at for at in range(1, len(frames)) if frames[at] != frames[at - 1] + 1), len(frames)]
    return tuple((frames[start], frames[stop - 1] + 1) for start, stop in itertools.pairwise(cuts))


def pick(tensor: Tensor, runs: Runs) -> Tensor:
    """Those frames ``[T', ...]`` of a tensor, as a view where they are neighbours."""
    parts = [tensor[start:stop] for start, stop in runs]
    return parts[0] if len(parts) == 1 else torch.cat(parts)


def modulate(hidden: Tensor, terms: Sequence[tuple[Modulation, float]]) -> Tensor:
    """Adds every motion to the image tokens: ``h + sum(strength * (GroupNorm32(h) * gamma + beta))``.

    Statistics are per frame over (C/32 channels, h*w), taken from the token layout as it is and in float32. On CUDA
    one Triton kernel does it all; elsewhere, and where it must be traced or differentiated, torch does.

    Args:
        hidden: image tokens after the block's first norm, ``[B, T'*h*w, C]``.
        terms: modulations with their strengths, broadcast over B; B motions repeat over the guidance branches of a
            batch of theirs.

    Returns:
        ``[B, T'*h*w, C]`` in the dtype of ``hidden``.
    """
    batch, tokens, channels = hidden.shape
    *motions, frames, area, _ = terms[0][0].gamma.shape
    if tokens != frames * area:
        raise ValueError(
            f"expected {frames} latent frames of {area} tokens (the motion), got {tokens} image tokens: "
            "give the motion and the latent the same frames, width and height"
        )
    framed = hidden.reshape(-1, *motions, frames, area, channels)
    if motions or torch.compiler.is_compiling() or torch.is_grad_enabled():
        return modulate_tokens(framed, terms).view_as(hidden)
    if hidden.device.type == "cuda" and (kernel := triton_module()) is not None and kernel.works_on(hidden.device):
        return kernel.modulate(framed, terms).view_as(hidden)
    out = torch.empty_like(framed)
    # What is needed in between stays small, and on a CPU in its cache: a frame at a time.
    batches = [slice(index, index + 1) for index in range(batch)] if hidden.device.type == "cpu" else [slice(None)]
    for rows in batches:
        for frame in range(frames):
            part = [(each._replace(gamma=each.gamma[frame], beta=each.beta[frame]), scale) for each, scale in terms]
            out[rows, frame] = modulate_tokens(framed[rows, frame], part)
    return out.view_as(hidden)


@functools.cache
def triton_module() -> Any:
    """The Triton kernel's module, or None with a line in the log: not every build of torch brings Triton."""
    try:
        from . import modulation_triton
    except ImportError as error:
        logger.warning("Triton can't be imported (%s): motion is added by plain torch, slower", error)
        return None
    return modulation_triton


def modulate_tokens(hidden: Tensor, terms: Sequence[tuple[Modulation, float]]) -> Tensor:
    """``modulate`` in plain torch, of tokens ``[..., h*w, C]`` that carry their frames as dimensions."""
    tokens = hidden.float()
    channel_mean = tokens.mean(-2, keepdim=True)  # [..., 1, C]
    centred = tokens - channel_mean
    variance = (centred * centred).mean(-2, keepdim=True).unflatten(-1, (GROUPS, -1))  # [..., 1, 32, C/32]
    mean = channel_mean.unflatten(-1, (GROUPS, -1))
    offset = mean - mean.mean(-1, keepdim=True)
    # The variance of a group is the mean of its channels' plus the variance of their means.
    rstd = torch.rsqrt((variance + offset * offset).mean(-1, keepdim=True) + GROUP_NORM_EPS)
    out = tokens
    for modulation, strength in terms:
        gamma, beta, weight, bias = (part.to(tokens) for part in modulation)
        scale = rstd * weight.view(GROUPS, -1)
        shift = torch.addcmul(bias.view(GROUPS, -1), offset, scale)
        normed = torch.addcmul(shift.flatten(-2), centred, scale.flatten(-2))
        out = torch.add(out, torch.addcmul(beta, normed, gamma), alpha=strength)
    return out.to(hidden.dtype)
