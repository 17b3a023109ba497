"""Reads a data set in the reference's layout: ``videos/N.mp4``, ``labels/N.txt`` and optional ``masks/N.png``."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from tora_core.paths.drawn_path import FloatArray
from tora_core.paths.trajectories import Trajectories
from tora_core.video import Size

from ..media.video_reader import VIDEO_SUFFIXES, read_first_frames

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class LabelledClip:
    """One clip before it is encoded.

    Args:
        name: file name in the cache, without suffix.
        video: ``[T, H, W, 3]`` uint8.
        caption: text that describes the clip.
        flow: known flow ``[T, H, W, 2]`` px. None estimates it.
        tracks: known tracks of the objects.
        centres_px: start points of the objects, ``[N, 2]`` px. They are followed through the flow.
    """

    name: str
    video: Tensor
    caption: str
    flow: Tensor | None = None
    tracks: Trajectories | None = None
    centres_px: FloatArray | None = None


def list_clips(folder: Path) -> list[str]:
    """Lists the file names of all videos in ``folder/videos``, sorted.

    Raises:
        ValueError: the folder is missing, or holds no video.
    """
    videos = folder / "videos"
    if not videos.is_dir():
        raise ValueError(f"expected a data set with videos/ and labels/ in {folder}, got no videos/: check data.folder")
    names = sorted(path.name for path in videos.iterdir() if path.suffix.lower() in VIDEO_SUFFIXES)
    if not names:
        suffixes = ", ".join(VIDEO_SUFFIXES)
        raise ValueError(f"expected videos ({suffixes}) in {videos}, got none: add videos or check data.folder")
    return names


def read_clips(
    folder: Path, names: list[str], frames: int, size: Size, fps: float | None, masks: bool = False
) -> Iterator[LabelledClip]:
    """Reads clips one at a time. Skips broken, too short and unlabelled clips with a warning.

    Args:
        folder: folder of the data set.
        names: files in ``folder/videos``.
        frames: frames per clip, taken from the start of the video.
        size: clip size in pixels. A video is scaled to cover it, then cropped at the centre.
        fps: frames per second to take. None takes all frames.
        masks: also read ``masks/N.png``. Clips without a mask are skipped.
    """
    for name in names:
        path = folder / "videos" / name
        label = folder / "labels" / f"{path.stem}.txt"
        try:
            caption = label.read_text(encoding="utf-8-sig").strip()
            video = crop_to_cover(read_first_frames(path, frames, fps), size)
            centres_px = read_mask_centres(folder / "masks" / f"{path.stem}.png", size) if masks else None
        except (ValueError, OSError) as error:
            logger.warning("skipped %s: %s", name, error)
            continue
        yield LabelledClip(path.stem, video, caption, centres_px=centres_px)


def read_mask_centres(path: Path, size: Size) -> FloatArray:
    """Reads the centres of the objects in a mask of the first frame.

    Each grey value except 0 marks one object.

    Returns:
        ``[N, 2]`` px, in the cropped clip.

    Raises:
        ValueError: the mask is missing, or no object lies inside the clip.
    """
    from PIL import Image

    if not path.is_file():
        raise ValueError(f"expected a mask at {path}, but the file is missing: add it, or set point_source to flow")
    with Image.open(path) as image:
        mask = np.asarray(image if image.mode == "P" else image.convert("L"))
    grey = torch.from_numpy(mask.copy())[None, :, :, None].expand(-1, -1, -1, 3)
    clip = crop_to_cover(grey, size, smooth=False)[0, :, :, 0].numpy()  # [H, W]
    objects = [np.argwhere(clip == value)[:, ::-1] for value in np.unique(clip) if value]
    if not objects:
        raise ValueError(f"expected objects in {path}, got none inside the clip's {size}: check the mask's grey values")
    return np.stack([places.mean(axis=0) for places in objects])


def crop_to_cover(video: Tensor, size: Size, smooth: bool = True) -> Tensor:
    """Scales a video ``[T, H, W, 3]`` uint8 to cover a size, then crops it at the centre.

    Args:
        video: ``[T, H, W, 3]`` uint8.
        size: size of the result in pixels.
        smooth: bicubic scaling for pictures. False takes the nearest pixel, for masks.
    """
    _, height, width, _ = video.shape
    scale = max(size.width / width, size.height / height)
    inner = max(size.height, round(height * scale)), max(size.width, round(width * scale))
    if inner != (height, width):
        planes = video.permute(0, 3, 1, 2)  # [T, 3, H, W]
        if smooth:
            resized = F.interpolate(planes.float(), inner, mode="bicubic", antialias=True, align_corners=False)
        else:
            resized = F.interpolate(planes.float(), inner, mode="nearest-exact")
        video = resized.round().clamp(0, 255).to(torch.uint8).permute(0, 2, 3, 1)
    top, left = (inner[0] - size.height) // 2, (inner[1] - size.width) // 2
    return video[:, top : top + size.height, left : left + size.width].contiguous()
