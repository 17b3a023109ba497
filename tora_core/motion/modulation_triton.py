"""The modulation as one Triton kernel: statistics, normalisation and multiply-add in two passes over a slab.

A slab is one group of channels of one frame, ``[h*w, C/32]``. At full size it is 260 kB in bfloat16. The second pass
runs backwards, so it starts with the data that the first pass left in the cache. Imported only where there is a GPU.
"""

from __future__ import annotations

import functools
import logging
from collections.abc import Sequence

import torch
import triton
import triton.language as tl
from torch import Tensor

from .modulation import GROUP_NORM_EPS, GROUPS, Modulation, Term
from .modulation_torch import modulate_tokens

logger = logging.getLogger(__name__)

_TILE = 8192
_WARPS = 16


_PROBES = ((40, 64, torch.float32, 1e-4), (100, 3072, torch.bfloat16, 2e-2))
"""Rows, channels, dtype and tolerance of the test slabs: a small one, and one of the real width in two tiles."""


@functools.cache
def works_on(device: torch.device) -> bool:
    """Whether the kernel agrees with plain torch on a device. It is tested once; the log gives the reason if not."""
    try:
        works = all(_agrees(device, *probe) for probe in _PROBES)
    except Exception as error:  # no C compiler, no driver, an old GPU: Triton has no common error class
        if "out of memory" in str(error).lower():
            raise  # too little memory does not mean that the kernel fails
        logger.warning("Triton cannot run on %s (%s): motion is added by plain torch, which is slower", device, error)
        return False
    if not works:
        logger.warning("Triton gives wrong results on %s: motion is added by plain torch, which is slower", device)
    return works


def _agrees(device: torch.device, area: int, channels: int, dtype: torch.dtype, tolerance: float) -> bool:
    generator = torch.Generator().manual_seed(0)

    def random(*shape: int) -> Tensor:
        return torch.randn(*shape, generator=generator).to(device, dtype)

    hidden, gamma, beta = (random(1, area, channels) for _ in range(3))
    terms = [(Modulation(gamma, beta, random(channels), random(channels)), 0.5)]
    found, expected = modulate(hidden[None], terms).float(), modulate_tokens(hidden[None], terms).float()
    return bool((found - expected).norm() <= tolerance * expected.norm())


def modulate(hidden: Tensor, terms: Sequence[Term]) -> Tensor:
    """Adds motions to tokens ``[B, T', h*w, C]``, one kernel launch per motion."""
    out = hidden = hidden.contiguous()
    for number, (modulation, strength) in enumerate(terms, 1):
        # float32 between launches, so that the result is rounded once, as for a single motion.
        dtype = hidden.dtype if number == len(terms) else torch.float32
        out = _launch(hidden, out, modulation, strength, dtype)
    return out


def _launch(hidden: Tensor, residual: Tensor, modulation: Modulation, strength: float, dtype: torch.dtype) -> Tensor:
    batch, frames, area, channels = hidden.shape
    group = channels // GROUPS
    block_channels = triton.next_power_of_2(group)
    block_rows = max(1, min(_TILE // block_channels, triton.next_power_of_2(area)))
    gamma, beta, weight, bias = (part.to(hidden.device).contiguous() for part in modulation)
    out = torch.empty_like(hidden, dtype=dtype)
    with torch.cuda.device_of(hidden):  # Triton launches on the current device, not on that of its arguments
        _modulate[(batch, GROUPS, frames)](
            hidden,
            residual,
            gamma,
            beta,
            weight,
            bias,
            out,
            strength,
            frames,
            channels,
            area,
            EPS=GROUP_NORM_EPS,
            GROUP=group,
            BLOCK_ROWS=block_rows,
            BLOCK_CHANNELS=block_channels,
            RESIDUAL=residual is not hidden,
            num_warps=_WARPS if block_rows * block_channels == _TILE else 4,
        )
    return out


@triton.jit
def _modulate(  # type: ignore[no-untyped-def]
    hidden,  # [B, T', h*w, C], as residual and out
    residual,
    gamma,  # [T', h*w, C], as beta
    beta,
    weight,  # [C], as bias
    bias,
    out,
    strength,
    frames,
    channels,
    area,
    EPS: tl.constexpr,
    GROUP: tl.constexpr,
    BLOCK_ROWS: tl.constexpr,
    BLOCK_CHANNELS: tl.constexpr,
    RESIDUAL: tl.constexpr,
):
    # The batch is the fastest dimension: its samples read the same gamma and beta at about the same time.
    sample, group, frame = tl.program_id(0), tl.program_id(1), tl.program_id(2)
    lane = tl.arange(0, BLOCK_CHANNELS)
    channel = group * GROUP + lane
    motion_slab = frame.to(tl.int64) * area * channels
    slab = sample.to(tl.int64) * frames * area * channels + motion_slab
    row = tl.arange(0, BLOCK_ROWS)
    inside = lane < GROUP

    count, mean, squares = 0.0, 0.0, 0.0
    for start in range(0, area, BLOCK_ROWS):
        rows = start + row
        mask = (rows[:, None] < area) & inside[None, :]
        offset = rows[:, None] * channels + channel[None, :]
        x = tl.load(hidden + slab + offset, mask=mask, other=0.0, eviction_policy="evict_last").to(tl.float32)
        # Merges the tile's statistics into the total (Chan et al. 1983), which is exact where the mean is large.
        size = min(area - start, BLOCK_ROWS) * GROUP * 1.0
        tile_mean = tl.sum(x) / size
        deviation = tl.where(mask, x - tile_mean, 0.0)
        delta = tile_mean - mean
        share = size / (count + size)
        squares += tl.sum(deviation * deviation) + delta * delta * count * share
        mean += delta * share
        count += size
    rstd = tl.rsqrt(squares / count + EPS)

    scale = tl.load(weight + channel, mask=inside, other=0.0).to(tl.float32) * rstd
    shift = tl.load(bias + channel, mask=inside, other=0.0).to(tl.float32)
    tiles = (area + BLOCK_ROWS - 1) // BLOCK_ROWS
    for tile in range(0, tiles):
        rows = (tiles - 1 - tile) * BLOCK_ROWS + row
        mask = (rows[:, None] < area) & inside[None, :]
        offset = rows[:, None] * channels + channel[None, :]
        x = tl.load(hidden + slab + offset, mask=mask, other=0.0, eviction_policy="evict_first").to(tl.float32)
        g = tl.load(gamma + motion_slab + offset, mask=mask, other=0.0).to(tl.float32)
        b = tl.load(beta + motion_slab + offset, mask=mask, other=0.0).to(tl.float32)
        change = ((x - mean) * scale[None, :] + shift[None, :]) * g + b
        if RESIDUAL:
            x = tl.load(residual + slab + offset, mask=mask, other=0.0).to(tl.float32)
        y = x + strength * change
        tl.store(out + slab + offset, y.to(out.dtype.element_ty), mask=mask, eviction_policy="evict_first")
