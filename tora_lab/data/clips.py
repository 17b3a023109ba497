"""A folder of videos and labels, as the reference's data sets: ``videos/N.mp4``, ``labels/N.txt`` and, for mask
centres, ``masks/N.png``."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from tora_core.paths.coordinates import FloatArray
from tora_core.paths.trajectories import Trajectories
from tora_core.video import Size

from ..media.video_reader import VIDEO_SUFFIXES, read_first_frames

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class LabelledClip:
    """One clip before it is encoded.

    Args:
        name: the stem of its file in the cache.
        video: ``[T, H, W, 3]`` uint8.
        caption: what it shows.
        flow: ``[T, H, W, 2]`` px where it is known; estimated where None.
        tracks: of its objects, where they are known.
        centres_px: where its objects start, ``[N, 2]`` px, to be followed through the flow.
    """

    name: str
    video: Tensor
    caption: str
    flow: Tensor | None = None
    tracks: Trajectories | None = None
    centres_px: FloatArray | None = None


def clip_names(folder: Path) -> list[str]:
    """Stems of all videos, sorted.

    Raises:
        ValueError: no such folder, or no video in it.
    """
    videos = folder / "videos"
    if not videos.is_dir():
        raise ValueError(f"expected a data set with videos/ and labels/ in {folder}, got none: check data.folder")
    names = sorted(path.name for path in videos.iterdir() if path.suffix.lower() in VIDEO_SUFFIXES)
    if not names:
        raise ValueError(f"expected videos ({', '.join(VIDEO_SUFFIXES)}) in {videos}, got none: the data set is empty")
    return names


def read_clips(
    folder: Path, names: list[str], frames: int, size: Size, fps: float | None, masks: bool = False
) -> Iterator[LabelledClip]:
    """Reads clips one after another; one that is broken, too short or without a label is left out with a line.

    Args:
        folder: of the data set.
        names: files in its ``videos``.
        frames: of each clip, its first ones.
        size: of each clip; a video is scaled to cover it and cut at its centre.
        fps: frames a second to take; all where None.
        masks: read ``masks/N.png`` as well; a clip without one is left out.
    """
    for name in names:
        path = folder / "videos" / name
        label = folder / "labels" / f"{path.stem}.txt"
        try:
            caption = label.read_text(encoding="utf-8-sig").strip()
            video = crop_to_cover(read_first_frames(path, frames, fps), size)
            centres_px = mask_centres_px(folder / "masks" / f"{path.stem}.png", size) if masks else None
        except (ValueError, OSError) as error:
            logger.warning("%s is left out: %s", name, error)
            continue
        yield LabelledClip(path.stem, video, caption, centres_px=centres_px)


def mask_centres_px(path: Path, size: Size) -> FloatArray:
    """Centres ``[N, 2]`` px, in the clip, of the objects in a mask of the first frame: every grey but 0 is one.

    Raises:
        ValueError: there is no mask, or nothing in it that the clip shows.
    """
    from PIL import Image

    if not path.is_file():
        raise ValueError(f"expected a mask at {path}, but nothing is there")
    with Image.open(path) as image:
        mask = np.asarray(image if image.mode == "P" else image.convert("L"))
    grey = torch.from_numpy(mask.copy())[None, :, :, None].expand(-1, -1, -1, 3)
    clip = crop_to_cover(grey, size, smooth=False)[0, :, :, 0].numpy()  # [H, W]
    objects = [np.argwhere(clip == value)[:, ::-1] for value in np.unique(clip) if value]
    if not objects:
        raise ValueError(f"expected objects in {path}, got none inside the clip's {size}")
    return np.stack([places.mean(axis=0) for places in objects])


def crop_to_cover(video: Tensor, size: Size, smooth: bool = True) -> Tensor:
    """A video ``[T, H, W, 3]`` uint8 scaled to cover a size, cut at its centre; masks are not smoothed."""
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
