"""A CogVideoX and an adapter with random weights, loaded in the host."""

from __future__ import annotations

from typing import Any

import torch
from sampling import sample
from torch import Tensor

from benchmarks.checkpoint import Files
from tora_core.cogvideox.positions import TEXT_TOKENS

FRAMES, SIZE = 49, (480, 720)
LATENT = (13, 60, 90)


class RandomModel:
    """Samples 49 frames of 720x480 in bf16 on the GPU.

    Args:
        pack: the pack in ComfyUI.
        files: the checkpoint, from ``write_checkpoint``.
    """

    def __init__(self, pack: Any, files: Files) -> None:
        generator = torch.Generator().manual_seed(0)
        self._pack = pack
        self.model = pack.loading.load_cogvideox(files.base, "bf16")[0]
        self.tora = pack.loading.load_tora_model(files.adapter, "random")
        text_channels = self.model.model.diffusion_model.patch_embed.text_proj.in_features
        self._noise = torch.randn(1, 16, *LATENT, generator=generator)
        self._texts = torch.randn(2, 1, TEXT_TOKENS, text_channels, generator=generator)
        height, width = SIZE
        size = pack.part("tora_core.video").Size(width, height)
        motion_latent = torch.randn(1, 16, *LATENT, generator=generator)
        self.motion = pack.sockets.ToraMotion(motion_latent, self.tora, FRAMES, size)

    def apply(self, tier: str, model: Any = None, **options: Any) -> Any:
        settings = {"strength": 1.0, "start_percent": 0.0, "end_percent": 1.0, "tier": tier, **options}
        return self._pack.steering.apply_motion(model or self.model, self.motion, **settings)

    def sample(self, model: Any, steps: int = 2, callback: Any = None) -> Tensor:
        positive, negative = self._texts
        return sample(model, self._noise, positive, negative, steps=steps, callback=callback)


def with_windows(model: Any, length: int) -> Any:
    """Returns a clone that samples overlapping context windows of ``length`` latent frames."""
    from comfy_extras.nodes_context_windows import ContextWindowsManualNode

    settings = {"context_schedule": "standard_static", "context_stride": 1, "closed_loop": False}
    settings |= {"fuse_method": "pyramid", "freenoise": False, "context_overlap": 4, "dim": 2}
    return ContextWindowsManualNode.execute(model, context_length=length, **settings).result[0]
