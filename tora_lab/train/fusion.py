"""How motion meets the image tokens: Tora's adaptive norm, and the two others of the paper's ablation (section 3.4)."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from tora_core.checkpoints.layouts import check_fit, load_adapter, open_checkpoint
from tora_core.checkpoints.tensor_files import SAFETENSORS
from tora_core.cogvideox.spec import HEAD_DIM, BaseSpec
from tora_core.motion.adapter import ToraAdapter, ToraSpec
from tora_core.motion.extractor import TrajectoryExtractor
from tora_core.motion.modulate import modulate
from tora_core.motion.modulation import Modulation
from tora_core.steering.injection import wrap_first_norms

from .config import FusionKind, TrainingConfig


class AdaptiveNorm(ToraAdapter):
    """``h + GroupNorm(h) * gamma + beta``: the adapter itself."""

    def forward(self, motion_latent: Tensor) -> list[Modulation]:
        """As the adapter, in tensors of its own: sharded parameters are gone when their module has run."""
        return [Modulation(*(part.clone() for part in each)) for each in super().forward(motion_latent)]

    def fuse(self, hidden: Tensor, block: int, condition: Modulation) -> Tensor:
        """Image tokens ``[B, T'*h*w, C]`` after the first norm of a block -> the same with motion."""
        return modulate(hidden, [(condition, 1.0)])


class _OfMotionPatches(nn.Module):
    """Variants whose condition of a block is its motion patch as tokens, ``[B, T', h*w, channels]``."""

    def __init__(self, spec: ToraSpec) -> None:
        super().__init__()
        self.spec = spec
        self.traj_extractor = TrajectoryExtractor(spec.layers, spec.motion_channels, spec.grid)

    def forward(self, motion_latent: Tensor) -> list[Tensor]:
        batch = len(motion_latent)
        return [
            patch.unflatten(0, (batch, -1)).flatten(3).transpose(2, 3)  # [B, T', h*w, channels]
            for patch in self.traj_extractor(motion_latent)
        ]


class ExtraChannel(_OfMotionPatches):
    """``h + Conv(concat[h, motion])``, zero-initialised."""

    def __init__(self, spec: ToraSpec) -> None:
        super().__init__(spec)
        self.mix = nn.ModuleList(
            _zero(nn.Linear(spec.width + spec.motion_channels, spec.width)) for _ in range(spec.layers)
        )

    def fuse(self, hidden: Tensor, block: int, condition: Tensor) -> Tensor:
        motion = _repeat(condition.flatten(1, 2), hidden)
        return hidden + self.mix[block](torch.cat([hidden, motion.to(hidden.dtype)], dim=-1))


class CrossAttention(_OfMotionPatches):
    """``h + CrossAttention(h, motion)``: image tokens ask, the motion of their own frame answers; zero-initialised.

    Motion patches carry no position of their own, so they are given the place in their frame that they stand for.
    """

    def __init__(self, spec: ToraSpec, head_dim: int = HEAD_DIM) -> None:
        super().__init__(spec)
        width, channels, layers = spec.width, spec.motion_channels, range(spec.layers)
        self.heads = width // head_dim
        self.query = nn.ModuleList(nn.Linear(width, width) for _ in layers)
        self.key_value = nn.ModuleList(nn.Linear(channels, 2 * width) for _ in layers)
        self.out = nn.ModuleList(_zero(nn.Linear(width, width)) for _ in layers)

    def fuse(self, hidden: Tensor, block: int, condition: Tensor) -> Tensor:
        batch, _, width = hidden.shape
        motion = _repeat(condition, hidden).to(hidden.dtype)  # [B, T', h*w, channels]
        frames, area = motion.shape[1:3]
        query = self.query[block](hidden).view(batch, frames, area, width)
        parts = [query, *self.key_value[block](motion).chunk(2, dim=-1)]
        heads = [part.unflatten(-1, (self.heads, -1)).transpose(2, 3) for part in parts]  # [B, T', heads, h*w, D]
        attended = F.scaled_dot_product_attention(*heads).transpose(2, 3).reshape_as(hidden)
        return hidden + self.out[block](attended)


class NoFusion(nn.Module):
    """The base as it is: what a fusion is measured against."""

    def __init__(self, layers: int) -> None:
        super().__init__()
        self._layers = layers

    def forward(self, motion_latent: Tensor) -> list[None]:
        return [None] * self._layers

    def fuse(self, hidden: Tensor, block: int, condition: None) -> Tensor:
        return hidden


KINDS: dict[FusionKind, Any] = {
    "adaptive_norm": AdaptiveNorm,
    "extra_channel": ExtraChannel,
    "cross_attention": CrossAttention,
}


def new_fusion(kind: FusionKind, spec: ToraSpec) -> Any:
    """A module that starts as no change at all: motion latent ``[B, 16, T', H/8, W/8]`` in, a condition per block out,
    which its ``fuse(hidden, block, condition)`` reads."""
    return KINDS[kind](spec)


def fuse_motion(fusion: Any, conditions: Sequence[Any], transformer: Any) -> AbstractContextManager[None]:
    """Steers the transformer's forwards, and recomputed ones, inside a ``with`` block, by what ``fusion`` returned."""
    blocks = transformer.transformer_blocks
    return wrap_first_norms(blocks, lambda hidden, block: fusion.fuse(hidden, block, conditions[block]))


def start_fusion(config: TrainingConfig, base: BaseSpec) -> Any:
    """Returns a new fusion for a base, or the one that training starts from.

    Args:
        config: names the kind, and the adapter to start from.
        base: the transformer that is steered.

    Raises:
        ValueError: it is missing, of another kind, or was trained on another base.
    """
    spec = ToraSpec(base.layers, base.width, config.motion_channels, base.grid)
    if config.adapter is None:
        return new_fusion(config.fusion, spec)
    if config.fusion == "adaptive_norm":
        adapter = load_adapter(open_checkpoint(config.adapter), torch.float32)
        check_fit(adapter.spec, base)
        spec, tensors = adapter.spec, adapter.state_dict()
    else:
        tensors = _load_variant(config.adapter, config.fusion)
    fusion = new_fusion(config.fusion, spec)
    try:
        fusion.load_state_dict(tensors)
    except RuntimeError as error:
        raise ValueError(
            f"{config.adapter} is no {config.fusion} fusion of {spec}: check adapter, fusion and base ({error})"
        ) from error
    return fusion.eval()


def _load_variant(path: Path, kind: FusionKind) -> dict[str, Tensor]:
    from safetensors.torch import load_file

    path = path if path.suffix in SAFETENSORS else path / f"{kind}.safetensors"
    if not path.is_file():
        raise ValueError(f"expected a {kind} fusion at {path}, but nothing is there: check adapter")
    return load_file(path)


def calibrate(fusion: nn.Module, motion_latents: Tensor) -> None:
    """Takes the extractor's batch statistics from motions ``[N, 16, T', H/8, W/8]``, layer by layer, as inference will
    use them.

    Trained with each batch's own statistics, a small batch teaches what inference never sees, and clips of one batch
    depend on each other.
    """
    extractor: Any = fusion.get_submodule("traj_extractor")
    norms = [module for module in extractor.modules() if isinstance(module, nn.BatchNorm2d)]
    momenta = [norm.momentum for norm in norms]
    for norm in norms:
        norm.reset_running_stats()
        norm.momentum = None  # the plain mean over what is seen
        norm.train()
    with torch.no_grad():
        for _ in extractor.motion_patches(motion_latents):  # none kept: of a 5B they are 24 GB
            pass
    for norm, momentum in zip(norms, momenta, strict=True):
        norm.momentum = momentum
        norm.eval()


def _repeat(condition: Tensor, hidden: Tensor) -> Tensor:
    """Conditions of B clips over the guidance branches of a batch of theirs."""
    return condition.repeat(len(hidden) // len(condition), *[1] * (condition.ndim - 1))


def _zero(linear: nn.Linear) -> nn.Linear:
    nn.init.zeros_(linear.weight)
    nn.init.zeros_(linear.bias)
    return linear
