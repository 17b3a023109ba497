"""What accelerate's ways to share weights between processes need to know, and which of them cannot be used."""

from __future__ import annotations

from typing import Any

from .config import TrainingConfig


def is_sharded(accelerator: Any) -> bool:
    """Whether each process holds a part of the weights only."""
    from accelerate.utils import DistributedType

    return accelerator.distributed_type == DistributedType.FSDP


def prepare_sharing(accelerator: Any, config: TrainingConfig) -> None:
    """Fits accelerate's plugins to a run, before it prepares anything.

    Raises:
        ValueError: a way to share weights that this run cannot be trained with.
    """
    if is_sharded(accelerator):
        if not accelerator.is_fsdp2:
            raise ValueError("expected FSDP2, got FSDP1: set fsdp_version to 2 in accelerate's configuration")
        if config.fusion != "adaptive_norm":
            raise ValueError(f"expected whole weights for {config.fusion}, got FSDP2: train this fusion without it")
        # Autocast does it already; batch norms would get statistics of another precision than their weights.
        accelerator.state.fsdp_plugin.mixed_precision_policy = None
    plugin = accelerator.state.deepspeed_plugin
    if plugin is not None:
        if plugin.zero_stage == 3:
            raise ValueError("expected weights that can be averaged, got DeepSpeed ZeRO 3: use ZeRO 2, or FSDP2")
        plugin.deepspeed_config["train_micro_batch_size_per_gpu"] = config.batch_size
