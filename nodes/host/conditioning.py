"""First and last frame as the extra channels that CogVideoX-5B-I2V reads, and empty latents."""

from __future__ import annotations

from typing import Any

import comfy.sd
import comfy.utils
import node_helpers
import torch
import torch.nn.functional as F
from torch import Tensor

from ...tora_core.cogvideox.latents import COGVIDEOX_1_0
from ...tora_core.video import Size
from .encoding import check_vae
from .pictures import to_rgb

RESIZE_MODES = ("stretch", "crop", "pad")


def image_condition(
    vae: comfy.sd.VAE, start: Tensor, end: Tensor | None, size: Size, frames: int, resize: str
) -> Tensor:
    """Encodes the start image to latent frame 0 and the end image to the last one; zeros between.

    Args:
        vae: the CogVideoX VAE.
        start: IMAGE ``[B, H, W, C]``. Its first picture is used.
        end: the same, or None.
        size: the video's size in pixels, multiples of 16.
        frames: the video's frames, 4k+1.
        resize: one of ``RESIZE_MODES``.

    Returns:
        ``[1, 16, T', H/8, W/8]``, unscaled, as the host's conditioning expects it.
    """
    check_vae(vae)
    condition = torch.zeros(COGVIDEOX_1_0.latent_shape(frames, size))
    condition[:, :, :1] = vae.encode(fit(start, size, resize)).cpu()
    if end is not None:
        if condition.shape[2] < 2:
            raise ValueError("expected at least 5 frames for a start and an end image, got 1: use a longer video")
        condition[:, :, -1:] = vae.encode(fit(end, size, resize)).cpu()
    return condition


def empty_latent(frames: int, size: Size, batch: int = 1) -> dict[str, Tensor]:
    """Creates an empty LATENT for a video of 4k+1 frames, both sides multiples of 16."""
    return {"samples": torch.zeros(COGVIDEOX_1_0.latent_shape(frames, size, batch))}


def with_image(conditioning: list[Any], condition: Tensor) -> list[Any]:
    """Adds an image condition to CONDITIONING."""
    return node_helpers.conditioning_set_values(conditioning, {"concat_latent_image": condition})


def fit(image: Tensor, size: Size, resize: str) -> Tensor:
    """Resizes the first picture of an IMAGE to the video's size, ``[1, H, W, 3]``.

    ``stretch`` ignores the aspect ratio, as the reference does. ``crop`` fills the frame and cuts the rest. ``pad``
    shows the whole picture between black bars.
    """
    picture = to_rgb(image)[:1].movedim(-1, 1)  # [1, C, H, W]
    width, height = size
    if resize != "pad":
        crop = "center" if resize == "crop" else "disabled"
        return comfy.utils.common_upscale(picture, width, height, "bilinear", crop).movedim(1, -1)
    scale = min(width / picture.shape[3], height / picture.shape[2])
    inner = max(1, round(picture.shape[3] * scale)), max(1, round(picture.shape[2] * scale))
    small = comfy.utils.common_upscale(picture, *inner, "bilinear", "disabled")
    left, top = (width - inner[0]) // 2, (height - inner[1]) // 2
    return F.pad(small, (left, width - inner[0] - left, top, height - inner[1] - top)).movedim(1, -1)
