"""Converts between IMAGE, MASK and the arrays of tora_core, and saves pictures for the browser."""

from __future__ import annotations

import uuid
from pathlib import Path
from typing import Any

import comfy.utils
import folder_paths
import numpy as np
import torch
from comfy_api.latest import ui
from numpy.typing import NDArray
from torch import Tensor

from ...tora_core.video import Size
from .device import image_dtype

MAX_CLIP = 97
MAX_CLIP_SIDE_PX = 640


def fit_first(image: Tensor | None, size: Size) -> Tensor:
    """Crops the first picture of an IMAGE to the video's size, ``[H, W, 3]`` uint8. None gives a white picture."""
    return fit_all(None if image is None else image[:1], size)[0]


def fit_all(image: Tensor | None, size: Size) -> Tensor:
    """Crops all pictures of an IMAGE to the video's size, ``[T, H, W, 3]`` uint8. None gives one white picture."""
    if image is None:
        return torch.full((1, size.height, size.width, 3), 255, dtype=torch.uint8)
    colours = to_rgb(image)
    if size_of(image) == size:
        return to_video(image)
    fitted = comfy.utils.common_upscale(colours.movedim(-1, 1), size.width, size.height, "bilinear", "center")
    return to_video(fitted.movedim(1, -1))


def to_grey(image: Tensor, size: Size) -> NDArray[np.float64]:
    """Crops the first picture of an IMAGE to the video's size, ``[H, W]`` in 0..1, with hard edges.

    A blend of near and far would be a surface between them that is not there.
    """
    grey = to_rgb(image[:1]).mean(dim=-1)[:, None].float().cpu()  # [1, 1, H, W]
    if size_of(image) != size:
        grey = comfy.utils.common_upscale(grey, size.width, size.height, "nearest-exact", "center")
    return grey[0, 0].double().numpy()


def open_stored(name: str) -> Tensor | None:
    """Opens a picture of the input folder as an IMAGE ``[1, H, W, 3]``. Returns None if it cannot be read."""
    from PIL import Image, ImageOps

    try:
        with Image.open(folder_paths.get_annotated_filepath(name.replace("\x00", ""))) as picture:
            colours = ImageOps.exif_transpose(picture).convert("RGB")
    except (OSError, ValueError):
        return None
    return torch.from_numpy(np.asarray(colours, dtype=np.float32) / 255)[None]


def to_video(image: Tensor) -> Tensor:
    """Converts an IMAGE to ``[T, H, W, 3]`` uint8 on the CPU."""
    colours = to_rgb(image)
    video = torch.empty(colours.shape, dtype=torch.uint8)
    for levels, frame in zip(video, colours, strict=True):  # a frame fits into the processor's cache, a clip does not
        levels.copy_(frame.nan_to_num().clamp_(0, 1).mul_(255).round_())
    return video


def to_rgb(image: Tensor) -> Tensor:
    """Converts an IMAGE of 1 to 4 channels to ``[T, H, W, 3]``: grey is repeated, alpha is dropped.

    Raises:
        ValueError: there is no picture, or the layout is another.
    """
    if image.ndim != 4 or 0 in image.shape:
        raise ValueError(
            f"expected an IMAGE [T, H, W, channels] of at least one picture, got {list(image.shape)}: connect pictures"
        )
    return image[..., :3] if image.shape[-1] >= 3 else image[..., :1].expand(*image.shape[:-1], 3)


def to_image(video: Tensor) -> Tensor:
    """Converts ``[T, H, W, 3]`` uint8 to an IMAGE, in the type that the host uses between nodes."""
    return video.to(image_dtype()) / 255


def size_of(image: Tensor) -> Size:
    """Returns the size of an IMAGE ``[T, H, W, C]`` or of a video."""
    return Size(image.shape[2], image.shape[1])


def to_masks(mask: Tensor, size: Size | None = None, crop: bool = False) -> NDArray[np.bool_]:
    """Converts a MASK to booleans ``[T, H, W]``, resized to ``size`` if given: stretched, or cropped as a picture."""
    if mask.ndim < 2 or 0 in mask.shape:
        raise ValueError(f"expected a MASK [T, H, W], got {list(mask.shape)}: connect a mask that is not empty")
    stacked = mask.reshape(-1, *mask.shape[-2:]).float().cpu()
    if size is not None and stacked.shape[1:] != (size.height, size.width):
        way = "center" if crop else "disabled"
        stacked = comfy.utils.common_upscale(stacked[:, None], size.width, size.height, "nearest-exact", way)[:, 0]
    return (stacked > 0.5).numpy()


def save_clip(video: Tensor) -> list[dict[str, str]]:
    """Saves pictures in the temp folder as small JPEGs, to be scrubbed in the browser. Returns where it finds them.

    A long clip is thinned to ``MAX_CLIP`` pictures, evenly, with its first and last.
    """
    from PIL import Image

    folder = Path(folder_paths.get_temp_directory())
    folder.mkdir(parents=True, exist_ok=True)
    name = f"tora_{uuid.uuid4().hex}"
    saved = []
    for number, index in enumerate(np.unique(np.linspace(0, len(video) - 1, min(len(video), MAX_CLIP)).round())):
        picture = Image.fromarray(to_video(video[int(index) : int(index) + 1])[0].numpy())
        picture.thumbnail((MAX_CLIP_SIDE_PX, MAX_CLIP_SIDE_PX))
        file = f"{name}_{number:03d}.jpg"
        picture.save(folder / file, quality=85)
        saved.append({"filename": file, "subfolder": "", "type": "temp"})
    return saved


def save_temporary(image: Tensor, node: Any) -> list[dict[str, str]]:
    """Saves a picture in the temp folder. Returns where the browser finds it."""
    return ui.PreviewImage(to_rgb(image).nan_to_num(), cls=node).as_dict()["images"]
