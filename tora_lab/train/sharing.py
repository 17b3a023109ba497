"""Checks and adjusts accelerate's FSDP and DeepSpeed settings for a run."""

from __future__ import annotations

from typing import Any

from .config import TrainingConfig


def is_sharded(accelerator: Any) -> bool:
    """Whether each process holds only a part of the weights."""
    from accelerate.utils import DistributedType

    return accelerator.distributed_type == DistributedType.FSDP


def prepare_sharing(accelerator: Any, config: TrainingConfig) -> None:
    """Adjusts accelerate's FSDP and DeepSpeed plugins to a run. Call it before ``accelerator.prepare``.

    Raises:
        ValueError: the run does not support this kind of sharding.
    """
    if is_sharded(accelerator):
        if not accelerator.is_fsdp2:
            raise ValueError("expected FSDP2, got FSDP1: set fsdp_version to 2 in accelerate's configuration")
        if config.fusion != "adaptive_norm":
            raise ValueError(f"expected whole weights for fusion {config.fusion}, got FSDP2: turn FSDP off")
        # Autocast already sets the precision. With this policy, the statistics of batch norms would get another dtype
        # than the weights.
        accelerator.state.fsdp_plugin.mixed_precision_policy = None
    plugin = accelerator.state.deepspeed_plugin
    if plugin is not None:
        if plugin.zero_stage == 3:
            raise ValueError(
                "expected DeepSpeed ZeRO 1 or 2, got ZeRO 3, whose weights cannot be averaged: use ZeRO 2 or FSDP2"
            )
        plugin.deepspeed_config["train_micro_batch_size_per_gpu"] = config.batch_size
