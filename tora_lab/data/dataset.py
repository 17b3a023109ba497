"""Data set that turns a draw into training tensors: latent, noise, timestep, text features and motion."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import Dataset

from .cache import ClipCache
from .draws import Draw, draw_noise
from .motion_videos import make_motion_video
from .moving import weigh_moving


class TrainingClips(Dataset[dict[str, Tensor]]):
    """Data set of encoded clips, indexed by ``Draw``.

    An item holds ``latent`` and ``noise`` ``[16, T', h, w]``, ``timestep`` and ``context`` ``[N, D]``. For an
    image-to-video base it also holds ``image`` ``[16, T', h, w]``, with ``motion_weight`` also ``weight``
    ``[1, T', h, w]``. Stages dense and sparse add the motion: ``motion_latent`` ``[16, T', h, w]`` if the cache stores
    motion latents, otherwise ``motion_video`` ``[T, H, W, 3]`` uint8.

    Args:
        cache: cache of encoded clips.
        names: clips to train on.
    """

    def __init__(self, cache: ClipCache, names: list[str]) -> None:
        if not names:
            raise ValueError(
                "expected clips to train on, got none because validation uses all of them: lower validation.clips"
            )
        self.cache, self.names = cache, names
        self._unconditional = cache.read_unconditional()

    def __len__(self) -> int:
        return len(self.names)

    def __getitem__(self, draw: Draw) -> dict[str, Tensor]:
        config, tensors = self.cache.config, self.cache.read(self.names[draw.clip])
        random = draw.random
        latent = tensors["latent"].float()
        item = {
            "latent": latent,
            "noise": draw_noise(random, latent.shape),
            "timestep": torch.tensor(draw.timestep(random, config.high_noise)),
            "context": self._unconditional if random.random() < config.text_dropout else tensors["context"],
        }
        if (image := self.cache.get_image_condition(tensors)) is not None:
            item["image"] = image
        if config.stage == "base" and config.motion_weight > 0:
            item["weight"] = weigh_moving(self.cache.get_moving(tensors), config.motion_weight)
        if config.stage != "base":
            item |= self._read_motion(tensors, random)
        return item

    def _read_motion(self, tensors: dict[str, Tensor], random: np.random.Generator) -> dict[str, Tensor]:
        config = self.cache.config
        assert config.stage != "base"
        if config.data.motion_draws:
            if config.stage == "dense":
                return {"motion_latent": tensors["motion_dense"].float()}
            choices = tensors["motion_sparse"]
            return {"motion_latent": choices[int(random.integers(len(choices)))].float()}
        tracks = self.cache.get_tracks(tensors)
        return {"motion_video": make_motion_video(self.cache.get_flow(tensors), tracks, config.stage, config, random)}
