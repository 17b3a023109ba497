"""Validation: samples clips during training and measures how closely they follow their paths."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor

from tora_core.cogvideox.latents import LatentGrid
from tora_core.evaluation.overlay import draw_trajectories
from tora_core.evaluation.trajectory_error import TrajectoryError, track_and_compare
from tora_core.flow.flow_color import flow_video
from tora_core.flow.flow_map import flow_boxes
from tora_core.motion.motion_vae import encode_motion
from tora_core.paths.trajectories import Trajectories

from ..data.cache import ClipCache
from ..data.draws import draw_noise
from ..data.points import sample_trajectories
from ..denoising import decode_latents, denoise
from ..media.files import write_whole
from ..transformer import predict_velocity
from .config import TrainingConfig
from .fusion import fuse_motion

ScoreFunction = Callable[[Tensor, Trajectories, str], float]
"""(video ``[T, H, W, 3]`` uint8, requested trajectories, caption) -> score in pixels, see ``score_px``."""
_POINTS = 4
"""Points per clip whose cache has no tracks."""
_SHEET_ROWS = 6


def score_px(error: TrajectoryError) -> float:
    """Computes a score in pixels from TrajError. Lower is better.

    Every lost point counts as an error of ``(width + height) / 2``. Otherwise noise, where most points are lost, could
    get the best score.
    """
    lost_px = sum(error.canvas) / 2
    return lost_px if error.l1_px is None else error.coverage * error.l1_px + (1 - error.coverage) * lost_px


def score_by_tracking(video: Tensor, wanted: Trajectories, caption: str) -> float:
    """Tracks the requested start points through a video, and returns the score in pixels."""
    return score_px(track_and_compare(video, wanted)[1])


class _ValidationClip(NamedTuple):
    """One validation clip: its caption, the requested trajectories, and the inputs for sampling."""

    caption: str
    trajectories: Trajectories
    motion: Tensor
    context: Tensor
    noise: Tensor
    image: Tensor | None


class Validator:
    """Samples clips that training never uses, with the same noise each time, and scores them.

    Args:
        config: settings of the run.
        cache: cache with the clips of the run.
        names: clips of that cache that are not trained on. Ignored if ``validation.cache`` is set.
        vae: encodes motions and decodes videos.
        grid: compression and scale of the VAE.
        score: measures a sample in pixels.
        share: number of this process, and number of processes. Each process samples its share of the clips.

    Raises:
        ValueError: none of the clips moves.
    """

    def __init__(
        self,
        config: TrainingConfig,
        cache: ClipCache,
        names: list[str],
        vae: Any,
        grid: LatentGrid,
        score: ScoreFunction,
        share: tuple[int, int] = (0, 1),
    ) -> None:
        self._config, self._vae, self._grid, self._score = config, vae, grid, score
        if config.validation.cache is not None:
            cache = cache.with_folder(config.validation.cache)
            names = cache.names[: config.validation.clips]
        self._unconditional = cache.read_unconditional().float()
        rank, processes = share
        clips = [clip for name in names if (clip := self._load_clip(cache, name)) is not None]
        self._clips, self._writes_sheet = clips[rank::processes], rank == 0
        self._own_count = len(self._clips)
        if not clips:
            raise ValueError(
                f"expected validation clips that move, got none in {len(names)} clips: raise validation.clips"
            )
        # With sharded weights, all processes gather them together, so every process must sample equally often.
        self._clips += clips[: math.ceil(len(clips) / processes) - self._own_count]

    @torch.no_grad()
    def run(self, transformer: Any, fusion: Any, name: str) -> list[float]:
        """Samples all clips and writes a sheet of the first ones to ``samples/NAME.png``.

        Returns:
            The score of each clip of this process, in pixels.
        """
        fusion.eval()
        errors: list[float] = []
        pictures: list[tuple[_ValidationClip, Tensor, float]] = []
        batch = self._config.validation.batch
        for start in range(0, len(self._clips), batch):
            clips = self._clips[start : start + batch]
            for clip, video in zip(clips, self._sample_clips(clips, transformer, fusion), strict=True):
                errors.append(self._score(video, clip.trajectories, clip.caption))
                if len(pictures) < _SHEET_ROWS:
                    pictures.append((clip, video, errors[-1]))
        if self._writes_sheet:
            self._write_sheet(pictures, name)
        return errors[: self._own_count]

    def _sample_clips(self, clips: list[_ValidationClip], transformer: Any, fusion: Any) -> list[Tensor]:
        """Samples a batch of clips. Returns one video ``[T, H, W, 3]`` uint8 per clip."""
        weight = next(transformer.parameters())
        positive = torch.stack([clip.context for clip in clips]).to(weight)
        negative = self._unconditional.to(weight).expand_as(positive)
        noise = torch.stack([clip.noise for clip in clips]).to(weight)
        images = [clip.image for clip in clips if clip.image is not None]
        image = torch.stack(images).to(weight) if images else None
        settings = self._config.validation

        def predict(latent: Tensor, context: Tensor, timestep: Tensor) -> Tensor:
            return predict_velocity(transformer, latent, context, timestep)

        motion = torch.stack([clip.motion for clip in clips]).to(weight.device)
        with fuse_motion(fusion, fusion(motion), transformer):
            latents = denoise(predict, noise, positive, negative, settings.steps, settings.guidance, image_latent=image)
        videos = [decode_latents(self._vae, latent[None], self._grid.scale) for latent in latents]
        return [(video.float() * 255).round().to(torch.uint8).cpu() for video in videos]

    def _load_clip(self, cache: ClipCache, name: str) -> _ValidationClip | None:
        """Loads a clip and encodes its motion. Returns None if nothing moves in the clip."""
        tensors = cache.read(name)
        random = np.random.default_rng([self._config.seed, *name.encode()])
        trajectories = cache.get_tracks(tensors)
        if trajectories is None:
            trajectories = sample_trajectories(cache.get_flow(tensors), _POINTS, random, self._config.point_stride)
        if trajectories is None:
            return None
        video = flow_video(flow_boxes(trajectories))
        with torch.no_grad():
            motion = encode_motion(self._vae, video, self._grid)[0]
        return _ValidationClip(
            cache.read_caption(name),
            trajectories,
            motion,
            tensors["context"].float(),
            draw_noise(random, tensors["latent"].shape),
            cache.get_image_condition(tensors),
        )

    def _write_sheet(self, pictures: list[tuple[_ValidationClip, Tensor, float]], name: str) -> None:
        """Writes a contact sheet of clips with their paths and scores."""
        from ..media.contact_sheet import SheetRow, make_contact_sheet

        rows = [
            SheetRow(
                clip.caption[:90] or "no caption",
                f"{error:.1f} px from its paths",
                draw_trajectories(video, clip.trajectories),
            )
            for clip, video, error in pictures
        ]
        path: Path = self._config.output / "samples" / f"{name}.png"
        sheet = make_contact_sheet(name, rows)
        write_whole(path, lambda file: sheet.save(file, format="PNG"))
