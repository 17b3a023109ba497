"""Clips as training reads them: latents, text features, flows and motion latents, computed once and kept on disk."""

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

from tora_core.flow.optical_flow import optical_flow
from tora_core.motion.motion_vae import encode_motion
from tora_core.paths.trajectories import Trajectories
from tora_core.video import Size

from ..media.files import write_safetensors, write_text
from .clips import LabelledClip
from .motion_videos import motion_video
from .points import follow_flow
from .settings import ClipSettings

logger = logging.getLogger(__name__)

_FACTS = "cache.json"
_UNCONDITIONAL = "unconditional.safetensors"
_CLIPS = "clips"


@dataclass(frozen=True)
class ClipEncoder:
    """What turns a clip into what is kept of it.

    Args:
        vae: diffusers' ``AutoencoderKLCogVideoX``.
        encode_text: caption -> features ``[N, D]``.
        estimate_flow: video ``[T, H, W, 3]`` uint8 -> flow ``[T, H, W, 2]`` px.
        with_image: keep the first frame's own latent too, for an image-to-video base.
    """

    vae: nn.Module
    encode_text: Callable[[str], Tensor]
    estimate_flow: Callable[[Tensor], Tensor] = optical_flow
    with_image: bool = False

    def latent(self, video: Tensor) -> Tensor:
        """``[T, H, W, 3]`` uint8 -> the scaled mean ``[16, T', H/8, W/8]``."""
        with torch.no_grad():
            return encode_motion(self.vae, video)[0]


class ClipCache:
    """Reads what ``build`` wrote.

    Args:
        config: its settings.
        folder: instead of ``config.data.cache``.
        with_image: whether the base is told the first frame; a cache for one that is not serves no other.

    Raises:
        ValueError: nothing was built, or with other settings.
    """

    def __init__(self, config: ClipSettings, folder: Path | None = None, with_image: bool = False) -> None:
        self.config, self.folder, self.with_image = config, folder or config.data.cache, with_image
        if not (self.folder / _FACTS).is_file():
            raise ValueError(f"expected a cache of clips in {self.folder}, got none: build it from data.folder")
        _check_facts(self.folder, config)
        self.names = sorted(file.stem for file in (self.folder / _CLIPS).glob("*.safetensors"))
        if not self.names:
            raise ValueError(f"expected clips in {self.folder}, got none: the data set is empty, or none could be read")

    def beside(self, folder: Path) -> ClipCache:
        """Another cache of the same settings."""
        return ClipCache(self.config, folder, self.with_image)

    def read(self, name: str) -> dict[str, Tensor]:
        """A clip's tensors: ``latent`` and ``context``, and where they were kept ``flow``, ``tracks_px`` and
        ``tracks_visible``, ``image``, ``motion_dense`` and ``motion_sparse``."""
        from safetensors.torch import load_file

        return load_file(self.folder / _CLIPS / f"{name}.safetensors")

    def caption(self, name: str) -> str:
        """What a clip shows."""
        from safetensors import safe_open

        with safe_open(self.folder / _CLIPS / f"{name}.safetensors", framework="pt") as file:
            return (file.metadata() or {}).get("caption", "")

    def unconditional(self) -> Tensor:
        """Text features ``[N, D]`` of no caption."""
        from safetensors.torch import load_file

        return load_file(self.folder / _UNCONDITIONAL)["context"]

    def flow(self, tensors: dict[str, Tensor]) -> Tensor:
        """A clip's flow at full size, ``[T, H, W, 2]`` px."""
        data = self.config.data
        planes = tensors["flow"].float().permute(0, 3, 1, 2)  # [T, 2, H/stride, W/stride]
        if data.flow_stride > 1:
            planes = F.interpolate(planes, (data.height, data.width), mode="bilinear", align_corners=False)
        return planes.permute(0, 2, 3, 1)

    def image(self, tensors: dict[str, Tensor]) -> Tensor | None:
        """The first frame's own latent ``[16, T', H/8, W/8]``, zeros after it; None for a text-to-video base."""
        if not self.with_image:
            return None
        if "image" not in tensors:
            raise ValueError(
                f"expected first frames in {self.folder}, got a cache that was built for a text-to-video base: name "
                "another data.cache"
            )
        return F.pad(tensors["image"].float(), (0, 0, 0, 0, 0, tensors["latent"].shape[1] - 1))

    def tracks(self, tensors: dict[str, Tensor]) -> Trajectories | None:
        """A clip's own tracks, where it has any."""
        return read_tracks(tensors, self.config.data.size)


