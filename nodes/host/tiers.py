"""Chooses where a motion's modulations are stored during a run, from the memory that is free."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Literal

import comfy.model_management
import torch
from comfy.model_patcher import ModelPatcher
from torch import Tensor

from ...tora_core.motion.adapter import ToraAdapter
from ...tora_core.motion.footprint import TIERS, Tier
from ...tora_core.motion.prefetch import PageLock
from ...tora_core.motion.tiers import Modulations
from .device import ProgressBar, is_out_of_memory

logger = logging.getLogger(__name__)

TierChoice = Literal["auto", "gpu", "cpu", "recompute"]
TIER_CHOICES: tuple[TierChoice, ...] = ("auto", *TIERS)
_PAGE_LOCK = PageLock(comfy.model_management.pin_memory, comfy.model_management.unpin_memory)
_HOST_RESERVE = 2 << 30
"""Bytes of system RAM that stay free for other programs."""
_PLACES = {
    "gpu": "{kept} on {device}",
    "cpu": "{kept} in system RAM, copied to {device} one block ahead",
    "recompute": "{kept} of features in system RAM, gamma and beta are computed at every step",
}


def choose_tier(choice: TierChoice, copy: ModelPatcher, adapter: ToraAdapter, latent: Tensor, shape: list[int]) -> Tier:
    """Returns the fastest tier that fits beside the model for ``auto``; any other choice unchanged.

    Args:
        choice: the user's choice.
        copy: the MODEL that will be sampled.
        adapter: the motion's adapter.
        latent: motion latent ``[1, 16, T', H/8, W/8]``.
        shape: shape of the largest batch that the host samples at once.
    """
    if choice != "auto":
        return choice
    device, itemsize = copy.load_device, copy.model.get_dtype_inference().itemsize
    # The host samples both conditions at once only if 1.5 times their memory is free.
    sampling = 1.5 * copy.model.memory_required(shape) + comfy.model_management.minimum_inference_memory()
    # A host that loads on demand counts the part of the model that is not loaded yet as free.
    sampling += max(0, copy.model_size() - copy.loaded_size())
    if adapter.footprint("gpu", latent, itemsize).device + sampling < comfy.model_management.get_free_memory(device):
        return "gpu"
    free_host = comfy.model_management.get_free_memory(torch.device("cpu")) - _HOST_RESERVE
    if device.type != "cpu" and adapter.footprint("cpu", latent, itemsize).host < free_host:
        return "cpu"
    return "recompute"


def keep(
    tier: Tier, copy: ModelPatcher, adapter: ToraAdapter, latent: Tensor, say: Callable[[str], None]
) -> tuple[Tier, Modulations]:
    """Evaluates the motion once and stores it in ``tier``. If memory runs out, uses the next tier, with a notice."""
    dtype = copy.model.get_dtype_inference()
    # float32 for every type of weights, because this runs once per run.
    latent = latent.to(copy.load_device, torch.float32)
    while True:
        asked = adapter.footprint(tier, latent, dtype.itemsize)
        kept = f"{max(asked) / 1e9:.1f} GB"
        logger.info("Tora stores the motion as %s: %s", tier, _PLACES[tier].format(kept=kept, device=copy.load_device))
        try:
            return tier, adapter.modulations(latent, tier, dtype, _PAGE_LOCK, ProgressBar())
        except RuntimeError as error:
            following = next_tier(tier)
            if following is None or not is_out_of_memory(error):
                raise
        # After the block above, because the exception still holds the memory of the failed attempt.
        comfy.model_management.soft_empty_cache()
        say(f"out of memory: the motion needs {kept} in memory mode {tier!r}, so {following!r} is used")
        tier = following


def next_tier(tier: Tier) -> Tier | None:
    """Returns the tier that needs less memory, or None."""
    return next(iter(TIERS[TIERS.index(tier) + 1 :]), None)
