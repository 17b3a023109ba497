"""Fusions of motion and image tokens: Tora's adaptive norm, and the two alternatives of the paper (section 3.4)."""

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
    """Tora's adaptive norm, ``h + GroupNorm(h) * gamma + beta``."""

    def forward(self, motion_latent: Tensor) -> list[Modulation]:
        """Evaluates the adapter. Copies the result, because FSDP frees sharded parameters after the forward pass."""
        return [Modulation(*(part.clone() for part in each)) for each in super().forward(motion_latent)]

    def fuse(self, hidden: Tensor, block: int, condition: Modulation) -> Tensor:
        """Adds motion to the image tokens ``[B, T'*h*w, C]`` after the first norm of a block."""
        return modulate(hidden, [(condition, 1.0)])


class _PatchFusion(nn.Module):
    """Base of fusions that read the motion patches as tokens, ``[B, T', h*w, channels]`` per block."""

    def __init__(self, spec: ToraSpec) -> None:
        super().__init__()
        self.spec = spec
        self.traj_extractor = TrajectoryExtractor(spec.layers, spec.motion_channels, spec.grid)

    def forward(self, motion_latent: Tensor) -> list[Tensor]:
        """Extracts the motion patches of every block from a motion latent ``[B, 16, T', H/8, W/8]``."""
        batch = len(motion_latent)
        return [
            patch.unflatten(0, (batch, -1)).flatten(3).transpose(2, 3)  # [B, T', h*w, channels]
            for patch in self.traj_extractor(motion_latent)
        ]


class ExtraChannel(_PatchFusion):
    """Extra channels, ``h + Conv(concat[h, motion])``. The convolution is 1x1 and zero-initialised."""

    def __init__(self, spec: ToraSpec) -> None:
        super().__init__(spec)
        self.mix = nn.ModuleList(
            _zero_init(nn.Linear(spec.width + spec.motion_channels, spec.width)) for _ in range(spec.layers)
        )

    def fuse(self, hidden: Tensor, block: int, condition: Tensor) -> Tensor:
        """Adds motion to the image tokens ``[B, T'*h*w, C]`` of a block."""
        motion = _repeat_for_branches(condition.flatten(1, 2), hidden)
        return hidden + self.mix[block](torch.cat([hidden, motion.to(hidden.dtype)], dim=-1))


class CrossAttention(_PatchFusion):
    """Cross-attention, ``h + CrossAttention(h, motion)``. The output layer is zero-initialised.

    Image tokens are the queries. They attend to the motion patches of their own latent frame.
    """

    def __init__(self, spec: ToraSpec, head_dim: int = HEAD_DIM) -> None:
        super().__init__(spec)
        width, channels, layers = spec.width, spec.motion_channels, range(spec.layers)
        self.heads = width // head_dim
        self.query = nn.ModuleList(nn.Linear(width, width) for _ in layers)
        self.key_value = nn.ModuleList(nn.Linear(channels, 2 * width) for _ in layers)
        self.out = nn.ModuleList(_zero_init(nn.Linear(width, width)) for _ in layers)

    def fuse(self, hidden: Tensor, block: int, condition: Tensor) -> Tensor:
        """Adds motion to the image tokens ``[B, T'*h*w, C]`` of a block."""
        batch, _, width = hidden.shape
        motion = _repeat_for_branches(condition, hidden).to(hidden.dtype)  # [B, T', h*w, channels]
        frames, area = motion.shape[1:3]
        query = self.query[block](hidden).view(batch, frames, area, width)
        parts = [query, *self.key_value[block](motion).chunk(2, dim=-1)]
        heads = [part.unflatten(-1, (self.heads, -1)).transpose(2, 3) for part in parts]  # [B, T', heads, h*w, D]
        attended = F.scaled_dot_product_attention(*heads).transpose(2, 3).reshape_as(hidden)
        return hidden + self.out[block](attended)


class NoFusion(nn.Module):
    """Fusion that changes nothing. It shows the base without motion, for comparison."""

    def __init__(self, layers: int) -> None:
        super().__init__()
        self._layers = layers

    def forward(self, motion_latent: Tensor) -> list[None]:
        return [None] * self._layers

    def fuse(self, hidden: Tensor, block: int, condition: None) -> Tensor:
        return hidden