def read_tracks(tensors: dict[str, Tensor], size: Size) -> Trajectories | None:
    points = tensors.get("tracks_px")
    if points is None:
        return None
    return Trajectories(points.double().numpy(), tensors["tracks_visible"].numpy(), size)


def build(
    config: ClipSettings,
    clips: Iterable[LabelledClip],
    encoder: ClipEncoder,
    folder: Path | None = None,
    progress: Callable[[str], Any] | None = None,
) -> int:
    """Encodes clips that are not there yet, and says how many were written; it can be interrupted and run again.

    Args:
        config: what is kept, and in which form.
        clips: one after another.
        encoder: VAE, text encoder, optical flow.
        folder: instead of ``config.data.cache``.
        progress: called with each clip's name.
    """
    folder = folder or config.data.cache
    (folder / _CLIPS).mkdir(parents=True, exist_ok=True)
    if (folder / _FACTS).is_file():
        _check_facts(folder, config)
    write_text(folder / _FACTS, json.dumps(_facts(config), indent=1))
    write_safetensors(folder / _UNCONDITIONAL, {"context": encoder.encode_text("")})
    written = 0
    for clip in clips:
        if not is_cached(folder, clip.name):
            write_safetensors(
                folder / _CLIPS / f"{clip.name}.safetensors", _encode(clip, config, encoder), {"caption": clip.caption}
            )
            written += 1
        if progress is not None:
            progress(clip.name)
    return written


def is_cached(folder: Path, name: str) -> bool:
    """Whether the cache in a folder holds a clip of that name, which then needs no decoding any more."""
    return (folder / _CLIPS / f"{name}.safetensors").is_file()


def _facts(config: ClipSettings) -> dict[str, Any]:
    """The settings that decide what is kept; a cache of others is not read by mistake."""
    data = config.data
    kept = {"frames", "width", "height", "fps", "flow_stride", "motion_draws"}
    facts: dict[str, Any] = data.model_dump(mode="json", include=kept)
    facts["flow"] = "DIS" if data.raft is None else data.raft.name
    if data.motion_draws:
        how = {"points", "point_source", "point_stride", "colour", "seed"}
        facts |= config.model_dump(mode="json", include=how)
    return facts


def _check_facts(folder: Path, config: ClipSettings) -> None:
    found, wanted = json.loads((folder / _FACTS).read_text(encoding="utf-8")), _facts(config)
    differing = [f"{key} {found.get(key)} (wanted: {wanted[key]})" for key in wanted if found.get(key) != wanted[key]]
    if differing:
        raise ValueError(
            f"the cache in {folder} was built with {', '.join(differing)}: name another data.cache, or use these "
            "settings"
        )


def _encode(clip: LabelledClip, config: ClipSettings, encoder: ClipEncoder) -> dict[str, Tensor]:
    data = config.data
    tensors = {"latent": encoder.latent(clip.video).half(), "context": encoder.encode_text(clip.caption)}
    if encoder.with_image:
        tensors["image"] = encoder.latent(clip.video[:1]).half()
    flow = encoder.estimate_flow(clip.video) if clip.flow is None else clip.flow  # [T, H, W, 2]
    tracks = clip.tracks if clip.centres_px is None else follow_flow(flow, clip.centres_px)
    if tracks is not None:
        tensors["tracks_px"] = torch.from_numpy(tracks.points_px).float()
        tensors["tracks_visible"] = torch.from_numpy(tracks.visible)
    if tracks is None or not data.motion_draws:  # validation draws its points from a flow
        planes = F.avg_pool2d(flow.permute(0, 3, 1, 2), data.flow_stride)
        tensors["flow"] = planes.permute(0, 2, 3, 1).half()
    if not data.motion_draws:
        return tensors
    random = np.random.default_rng([config.seed, *clip.name.encode()])
    tensors["motion_dense"] = encoder.latent(motion_video(flow, tracks, "dense", config, random)).half()
    drawn = [motion_video(flow, tracks, "sparse", config, random) for _ in range(data.motion_draws)]
    tensors["motion_sparse"] = torch.stack([encoder.latent(video) for video in drawn]).half()
    return tensors
