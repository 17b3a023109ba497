"""Modulation of a block's first norm, ``h + GroupNorm32(h) * gamma + beta`` (paper section 3.4): its types."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor

GROUPS = 32
GROUP_NORM_EPS = 1e-5

FrameRanges = tuple[tuple[int, int], ...]
"""Latent frames of a context window, as (start, stop) of each run of consecutive frames."""


class Modulation(NamedTuple):
    """Effect of one motion on one block. It depends only on the motion, not on step, text or guidance branch.

    gamma and beta are ``[T', h*w, C]``, in the order of the image tokens, or ``[B, T', h*w, C]`` if each clip of a
    batch has its own motion. weight and bias ``[C]`` belong to the adapter's own group norm, so motions of several
    adapters add up.
    """

    gamma: Tensor
    beta: Tensor
    weight: Tensor
    bias: Tensor

    def frames(self, ranges: FrameRanges | None) -> Modulation:
        """Returns the modulation of some latent frames, for a context window. A single range copies nothing."""
        if ranges is None:
            return self
        return self._replace(gamma=pick_frames(self.gamma, ranges), beta=pick_frames(self.beta, ranges))


Term = tuple[Modulation, float]
"""A modulation and its strength."""


def to_frame_ranges(frames: Sequence[int] | None) -> FrameRanges | None:
    """Groups indices of latent frames into runs of consecutive frames. None means all frames and stays None."""
    if frames is None:
        return None
    cuts = [0, *(at for at in range(1, len(frames)) if frames[at] != frames[at - 1] + 1), len(frames)]
    return tuple((frames[start], frames[stop - 1] + 1) for start, stop in itertools.pairwise(cuts))


def pick_frames(tensor: Tensor, ranges: FrameRanges) -> Tensor:
    """Picks frames of a tensor ``[T', ...]``. One run of consecutive frames is returned as a view."""
    parts = [tensor[start:stop] for start, stop in ranges]
    return parts[0] if len(parts) == 1 else torch.cat(parts)
