"""Encodes flow videos with the host's VAE, memory management, progress and interrupt."""

from __future__ import annotations

import logging
from collections.abc import Callable

import comfy.ldm.cogvideo.vae
import comfy.model_management
import comfy.sd
from torch import Tensor

from ...tora_core.cogvideox.latents import LatentGrid
from ...tora_core.cogvideox.rgb_factors import RgbFactors, colour_chart
from ...tora_core.motion import motion_vae
from ...tora_core.toy.vae import ToyVAE
from ...tora_core.video import Size
from .device import ProgressBar, is_out_of_memory, use_device
from .pictures import to_rgb

logger = logging.getLogger(__name__)

COLOURS_KEY = "tora_colours"


def encode_motion(
    vae: comfy.sd.VAE,
    flow_video: Tensor,
    grid: LatentGrid,
    tiled: bool,
    say: Callable[[str], None] = logger.warning,
) -> Tensor:
    """Encodes a flow video ``[T, H, W, 3]`` as a motion latent ``[1, 16, T', H/8, W/8]``.

    The log shows the memory that is needed before it starts. If too little is free, tiles are used.

    Args:
        vae: the CogVideoX VAE, or the toy's.
        flow_video: an IMAGE batch in 0..1.
        grid: compression and scale of the VAE.
        tiled: use tiles in any case.
        say: receives a notice for the user.

    Raises:
        ValueError: the VAE belongs to another model, or frames or size do not fit.
    """
    check_vae(vae)
    frames, height, width, _ = to_rgb(flow_video).shape
    grid.check_dimensions(frames, Size(width, height))
    longest = motion_vae.longest_chunk(frames)
    required = vae.memory_used_encode((1, 3, longest, height, width), vae.vae_dtype)
    with use_device(vae.device):
        comfy.model_management.load_models_gpu(
            [vae.patcher], memory_required=required, force_full_load=vae.disable_offload
        )
    needed_gb, tiles_gb = (
        motion_vae.encode_bytes(frames, height, width, vae.vae_dtype.itemsize, each) / 1e9 for each in (False, True)
    )
    free_gb = comfy.model_management.get_free_memory(vae.device) / 1e9
    logger.info(
        "Tora Encode Motion: %d frames of %dx%d in %d chunks need about %.1f GB (%.1f GB in tiles), %.1f GB are free "
        "on %s",
        *(frames, width, height, len(motion_vae.chunk_bounds(frames)), needed_gb, tiles_gb, free_gb, vae.device),
    )
    if not tiled and needed_gb > free_gb:
        tiled = True
        say(
            f"the motion is encoded in tiles, which is not bit-exact: whole frames need about {needed_gb:.1f} GB, "
            f"{free_gb:.1f} GB are free"
        )
    with use_device(vae.device):
        return motion_vae.encode_motion(
            vae.first_stage_model,
            to_rgb(flow_video),
            grid,
            tiled,
            vae.device,
            vae.vae_dtype,
            ProgressBar(),
            is_out_of_memory,
        )


def fit_colours(vae: comfy.sd.VAE, grid: LatentGrid) -> RgbFactors | None:
    """Fits the colours of a VAE's latents to a small chart, for previews. Runs once per VAE, which keeps the result.

    The VAE must be loaded, as after ``encode_motion``. If it cannot encode the chart, there is no preview: None.
    """
    colours: RgbFactors | None = vae.patcher.get_attachment(COLOURS_KEY)
    if colours is None:
        chart = colour_chart()
        try:
            with use_device(vae.device):
                latent = motion_vae.encode_motion(
                    vae.first_stage_model, chart, grid, device=vae.device, dtype=vae.vae_dtype
                )
            colours = RgbFactors.fit(latent, chart)
        except (RuntimeError, ValueError) as error:  # only previews need it
            logger.warning("Tora Encode Motion: no previews, because the colours cannot be fitted (%s)", error)
            return None
        logger.info("Tora Encode Motion: previews show the latents' colours with an R2 of %.2f", colours.r2)
        vae.patcher.set_attachments(COLOURS_KEY, colours)
    return colours


def check_vae(vae: comfy.sd.VAE) -> None:
    """Checks that a VAE is CogVideoX's or the toy's.

    Raises:
        ValueError: it belongs to another model; names it.
    """
    model = vae.first_stage_model
    if not isinstance(model, comfy.ldm.cogvideo.vae.AutoencoderKLCogVideoX | ToyVAE):
        raise ValueError(f"expected the CogVideoX VAE, got {type(model).__name__}: load CogVideoX's own VAE file")
