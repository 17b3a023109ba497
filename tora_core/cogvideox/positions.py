"""Positions of tokens: the rotary embedding, and the learned table of CogVideoX-5B-I2V."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from .latents import COGVIDEOX_1_0
from .spec import HEAD_DIM

TEXT_TOKENS = 226
"""CogVideoX's tokenizer pads every prompt to this length."""
_, *_CANVAS_TOKENS = COGVIDEOX_1_0.token_shape(1, *COGVIDEOX_1_0.latent_size(COGVIDEOX_1_0.trained_size))
CANVAS_TOKENS = tuple(_CANVAS_TOKENS)
"""Rows and columns of tokens, 30 and 45, at 720x480, the training size of CogVideoX 1.0."""
ROPE_THETA = 10000.0


def canvas_positions(height: int, width: int) -> tuple[Tensor, Tensor]:
    """Places token rows and columns on the 30x45 canvas of CogVideoX 1.0.

    Scales the grid to fit into the canvas, keeps its aspect ratio and centres it. At 720x480 the positions are the
    whole numbers 0..29 and 0..44. Source: diffusers ``get_resize_crop_region_for_grid``.
    """
    canvas_height, canvas_width = CANVAS_TOKENS
    if height / width > canvas_height / canvas_width:
        fitted_height, fitted_width = canvas_height, round(canvas_height / height * width)
    else:
        fitted_height, fitted_width = round(canvas_width / width * height), canvas_width
    top, left = round((canvas_height - fitted_height) / 2.0), round((canvas_width - fitted_width) / 2.0)
    rows = torch.linspace(top, (top + fitted_height) * (height - 1) / height, height)
    columns = torch.linspace(left, (left + fitted_width) * (width - 1) / width, width)
    return rows, columns


def rotary_embedding(
    height: int, width: int, frames: int, patch_size_t: int = 1, device: torch.device | str = "cpu"
) -> tuple[Tensor, Tensor]:
    """Computes the rotary embedding that CogVideoX was trained with (diffusers ``get_3d_rotary_pos_embed``).

    Args:
        height: rows of tokens.
        width: columns of tokens.
        frames: frames of tokens.
        patch_size_t: 1 places the grid on the canvas of version 1.0, 2 uses whole numbers as version 1.5 does.
        device: device of the result.

    Returns:
        cos and sin, ``[T'*h*w, 64]`` float32. A quarter of the channels encodes time, three eighths encode rows, and
        three eighths encode columns.
    """
    if patch_size_t == 1:
        rows, columns = canvas_positions(height, width)
    else:
        rows, columns = torch.arange(height).float(), torch.arange(width).float()
    axes = ((torch.arange(frames).float(), HEAD_DIM // 4), (rows, HEAD_DIM // 8 * 3), (columns, HEAD_DIM // 8 * 3))
    angles = []
    for axis, (positions, channels) in enumerate(axes):
        frequencies = 1.0 / ROPE_THETA ** (torch.arange(0, channels, 2, device=device).float() / channels)
        angle = torch.outer(positions.to(device), frequencies).repeat_interleave(2, dim=-1)
        shape = [1, 1, 1, channels]
        shape[axis] = len(positions)
        angles.append(angle.view(shape).expand(frames, height, width, channels))
    table = torch.cat(angles, dim=-1).flatten(0, 2)  # [T'*h*w, 64]
    return table.cos(), table.sin()


def learned_positions(table: Tensor, text_tokens: int, frames: int, height: int, width: int) -> Tensor:
    """Reads the learned position table of CogVideoX-5B-I2V for a video of this size.

    Source: diffusers ``CogVideoXPatchEmbed``.
    At sizes other than 720x480, the table is interpolated linearly at the token positions of the rotary embedding.
    diffusers raises an error at those sizes.

    Args:
        table: ``[1, 226 + 13*30*45, C]``, text first.
        text_tokens: number of text tokens. Tokens beyond the trained 226 get a position of zero.
        frames: number of latent frames.
        height: rows of tokens.
        width: columns of tokens.

    Returns:
        ``[1, text_tokens + T'*h*w, C]``

    Raises:
        ValueError: more latent frames than the table holds.
    """
    check_table_frames(table, frames)
    text = F.pad(table[:, : min(text_tokens, TEXT_TOKENS)], (0, 0, 0, max(0, text_tokens - TEXT_TOKENS)))
    image = table[0, TEXT_TOKENS:].unflatten(0, (-1, *CANVAS_TOKENS))[:frames]  # [T', 30, 45, C]
    if (height, width) != CANVAS_TOKENS:
        rows, columns = canvas_positions(height, width)
        image = _interpolate(_interpolate(image, rows, 1), columns, 2)
    return torch.cat([text, image.reshape(1, frames * height * width, -1)], dim=1)


def check_table_frames(table: Tensor, frames: int) -> None:
    """Checks that the learned position table ``[1, 226 + T'*30*45, C]`` holds enough latent frames.

    Raises:
        ValueError: more latent frames than the table holds. The message states the limit.
    """
    rows, columns = CANVAS_TOKENS
    available = (table.shape[1] - TEXT_TOKENS) // (rows * columns)
    if frames > available:
        most, got = COGVIDEOX_1_0.video_frames(available), COGVIDEOX_1_0.video_frames(frames)
        raise ValueError(
            f"expected at most {available} latent frames ({most} frames), the length of the learned position table, "
            f"got {frames} latent frames ({got} frames): use a shorter video, context windows of at most "
            f"{available - 1} latent frames, or turn learned_positions off"
        )


def _interpolate(values: Tensor, positions: Tensor, axis: int) -> Tensor:
    """Interpolates ``values`` linearly at fractional ``positions`` along ``axis``. Positions outside read the edge."""
    last = values.shape[axis] - 1
    positions = positions.clamp(0, last).to(values.device)
    lower = positions.floor().long()
    upper = (lower + 1).clamp(max=last)
    shape = [1] * values.ndim
    shape[axis] = -1
    weight = (positions - lower).view(shape).to(values.dtype)
    return torch.lerp(values.index_select(axis, lower), values.index_select(axis, upper), weight)
