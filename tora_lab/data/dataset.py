"""Draws -> what one training step reads: latent, noise, timestep, caption or none, and motion."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import Dataset

from .cache import ClipCache
from .draws import Draw, noise
from .motion_videos import motion_video


class TrainingClips(Dataset[dict[str, Tensor]]):
    """Clips by their draw.

    Args:
        cache: of encoded clips.
        names: those to train on.

    An item holds ``latent`` and ``noise`` ``[16, T', h, w]``, ``timestep``, ``context`` ``[N, D]``, of an
    image-to-video base ``image`` ``[16, T', h, w]``, and ``motion_latent`` ``[16, T', h, w]`` where the cache keeps
    some, else ``motion_video`` ``[T, H, W, 3]`` uint8.
    """

    def __init__(self, cache: ClipCache, names: list[str]) -> None:
        if not names:
            raise ValueError(
                "expected clips to train on, got none: validation took all of them; lower validation.clips"
            )
        self.cache, self.names = cache, names
        self._unconditional = cache.unconditional()

    def __len__(self) -> int:
        return len(self.names)

    def __getitem__(self, draw: Draw) -> dict[str, Tensor]:
        config, tensors = self.cache.config, self.cache.read(self.names[draw.clip])
        random = draw.random
        latent = tensors["latent"].float()
        item = {
            "latent": latent,
            "noise": noise(random, latent.shape),
            "timestep": torch.tensor(draw.timestep(random, config.high_noise)),
            "context": self._unconditional if random.random() < config.text_dropout else tensors["context"],
        }
        if (image := self.cache.image(tensors)) is not None:
            item["image"] = image
        if config.stage != "base":
            item |= self._motion(tensors, random)
        return item

    def _motion(self, tensors: dict[str, Tensor], random: np.random.Generator) -> dict[str, Tensor]:
        config = self.cache.config
        assert config.stage != "base"
        if config.data.motion_draws:
            if config.stage == "dense":
                return {"motion_latent": tensors["motion_dense"].float()}
            drawn = tensors["motion_sparse"]
            return {"motion_latent": drawn[int(random.integers(len(drawn)))].float()}
        tracks = self.cache.tracks(tensors)
        return {"motion_video": motion_video(self.cache.flow(tensors), tracks, config.stage, config, random)}
