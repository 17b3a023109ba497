"""Samples with the host's own code, like the stock KSampler node."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor


def conditioning(context: Tensor) -> list[Any]:
    return [[context, {}]]


def sample(
    patcher: Any,
    noise: Tensor,
    positive: Tensor,
    negative: Tensor,
    steps: int = 8,
    cfg: float = 6.0,
    sampler: str = "ddim",
    scheduler: str = "simple",
    callback: Any = None,
) -> Tensor:
    """Samples from noise ``[B, C, T, H, W]``. Returns latents as the model reads them, scaled."""
    import comfy.sample

    latents = comfy.sample.sample(
        patcher,
        noise,
        steps,
        cfg,
        sampler,
        scheduler,
        conditioning(positive),
        conditioning(negative),
        torch.zeros_like(noise),
        callback=callback,
        disable_pbar=True,
        seed=0,
    )
    return latents * patcher.get_model_object("latent_format").scale_factor


def is_clean(transformer: Any) -> bool:
    """Whether no module of the transformer has an attribute of the pack, and the host's own flags are restored."""
    names = {"forward", "_get_rotary_emb"}
    learned = transformer.patch_embed.use_learned_positional_embeddings
    flags = transformer.use_rotary_positional_embeddings, transformer.patch_embed.use_positional_embeddings
    untouched = flags == (not learned, learned)
    return untouched and not any(names & vars(module).keys() for module in transformer.modules())
