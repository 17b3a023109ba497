"""A folder of videos -> a cache of clips: loads VAE, text encoder and optical flow, and goes through the folder."""

from __future__ import annotations

import itertools
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from ..flow.optical_flow import optical_flow
from ..model.checkpoint import open_checkpoint
from ..model.cogvideox import TEXT_TOKENS
from ..paths.trajectories import Size
from ..pipeline import base_spec
from .cache import ClipCache, ClipEncoder, build, is_cached
from .clips import clip_names, read_clips
from .config import Config

logger = logging.getLogger(__name__)


def build_from_folder(config: Config, rank: int = 0, processes: int = 1) -> None:
    """Encodes this process's share of ``data.folder`` as far as it is not encoded yet.

    Raises:
        ValueError: no folder, an empty one, no clip that could be used, or a model that is not named.
    """
    from tqdm.auto import tqdm

    data = config.data
    assert data.folder is not None
    names = clip_names(data.folder)
    mine = [name for name in names[rank::processes] if not is_cached(data.cache, Path(name).stem)]
    if mine:
        size, masks = Size(data.width, data.height), config.point_source == "centres"
        clips = read_clips(data.folder, mine, data.frames, size, data.fps, masks)
        with tqdm(total=len(mine), desc="clips", disable=rank > 0) as bar:
            written = build(config, clips, load_encoder(config), progress=lambda name: bar.update())
        logger.info("%d of %d clips were encoded, %d left out", written, len(mine), len(mine) - written)
    if processes == 1:
        ClipCache(config)  # says at once if none could be used


def load_encoder(config: Config) -> ClipEncoder:
    """What the config names, on the GPU where there is one."""
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    return ClipEncoder(
        load_vae(config).to(device),
        _t5(config, device),
        optical_flow if config.data.raft is None else _raft(config.data.raft, device),
        with_image=base_spec(open_checkpoint(config.base)).task != "t2v",
    )


def load_vae(config: Config) -> Any:
    """diffusers' VAE, frozen.

    Raises:
        ValueError: none is named.
    """
    from diffusers import AutoencoderKLCogVideoX

    if config.vae is None:
        raise ValueError("expected a VAE for motion and samples, got none: set vae to a diffusers VAE's folder")
    if not (config.vae / "config.json").is_file():
        raise ValueError(f"expected a diffusers VAE in {config.vae}, got no config.json: check vae")
    return AutoencoderKLCogVideoX.from_pretrained(config.vae).eval().requires_grad_(False)


def _t5(config: Config, device: torch.device) -> Callable[[str], Tensor]:
    """Captions -> ``[226, D]`` bfloat16, padded as CogVideoX was trained (diffusers ``pipeline_cogvideox.py``)."""
    from transformers import AutoTokenizer, T5EncoderModel

    if config.text_encoder is None:
        raise ValueError("expected a text encoder to read labels with, got none: set text_encoder to a T5 folder")
    tokenizer: Any = AutoTokenizer.from_pretrained(config.text_encoder)
    encoder: Any = T5EncoderModel.from_pretrained(config.text_encoder, dtype=torch.bfloat16)
    model = encoder.to(device).eval()

    @torch.no_grad()
    def encode(caption: str) -> Tensor:
        tokens = tokenizer(caption, padding="max_length", max_length=TEXT_TOKENS, truncation=True, return_tensors="pt")
        return model(tokens.input_ids.to(device))[0][0].cpu()

    return encode


def _raft(weights: Path, device: torch.device) -> Callable[[Tensor], Tensor]:
    """torchvision's RAFT-large at full size, as the reference."""
    from torchvision.models.optical_flow import raft_large

    if not weights.is_file():
        raise ValueError(f"expected RAFT-large weights at {weights}, but nothing is there: check data.raft")
    model = raft_large(weights=None)
    model.load_state_dict(torch.load(weights, map_location="cpu", weights_only=True))
    model = model.to(device).eval()

    @torch.no_grad()
    def estimate(video: Tensor) -> Tensor:
        planes = video.permute(0, 3, 1, 2).float() / 127.5 - 1  # [T, 3, H, W]
        _, _, height, width = planes.shape
        planes = torch.nn.functional.pad(planes, (0, -width % 8, 0, -height % 8), mode="replicate")
        flow = [torch.zeros(2, height, width)]
        for first, second in itertools.pairwise(planes):
            pair = first[None].to(device), second[None].to(device)
            flow.append(model(*pair)[-1][0, :, :height, :width].cpu())
        return torch.stack(flow).permute(0, 2, 3, 1)

    return estimate
