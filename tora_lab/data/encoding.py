"""Encodes a folder of videos to a cache of clips with a VAE, a text encoder and optical flow."""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from tora_core.cogvideox.positions import TEXT_TOKENS
from tora_core.cogvideox.spec import BaseSpec
from tora_core.flow.optical_flow import optical_flow
from tora_core.flow.raft import raft_flow

from .cache import ClipCache, ClipEncoder, build_cache, is_cached
from .clips import list_clips, read_clips
from .settings import ClipSettings

logger = logging.getLogger(__name__)


def build_from_folder(
    settings: ClipSettings,
    base: BaseSpec,
    vae: Path | None,
    text_encoder: Path | None,
    rank: int = 0,
    processes: int = 1,
) -> None:
    """Encodes the clips of ``data.folder`` that are not in the cache yet. Each process encodes its share.

    Args:
        settings: decides which clips are read and what is stored.
        base: shape of the transformer that will be trained. For image-to-video, first frames are stored too.
        vae: folder of a diffusers VAE.
        text_encoder: folder of a transformers T5 encoder.
        rank: number of this process.
        processes: number of processes.

    Raises:
        ValueError: the folder is missing or empty, no clip can be used, or the VAE or text encoder is not set.
    """
    from tqdm.auto import tqdm

    data = settings.data
    assert data.folder is not None
    names = list_clips(data.folder)
    mine = [name for name in names[rank::processes] if not is_cached(data.cache, Path(name).stem)]
    if mine:
        clips = read_clips(data.folder, mine, data.frames, data.size, data.fps, settings.point_source == "centres")
        encoder = load_encoder(settings, base, vae, text_encoder)
        with tqdm(total=len(mine), desc="clips", disable=rank > 0) as bar:
            written = build_cache(settings, clips, encoder, progress=lambda name: bar.update())
        logger.info("encoded %d of %d clips, skipped %d", written, len(mine), len(mine) - written)
    if processes == 1:
        ClipCache(settings)  # raises an error if no clip could be encoded


def load_encoder(settings: ClipSettings, base: BaseSpec, vae: Path | None, text_encoder: Path | None) -> ClipEncoder:
    """Loads the VAE, the text encoder and the optical flow to the GPU, or to the CPU if there is no GPU."""
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    raft = settings.data.raft
    return ClipEncoder(
        load_cogvideox_vae(vae).to(device),
        load_t5(text_encoder, device),
        optical_flow if raft is None else _load_raft(raft, device),
        with_image=base.task == "i2v",
        grid=base.grid,
    )


def load_cogvideox_vae(folder: Path | None) -> Any:
    """Loads diffusers' CogVideoX VAE with frozen weights.

    Raises:
        ValueError: the folder is not set, or holds no VAE.
    """
    from diffusers import AutoencoderKLCogVideoX

    if folder is None:
        raise ValueError("expected a VAE, got none: set vae to the folder of a diffusers VAE")
    if not (folder / "config.json").is_file():
        raise ValueError(f"expected a diffusers VAE in {folder}, got no config.json: check vae")
    return AutoencoderKLCogVideoX.from_pretrained(folder).eval().requires_grad_(False)


def load_t5(folder: Path | None, device: torch.device) -> Callable[[str], Tensor]:
    """Loads a T5 that encodes a caption as ``[226, D]`` bfloat16.

    Captions are padded to 226 tokens, as in CogVideoX's training (diffusers ``pipeline_cogvideox.py``).
    """
    from transformers import AutoTokenizer, T5EncoderModel

    if folder is None:
        raise ValueError("expected a text encoder, got none: set text_encoder to the folder of a T5")
    tokenizer: Any = AutoTokenizer.from_pretrained(folder)
    encoder: Any = T5EncoderModel.from_pretrained(folder, dtype=torch.bfloat16)
    model = encoder.to(device).eval()

    @torch.no_grad()
    def encode(caption: str) -> Tensor:
        tokens = tokenizer(caption, padding="max_length", max_length=TEXT_TOKENS, truncation=True, return_tensors="pt")
        return model(tokens.input_ids.to(device))[0][0].cpu()

    return encode


def _load_raft(weights: Path, device: torch.device) -> Callable[[Tensor], Tensor]:
    """Loads torchvision's RAFT-large, the flow estimator of the reference."""
    from torchvision.models.optical_flow import raft_large

    if not weights.is_file():
        raise ValueError(f"expected RAFT-large weights at {weights}, but the file is missing: check data.raft")
    model = raft_large(weights=None)
    model.load_state_dict(torch.load(weights, map_location="cpu", weights_only=True))
    return partial(raft_flow, model.to(device).eval(), device=device)
