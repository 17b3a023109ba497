"""diffusers' CogVideoX transformer: loaded from any checkpoint layout, and called with our tensor layouts."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from tora_core.checkpoints.layouts import Checkpoint
from tora_core.cogvideox.positions import rotary_embedding
from tora_core.cogvideox.spec import HEAD_DIM, BaseSpec


def require_base(checkpoint: Checkpoint) -> BaseSpec:
    """Returns the shape of the transformer in a checkpoint.

    Raises:
        ValueError: the checkpoint holds only an adapter.
    """
    if checkpoint.base is None:
        raise ValueError(
            f"expected a CogVideoX transformer in {checkpoint.path}, got only an adapter: choose a base model"
        )
    return checkpoint.base


def load_transformer(checkpoint: Checkpoint, dtype: torch.dtype = torch.float32) -> Any:
    """Builds diffusers' ``CogVideoXTransformer3DModel`` from a checkpoint; its configuration comes from the shapes."""
    from diffusers import CogVideoXTransformer3DModel

    spec = require_base(checkpoint)
    grid = spec.grid
    sample_height, sample_width = grid.latent_size(grid.trained_size)
    tensors = checkpoint.base_tensors()
    with torch.device("meta"):
        transformer: Any = CogVideoXTransformer3DModel(
            num_attention_heads=spec.width // HEAD_DIM,
            attention_head_dim=HEAD_DIM,
            in_channels=spec.in_channels,
            out_channels=grid.channels,
            time_embed_dim=tensors["time_embedding.linear_1.weight"].shape[0],
            text_embed_dim=tensors["patch_embed.text_proj.weight"].shape[1],
            num_layers=spec.layers,
            patch_size=grid.patch_size,
            patch_size_t=None if grid.patch_size_t == 1 else grid.patch_size_t,
            patch_bias="patch_embed.proj.bias" in tensors,
            sample_width=sample_width,
            sample_height=sample_height,
            sample_frames=grid.trained_frames,
            use_rotary_positional_embeddings=True,
            use_learned_positional_embeddings=spec.learned_positions,
        )
    transformer.load_state_dict({key: tensor.to(dtype) for key, tensor in tensors.items()}, assign=True)
    return transformer.eval().requires_grad_(False)


def predict_velocity(transformer: Any, latent: Tensor, context: Tensor, timestep: Tensor, config: Any = None) -> Tensor:
    """Runs diffusers' transformer once, with the rotary embedding that it was trained with.

    Args:
        transformer: diffusers' ``CogVideoXTransformer3DModel``.
        latent: ``[B, C, T', H/8, W/8]``.
        context: text features ``[B, N, D]``.
        timestep: ``[B]``.
        config: the transformer's configuration. Only a wrapped transformer without ``config`` needs it.

    Returns:
        ``[B, 16, T', H/8, W/8]``
    """
    config = config or transformer.config
    _, _, frames, height, width = latent.shape
    patch_size_t = config.patch_size_t or 1
    rotary = None
    if config.use_rotary_positional_embeddings:
        rows, columns = height // config.patch_size, width // config.patch_size
        rotary = rotary_embedding(rows, columns, -(-frames // patch_size_t), patch_size_t, latent.device)
    predicted = transformer(
        hidden_states=latent.transpose(1, 2),  # [B, T', C, H/8, W/8]
        encoder_hidden_states=context,
        timestep=timestep,
        image_rotary_emb=rotary,
        return_dict=False,
    )[0]
    return predicted.transpose(1, 2)  # [B, C, T', H/8, W/8]
