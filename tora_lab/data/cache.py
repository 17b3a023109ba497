"""Cache of encoded clips on disk: latents, text features, flows and motion latents that training reads."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from tora_core.cogvideox.latents import COGVIDEOX_1_0, LatentGrid
from tora_core.flow.optical_flow import optical_flow
from tora_core.motion.motion_vae import encode_motion
from tora_core.paths.trajectories import Trajectories

from ..media.files import write_safetensors, write_text
from .clips import LabelledClip
from .motion_videos import make_motion_video
from .moving import find_moving
from .points import follow_flow
from .settings import ClipSettings

logger = logging.getLogger(__name__)

_SETTINGS_FILE = "cache.json"
_UNCONDITIONAL = "unconditional.safetensors"
_CLIPS = "clips"


@dataclass(frozen=True)
class ClipEncoder:
    """The models that encode a clip.

    Args:
        vae: diffusers' ``AutoencoderKLCogVideoX``.
        encode_text: caption -> features ``[N, D]``.
        estimate_flow: video ``[T, H, W, 3]`` uint8 -> flow ``[T, H, W, 2]`` px.
        with_image: also store the latent of the first frame. An image-to-video base needs it.
        grid: compression and scale of the VAE.
    """

    vae: nn.Module
    encode_text: Callable[[str], Tensor]
    estimate_flow: Callable[[Tensor], Tensor] = optical_flow
    with_image: bool = False
    grid: LatentGrid = COGVIDEOX_1_0

    def encode_video(self, video: Tensor) -> Tensor:
        """Encodes a video ``[T, H, W, 3]`` uint8 as its scaled latent mean ``[16, T', H/8, W/8]``."""
        with torch.no_grad():
            return encode_motion(self.vae, video, self.grid)[0]


class ClipCache:
    """Encoded clips in a folder that ``build_cache`` wrote.

    Args:
        config: the settings that the cache was built with.
        folder: where the cache is. None means ``config.data.cache``.
        with_image: whether the base is image-to-video. A cache without first frames cannot serve such a base.

    Raises:
        ValueError: there is no cache, it holds no clip, or it was built with other settings.
    """

    def __init__(self, config: ClipSettings, folder: Path | None = None, with_image: bool = False) -> None:
        self.config, self.folder, self.with_image = config, folder or config.data.cache, with_image
        if not (self.folder / _SETTINGS_FILE).is_file():
            raise ValueError(f"expected a cache of clips in {self.folder}, got none: set data.folder to build it")
        _check_settings(self.folder, config)
        self.names = sorted(file.stem for file in (self.folder / _CLIPS).glob("*.safetensors"))
        if not self.names:
            raise ValueError(
                f"expected clips in {self.folder}, got none because no clip was encoded: check data.folder and the log"
            )

    def with_folder(self, folder: Path) -> ClipCache:
        """Opens another folder with the same settings."""
        return ClipCache(self.config, folder, self.with_image)

    def read(self, name: str) -> dict[str, Tensor]:
        """Reads the tensors of a clip.

        ``latent``, ``context`` and ``moving`` are always there. ``flow``, ``tracks_px`` and ``tracks_visible``,
        ``image``, ``motion_dense`` and ``motion_sparse`` are there if they were stored.
        """
        from safetensors.torch import load_file

        return load_file(self.folder / _CLIPS / f"{name}.safetensors")

    def read_caption(self, name: str) -> str:
        """Reads the caption of a clip."""
        from safetensors import safe_open

        with safe_open(self.folder / _CLIPS / f"{name}.safetensors", framework="pt") as file:
            return (file.metadata() or {}).get("caption", "")

    def read_unconditional(self) -> Tensor:
        """Reads the text features ``[N, D]`` of the empty caption."""
        from safetensors.torch import load_file

        return load_file(self.folder / _UNCONDITIONAL)["context"]

    def get_flow(self, tensors: dict[str, Tensor]) -> Tensor:
        """Returns the flow of a clip at full size, ``[T, H, W, 2]`` px."""
        data = self.config.data
        planes = tensors["flow"].float().permute(0, 3, 1, 2)  # [T, 2, H/stride, W/stride]
        if data.flow_stride > 1:
            planes = F.interpolate(planes, (data.height, data.width), mode="bilinear", align_corners=False)
        return planes.permute(0, 2, 3, 1)

    def get_moving(self, tensors: dict[str, Tensor]) -> Tensor:
        """Returns which places of a clip's latent move, ``[T', h, w]`` bool.

        Raises:
            ValueError: the cache was built by an older version, which did not store this.
        """
        if "moving" not in tensors:
            raise ValueError(
                f"expected moving places in {self.folder}, got a cache of an older version: set motion_weight to 0, or "
                "data.cache to another folder"
            )
        return tensors["moving"]

    def get_image_condition(self, tensors: dict[str, Tensor]) -> Tensor | None:
        """Returns the first frame's latent, padded with zeros to ``[16, T', H/8, W/8]``.

        Returns None for a text-to-video base.

        Raises:
            ValueError: the cache was built for a text-to-video base.
        """
        if not self.with_image:
            return None
        if "image" not in tensors:
            raise ValueError(
                f"expected first frames in {self.folder}, got a cache that was built for a text-to-video base: set "
                "data.cache to another folder"
            )
        return F.pad(tensors["image"].float(), (0, 0, 0, 0, 0, tensors["latent"].shape[1] - 1))

    def get_tracks(self, tensors: dict[str, Tensor]) -> Trajectories | None:
        """Returns the tracks of a clip's objects. None if the cache has none."""
        points_px = tensors.get("tracks_px")
        if points_px is None:
            return None
        return Trajectories(points_px.double().numpy(), tensors["tracks_visible"].numpy(), self.config.data.size)


def build_cache(
    config: ClipSettings,
    clips: Iterable[LabelledClip],
    encoder: ClipEncoder,
    folder: Path | None = None,
    progress: Callable[[str], Any] | None = None,
) -> int:
    """Encodes the clips that are not in the cache yet. An interrupted build resumes when it is run again.

    Args:
        config: decides what is stored.
        clips: clips to encode. They are read one at a time.
        encoder: VAE, text encoder and optical flow.
        folder: where the cache is. None means ``config.data.cache``.
        progress: called with each clip's name.

    Returns:
        The number of clips that were written.

    Raises:
        ValueError: the folder holds a cache that was built with other settings.
    """
    folder = folder or config.data.cache
    (folder / _CLIPS).mkdir(parents=True, exist_ok=True)
    if (folder / _SETTINGS_FILE).is_file():
        _check_settings(folder, config)
    write_text(folder / _SETTINGS_FILE, json.dumps(_list_cache_settings(config), indent=1))
    write_safetensors(folder / _UNCONDITIONAL, {"context": encoder.encode_text("")})
    written = 0
    for clip in clips:
        if not is_cached(folder, clip.name):
            write_safetensors(
                folder / _CLIPS / f"{clip.name}.safetensors",
                _encode_clip(clip, config, encoder),
                {"caption": clip.caption},
            )
            written += 1
        if progress is not None:
            progress(clip.name)
    return written


def is_cached(folder: Path, name: str) -> bool:
    """Whether the cache in a folder already holds a clip of this name."""
    return (folder / _CLIPS / f"{name}.safetensors").is_file()


def _list_cache_settings(config: ClipSettings) -> dict[str, Any]:
    """Lists the settings that decide what the cache stores."""
    data = config.data
    keys = {"frames", "width", "height", "fps", "flow_stride", "motion_draws"}
    settings: dict[str, Any] = data.model_dump(mode="json", include=keys)
    settings["flow"] = "DIS" if data.raft is None else data.raft.name
    if data.motion_draws:
        motion_keys = {"points", "point_source", "point_stride", "colour", "seed"}
        settings |= config.model_dump(mode="json", include=motion_keys)
    return settings


def _check_settings(folder: Path, config: ClipSettings) -> None:
    """Checks that a cache was built with these settings.

    Raises:
        ValueError: at least one setting differs.
    """
    found = json.loads((folder / _SETTINGS_FILE).read_text(encoding="utf-8"))
    expected = _list_cache_settings(config)
    keys = [key for key in expected if found.get(key) != expected[key]]
    if keys:
        raise ValueError(
            f"expected a cache with {', '.join(f'{key} {expected[key]}' for key in keys)}, got "
            f"{', '.join(f'{key} {found.get(key)}' for key in keys)} in {folder}: set data.cache to another folder, or "
            "restore these settings"
        )


def _encode_clip(clip: LabelledClip, config: ClipSettings, encoder: ClipEncoder) -> dict[str, Tensor]:
    """Computes the tensors that the cache stores for one clip."""
    data = config.data
    tensors = {"latent": encoder.encode_video(clip.video).half(), "context": encoder.encode_text(clip.caption)}
    if encoder.with_image:
        tensors["image"] = encoder.encode_video(clip.video[:1]).half()
    flow = encoder.estimate_flow(clip.video) if clip.flow is None else clip.flow  # [T, H, W, 2]
    tensors["moving"] = find_moving(flow, *tensors["latent"].shape[1:])
    tracks = clip.tracks if clip.centres_px is None else follow_flow(flow, clip.centres_px)
    if tracks is not None:
        tensors["tracks_px"] = torch.from_numpy(tracks.points_px).float()
        tensors["tracks_visible"] = torch.from_numpy(tracks.visible)
    if tracks is None or not data.motion_draws:  # without tracks, validation samples its points from the flow
        planes = F.avg_pool2d(flow.permute(0, 3, 1, 2), data.flow_stride)
        tensors["flow"] = planes.permute(0, 2, 3, 1).half()
    if not data.motion_draws:
        return tensors
    random = np.random.default_rng([config.seed, *clip.name.encode()])
    tensors["motion_dense"] = encoder.encode_video(make_motion_video(flow, tracks, "dense", config, random)).half()
    drawn = [make_motion_video(flow, tracks, "sparse", config, random) for _ in range(data.motion_draws)]
    tensors["motion_sparse"] = torch.stack([encoder.encode_video(video) for video in drawn]).half()
    return tensors
