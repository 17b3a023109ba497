"""Adds motions to image tokens: one Triton kernel on CUDA, plain torch everywhere else."""

from __future__ import annotations

import functools
import logging
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from .modulation import Term
from .modulation_torch import modulate_frame_by_frame, modulate_tokens

logger = logging.getLogger(__name__)


def modulate(hidden: Tensor, terms: Sequence[Term]) -> Tensor:
    """Adds every motion to the image tokens: ``h + sum(strength * (GroupNorm32(h) * gamma + beta))``.

    Statistics are per frame over (C/32 channels, h*w), in float32, without a change of layout. On CUDA one Triton
    kernel computes the result. Plain torch is used elsewhere, under ``torch.compile``, and if gradients are needed.

    Args:
        hidden: image tokens after the block's first norm, ``[B, T'*h*w, C]``.
        terms: modulations with their strengths, broadcast over B. B motions repeat over the guidance branches of their
            batch.

    Returns:
        ``[B, T'*h*w, C]`` in the dtype of ``hidden``.

    Raises:
        ValueError: the motion is for another number of tokens.
    """
    _, tokens, channels = hidden.shape
    *motions, frames, area, _ = terms[0][0].gamma.shape
    if tokens != frames * area:
        raise ValueError(
            f"expected {frames} latent frames of {area} tokens (the motion), got {tokens} image tokens: "
            "give the motion and the latent the same frames, width and height"
        )
    framed = hidden.reshape(-1, *motions, frames, area, channels)
    if motions or torch.compiler.is_compiling() or torch.is_grad_enabled():
        return modulate_tokens(framed, terms).view_as(hidden)
    if (
        hidden.device.type == "cuda"
        and (kernel := import_triton_kernel()) is not None
        and kernel.works_on(hidden.device)
    ):
        return kernel.modulate(framed, terms).view_as(hidden)
    return modulate_frame_by_frame(framed, terms).view_as(hidden)


@functools.cache
def import_triton_kernel() -> Any:
    """Returns the module of the Triton kernel. Logs a warning and returns None if Triton is not installed."""
    try:
        from . import modulation_triton
    except ImportError as error:
        logger.warning("Triton cannot be imported (%s): motion is added by plain torch, which is slower", error)
        return None
    return modulation_triton
