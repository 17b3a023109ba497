"""Samples drawn while training, and how far they are from the paths they were given."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor

from tora_core.cogvideox.latents import COGVIDEOX_1_0
from tora_core.evaluation.overlay import draw_trajectories
from tora_core.evaluation.trajectory_error import TrajectoryError, track_and_compare
from tora_core.flow.flow_color import flow_video
from tora_core.flow.flow_map import flow_boxes
from tora_core.motion.motion_vae import encode_motion
from tora_core.paths.trajectories import Trajectories

from ..data.cache import ClipCache
from ..data.draws import noise
from ..data.points import sparse_trajectories
from ..denoising import decode_latents, denoise
from ..media.files import write_whole
from ..transformer import predict_velocity
from .config import TrainingConfig
from .fusion import fuse_motion

ScoreFunction = Callable[[Tensor, Trajectories, str], float]
"""(video ``[T, H, W, 3]`` uint8, wanted, caption) -> how far it is from the paths, in pixels; see ``score_px``."""
_POINTS = 4
_SHEET_ROWS = 6


def score_px(error: TrajectoryError) -> float:
    """TrajError, with half the frame's width and height for every place that was lost: noise must not win."""
    lost_px = sum(error.canvas) / 2
    return lost_px if error.l1_px is None else error.coverage * error.l1_px + (1 - error.coverage) * lost_px


def score_by_tracking(video: Tensor, wanted: Trajectories, caption: str) -> float:
    """The score of the wanted start points, followed through the video."""
    return score_px(track_and_compare(video, wanted)[1])


class _Wanted(NamedTuple):
    """One clip to sample: what it should follow, the motion latent of it, and all else that sampling takes."""

    caption: str
    trajectories: Trajectories
    motion: Tensor
    context: Tensor
    noise: Tensor
    image: Tensor | None


class Validator:
    """Clips that training never sees, sampled with the same noise each time.

    Args:
        config: of the run.
        cache: of its clips.
        names: of that cache, which were held out; those of ``validation.cache`` instead where it is given.
        vae: to encode motions and to decode videos.
        score: measures a sample.
        share: which process this is, and of how many: each samples its own clips.
    """

    def __init__(
        self,
        config: TrainingConfig,
        cache: ClipCache,
        names: list[str],
        vae: Any,
        score: ScoreFunction,
        share: tuple[int, int] = (0, 1),
    ) -> None:
        self._config, self._vae, self._score = config, vae, score
        if config.validation.cache is not None:
            cache = cache.beside(config.validation.cache)
            names = cache.names[: config.validation.clips]
        self._unconditional = cache.unconditional().float()
        rank, processes = share
        clips = [clip for name in names if (clip := self._wanted(cache, name)) is not None]
        self._clips, self._shows = clips[rank::processes], rank == 0
        self._counted = len(self._clips)
        if not clips:
            raise ValueError(
                f"expected clips that move to validate with, got none of {len(names)}: raise validation.clips"
            )
        # Processes that share weights gather them together, so each must sample as often as the others.
        self._clips += clips[: math.ceil(len(clips) / processes) - self._counted]

    @torch.no_grad()
    def run(self, transformer: Any, fusion: Any, name: str) -> list[float]:
        """The score in pixels of each clip, and a sheet of the first ones in ``samples``."""
        fusion.eval()
        errors: list[float] = []
        pictures: list[tuple[_Wanted, Tensor, float]] = []
        batch = self._config.validation.batch
        for start in range(0, len(self._clips), batch):
            clips = self._clips[start : start + batch]
            for clip, video in zip(clips, self._sampled(clips, transformer, fusion), strict=True):
                errors.append(self._score(video, clip.trajectories, clip.caption))
                if len(pictures) < _SHEET_ROWS:
                    pictures.append((clip, video, errors[-1]))
        if self._shows:
            self._sheet(pictures, name)
        return errors[: self._counted]

    def _sampled(self, clips: list[_Wanted], transformer: Any, fusion: Any) -> list[Tensor]:
        """Videos ``[T, H, W, 3]`` uint8."""
        weight = next(transformer.parameters())
        positive = torch.stack([clip.context for clip in clips]).to(weight)
        negative = self._unconditional.to(weight).expand_as(positive)
        given = torch.stack([clip.noise for clip in clips]).to(weight)
        images = [clip.image for clip in clips if clip.image is not None]
        image = torch.stack(images).to(weight) if images else None
        settings = self._config.validation

        def predict(latent: Tensor, context: Tensor, timestep: Tensor) -> Tensor:
            return predict_velocity(transformer, latent, context, timestep)

        motion = torch.stack([clip.motion for clip in clips]).to(weight.device)
        with fuse_motion(fusion, fusion(motion), transformer):
            latents = denoise(predict, given, positive, negative, settings.steps, settings.guidance, image_latent=image)
        videos = [decode_latents(self._vae, latent[None], COGVIDEOX_1_0.scale) for latent in latents]
        return [(video.float() * 255).round().to(torch.uint8).cpu() for video in videos]

    def _wanted(self, cache: ClipCache, name: str) -> _Wanted | None:
        """A clip's paths and motion; None where it stands still."""
        tensors = cache.read(name)
        random = np.random.default_rng([self._config.seed, *name.encode()])
        trajectories = cache.tracks(tensors)
        if trajectories is None:
            trajectories = sparse_trajectories(cache.flow(tensors), _POINTS, random, self._config.point_stride)
        if trajectories is None:
            return None
        video = flow_video(flow_boxes(trajectories))
        with torch.no_grad():
            motion = encode_motion(self._vae, video)[0]
        return _Wanted(
            cache.caption(name),
            trajectories,
            motion,
            tensors["context"].float(),
            noise(random, tensors["latent"].shape),
            cache.image(tensors),
        )

    def _sheet(self, pictures: list[tuple[_Wanted, Tensor, float]], name: str) -> None:
        from ..media.contact_sheet import SheetRow, contact_sheet

        rows = [
            SheetRow(
                clip.caption[:90] or "no caption",
                f"{error:.1f} px from its paths",
                draw_trajectories(video, clip.trajectories),
            )
            for clip, video, error in pictures
        ]
        path: Path = self._config.output / "samples" / f"{name}.png"
        sheet = contact_sheet(name, rows)
        write_whole(path, lambda file: sheet.save(file, format="PNG"))
