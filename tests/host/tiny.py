"""A tiny golden checkpoint loaded in the host: its MODEL, its adapter and its golden inputs."""

from __future__ import annotations

from typing import Any

import golden_data
import torch
from sampling import sample
from torch import Tensor

TIERS = ("gpu", "cpu", "recompute")


class Tiny:
    def __init__(self, pack: Any, file: Any, weight_dtype: str = "fp32", tier: str = "auto") -> None:
        self.pack = pack
        self.tier = tier
        self.path, self.golden = golden_data.load_sampling(file)
        self.model = pack.loading.load_cogvideox(str(self.path), weight_dtype)[0]
        self.tora = pack.loading.load_tora_model(str(self.path), self.path.name)
        self.noise = self.golden["noise"].transpose(1, 2)
        self.motion = self.motion_of(self.golden["flow_latent"].transpose(1, 2))

    @property
    def transformer(self) -> Any:
        return self.model.model.diffusion_model

    def motion_of(self, latent: Tensor, tora: Any = None) -> Any:
        _, _, frames, height, width = latent.shape
        size = self.pack.part("tora_core.paths.trajectories").Size(8 * width, 8 * height)
        return self.pack.sockets.ToraMotion(latent, tora or self.tora, 4 * (frames - 1) + 1, size)

    def other_motion(self) -> Any:
        return self.motion_of(self.motion.latent.flip(-1))

    def apply(self, model: Any = None, motion: Any = None, strength: float = 1.0, start: float = 0.0, end: float = 1.0):
        return self.pack.steering.apply_motion(
            model or self.model, motion or self.motion, strength, start, end, tier=self.tier
        )

    def sample(self, model: Any, noise: Tensor | None = None, **options: Any) -> Tensor:
        noise = self.noise if noise is None else noise
        return sample(model, noise, self.golden["positive"], self.golden["negative"], **options)

    def with_lora(self, model: Any) -> Any:
        """Returns a clone of MODEL with a random patch on one weight, as the LoRA loader adds it."""
        weights = self.model.model_state_dict()
        key = next(key for key in weights if key.endswith("blocks.0.q.weight"))
        change = 0.1 * torch.randn(weights[key].shape, generator=torch.Generator().manual_seed(0))
        clone = model.clone()
        assert clone.add_patches({key: (change,)}) == [key]
        return clone