FUSION_CLASSES: dict[FusionKind, Any] = {
    "adaptive_norm": AdaptiveNorm,
    "extra_channel": ExtraChannel,
    "cross_attention": CrossAttention,
}


def create_fusion(kind: FusionKind, spec: ToraSpec) -> Any:
    """Creates a new fusion. Before training, it does not change the base.

    The module maps a motion latent ``[B, 16, T', H/8, W/8]`` to one condition per block. Its method
    ``fuse(hidden, block, condition)`` applies a condition to the image tokens of that block.
    """
    return FUSION_CLASSES[kind](spec)


def fuse_motion(fusion: Any, conditions: Sequence[Any], transformer: Any) -> AbstractContextManager[None]:
    """Steers the transformer inside a ``with`` block, including forwards that gradient checkpointing recomputes.

    Args:
        fusion: a module from ``create_fusion``.
        conditions: what the module returned, one condition per block.
        transformer: diffusers' transformer.
    """
    blocks = transformer.transformer_blocks
    return wrap_first_norms(blocks, lambda hidden, block: fusion.fuse(hidden, block, conditions[block]))


def load_or_create_fusion(config: TrainingConfig, base: BaseSpec) -> Any:
    """Loads the fusion in ``config.adapter``. Creates a new one if ``config.adapter`` is None.

    Args:
        config: settings with the kind of fusion and the adapter.
        base: shape of the transformer to steer.

    Raises:
        ValueError: the file is missing, holds another kind of fusion, or fits another base.
    """
    spec = ToraSpec(base.layers, base.width, config.motion_channels, base.grid)
    if config.adapter is None:
        return create_fusion(config.fusion, spec)
    if config.fusion == "adaptive_norm":
        adapter = load_adapter(open_checkpoint(config.adapter), torch.float32)
        check_fit(adapter.spec, base)
        spec, tensors = adapter.spec, adapter.state_dict()
    else:
        tensors = _load_variant(config.adapter, config.fusion)
    fusion = create_fusion(config.fusion, spec)
    try:
        fusion.load_state_dict(tensors)
    except RuntimeError as error:
        raise ValueError(
            f"expected fusion {config.fusion} with {spec.layers} layers of width {spec.width} and "
            f"{spec.motion_channels} motion channels in {config.adapter}, got other tensors: check adapter, fusion, "
            "motion_channels and base"
        ) from error
    return fusion.eval()


def _load_variant(path: Path, kind: FusionKind) -> dict[str, Tensor]:
    from safetensors.torch import load_file

    path = path if path.suffix in SAFETENSORS else path / f"{kind}.safetensors"
    if not path.is_file():
        raise ValueError(f"expected fusion {kind} at {path}, but the file is missing: check adapter")
    return load_file(path)


def calibrate_batch_norms(fusion: nn.Module, motion_latents: Tensor) -> None:
    """Measures the extractor's batch norm statistics on motion latents ``[N, 16, T', H/8, W/8]``.

    Training then uses the same statistics as inference. With statistics of each batch, a small batch would differ from
    inference, and the clips of a batch would depend on each other.
    """
    extractor: Any = fusion.get_submodule("traj_extractor")
    norms = [module for module in extractor.modules() if isinstance(module, nn.BatchNorm2d)]
    momenta = [norm.momentum for norm in norms]
    for norm in norms:
        norm.reset_running_stats()
        norm.momentum = None  # a plain mean over all batches
        norm.train()
    with torch.no_grad():
        for _ in extractor.motion_patches(motion_latents):
            pass  # a list of all patches would take 24 GB on a 5B model
    for norm, momentum in zip(norms, momenta, strict=True):
        norm.momentum = momentum
        norm.eval()


def _repeat_for_branches(condition: Tensor, hidden: Tensor) -> Tensor:
    """Repeats the conditions of B clips for each guidance branch in ``hidden``."""
    return condition.repeat(len(hidden) // len(condition), *[1] * (condition.ndim - 1))


def _zero_init(linear: nn.Linear) -> nn.Linear:
    """Sets the weight and the bias of a layer to zero."""
    nn.init.zeros_(linear.weight)
    nn.init.zeros_(linear.bias)
    return linear
