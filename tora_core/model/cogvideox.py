"""Facts of the base model: its shape, its keys in three frameworks, its positions, and how it was trained."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

TRAIN_TIMESTEPS = 1000
TEXT_TOKENS = 226
HEAD_DIM = 64
PATCH_SIZE = 2
CANVAS_LATENT = (30, 45)
"""Rows and columns of tokens at 480x720, the size CogVideoX 1.0 was trained at."""
CANVAS_LATENT_FRAMES = 13
ROPE_THETA = 10000.0

SCHEDULER = {
    "num_train_timesteps": TRAIN_TIMESTEPS,
    "beta_start": 0.00085,
    "beta_end": 0.012,
    "beta_schedule": "scaled_linear",
    "prediction_type": "v_prediction",
    "rescale_betas_zero_snr": True,
    "timestep_spacing": "trailing",
    "snr_shift_scale": 1.0,
    "clip_sample": False,
}
"""CogVideoX-5B's ``scheduler_config.json``, for diffusers' CogVideoXDDIMScheduler."""

_SAT_TO_DIFFUSERS = (
    (r"^time_embed\.0\.", "time_embedding.linear_1."),
    (r"^time_embed\.2\.", "time_embedding.linear_2."),
    (r"^ofs_embed\.0\.", "ofs_embedding.linear_1."),
    (r"^ofs_embed\.2\.", "ofs_embedding.linear_2."),
    (r"^mixins\.patch_embed\.", "patch_embed."),
    (r"^mixins\.pos_embed\.pos_embedding$", "patch_embed.pos_embedding"),
    (r"^transformer\.final_layernorm\.", "norm_final."),
    (r"^mixins\.final_layer\.adaLN_modulation\.1\.", "norm_out.linear."),
    (r"^mixins\.final_layer\.norm_final\.", "norm_out.norm."),
    (r"^mixins\.final_layer\.linear\.", "proj_out."),
    (r"^transformer\.layers\.(\d+)\.attention\.dense\.", r"transformer_blocks.\1.attn1.to_out.0."),
    (r"^transformer\.layers\.(\d+)\.mlp\.dense_h_to_4h\.", r"transformer_blocks.\1.ff.net.0.proj."),
    (r"^transformer\.layers\.(\d+)\.mlp\.dense_4h_to_h\.", r"transformer_blocks.\1.ff.net.2."),
    (r"^transformer\.layers\.(\d+)\.input_layernorm\.", r"transformer_blocks.\1.norm1.norm."),
    (r"^transformer\.layers\.(\d+)\.post_attention_layernorm\.", r"transformer_blocks.\1.norm2.norm."),
    (r"^mixins\.adaln_layer\.query_layernorm_list\.(\d+)\.", r"transformer_blocks.\1.attn1.norm_q."),
    (r"^mixins\.adaln_layer\.key_layernorm_list\.(\d+)\.", r"transformer_blocks.\1.attn1.norm_k."),
)
_SAT_QKV = re.compile(r"^transformer\.layers\.(\d+)\.attention\.query_key_value\.(weight|bias)$")
_SAT_MODULATION = re.compile(r"^mixins\.adaln_layer\.adaLN_modulations\.(\d+)\.1\.(weight|bias)$")
_BLOCK_NAMES = {
    **{f"attn1.to_{name}": name for name in "qkv"},
    **{f"attn1.norm_{name}": f"norm_{name}" for name in "qk"},
    "attn1.to_out.0": "attn_out",
    "ff.net.0.proj": "ff_proj",
    "ff.net.2": "ff_out",
    "norm1": "norm1",
    "norm2": "norm2",
}
"""Inside a block: diffusers' name -> ComfyUI's."""
_TOP_NAMES = {
    f"{kind}_embedding.linear_{n}": f"{kind}_embedding_linear_{n}" for kind in ("time", "ofs") for n in (1, 2)
}


@dataclass(frozen=True)
class BaseSpec:
    """What a CogVideoX transformer is, by its shapes."""

    layers: int
    width: int
    in_channels: int
    patch_size_t: int = 1
    learned_positions: bool = False

    @property
    def task(self) -> str:
        return "t2v" if self.in_channels == 16 else "i2v"

    @property
    def is_2b(self) -> bool:
        """CogVideoX-2B: other positions and another VAE scale; no Tora adapter exists for it."""
        return (self.layers, self.width) == (30, 1920)

    def __str__(self) -> str:
        version = "1.0" if self.patch_size_t == 1 else "1.5"
        return f"CogVideoX {version} {self.task}, {self.layers} blocks of width {self.width}"

    @classmethod
    def from_tensors(cls, shapes: Mapping[str, tuple[int, ...]]) -> BaseSpec:
        """Reads the shapes of a transformer in diffusers keys."""
        patch = shapes["patch_embed.proj.weight"]
        layers = {key.split(".")[1] for key in shapes if key.startswith("transformer_blocks.")}
        return cls(
            layers=len(layers),
            width=patch[0],
            in_channels=patch[1] if len(patch) == 4 else patch[1] // (2 * PATCH_SIZE**2),
            patch_size_t=1 if len(patch) == 4 else 2,
            learned_positions="patch_embed.pos_embedding" in shapes,
        )


_BLOCK_WEIGHTS = (
    *(f"attn1.{name}" for name in ("to_q", "to_k", "to_v", "to_out.0", "norm_q", "norm_k")),
    *(f"{norm}.{part}" for norm in ("norm1", "norm2") for part in ("linear", "norm")),
    *("ff.net.0.proj", "ff.net.2"),
)
_TOP_WEIGHTS = (
    *("patch_embed.proj", "patch_embed.text_proj", "time_embedding.linear_1", "time_embedding.linear_2"),
    *("norm_final", "norm_out.linear", "norm_out.norm", "proj_out"),
)


def required_keys(layers: int) -> set[str]:
    """The weights without which a transformer in diffusers keys is not whole."""
    blocks = {f"transformer_blocks.{n}.{name}.weight" for n in range(layers) for name in _BLOCK_WEIGHTS}
    return blocks | {f"{name}.weight" for name in _TOP_WEIGHTS}


def sat_to_diffusers(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Training-framework keys (``transformer.layers.N``, ``mixins.*``) -> diffusers keys (by its conversion script)."""
    renamed: dict[str, Tensor] = {}
    for key, tensor in tensors.items():
        if match := _SAT_QKV.match(key):
            for name, part in zip("qkv", tensor.chunk(3), strict=True):
                renamed[f"transformer_blocks.{match[1]}.attn1.to_{name}.{match[2]}"] = part
        elif match := _SAT_MODULATION.match(key):
            image_1, image_2, text_1, text_2 = tensor.chunk(4)  # attention and feed-forward, of image and of text
            renamed[f"transformer_blocks.{match[1]}.norm1.linear.{match[2]}"] = torch.cat([image_1, text_1])
            renamed[f"transformer_blocks.{match[1]}.norm2.linear.{match[2]}"] = torch.cat([image_2, text_2])
        elif (new_key := sat_name(key)) != key:
            renamed[new_key] = tensor
    return renamed


def sat_name(key: str) -> str:
    """The diffusers name of a training-framework tensor that is taken over whole; other keys as they are."""
    return _rename(key, _SAT_TO_DIFFUSERS)


def diffusers_to_comfy(key: str) -> str:
    """A diffusers key -> the key of ComfyUI's native CogVideoX."""
    return _translate(key, ("transformer_blocks", "blocks"), _BLOCK_NAMES, _TOP_NAMES)


def comfy_to_diffusers(key: str) -> str:
    """A key of ComfyUI's native CogVideoX -> the diffusers key."""
    block_names, top_names = ({new: old for old, new in names.items()} for names in (_BLOCK_NAMES, _TOP_NAMES))
    return _translate(key, ("blocks", "transformer_blocks"), block_names, top_names)


def _translate(key: str, block: tuple[str, str], block_names: dict[str, str], top_names: dict[str, str]) -> str:
    """A key with its module's name put into the other framework's; keys that both name alike stay as they are."""
    start, names = "", top_names
    if match := re.match(rf"^{block[0]}\.(\d+)\.", key):
        start, names, key = f"{block[1]}.{match[1]}.", block_names, key[match.end() :]
    for old, new in names.items():
        if key.startswith(f"{old}."):
            return f"{start}{new}{key[len(old) :]}"
    return f"{match[0]}{key}" if match else key


def _rename(key: str, rules: tuple[tuple[str, str], ...]) -> str:
    for pattern, replacement in rules:
        renamed, found = re.subn(pattern, replacement, key)
        if found:
            return renamed
    return key


def canvas_positions(height: int, width: int) -> tuple[Tensor, Tensor]:
    """Where token rows and columns lie on CogVideoX 1.0's 30x45 canvas (diffusers ``get_resize_crop_region_for_grid``).

    The grid is fitted into the canvas with its aspect kept and centred: plain 0..29 and 0..44 at 480x720.
    """
    canvas_height, canvas_width = CANVAS_LATENT
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
    """The rotary embedding that CogVideoX was trained with (diffusers ``get_3d_rotary_pos_embed``).

    Args:
        height: rows of tokens.
        width: columns of tokens.
        frames: frames of tokens.
        patch_size_t: 1 places the grid on the 1.0 canvas, 2 uses plain whole numbers as 1.5 does.
        device: where the tables are made.

    Returns:
        cos and sin, ``[T'*h*w, 64]`` float32; a quarter of the channels is time, three eighths are rows and columns.
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
    """The learned position table of CogVideoX-5B-I2V for a video of this size (diffusers ``CogVideoXPatchEmbed``).

    Away from 480x720 the table is read at the places where the rotary embedding puts the tokens, linearly between its
    entries; diffusers refuses those sizes.

    Args:
        table: ``[1, 226 + 13*30*45, C]``, text first.
        text_tokens: text tokens of this call; those beyond the trained 226 have no position.
        frames: latent frames of this call.
        height: rows of tokens.
        width: columns of tokens.

    Returns:
        ``[1, text_tokens + T'*h*w, C]``

    Raises:
        ValueError: more latent frames than the table holds.
    """
    check_table_frames(table, frames)
    text = F.pad(table[:, : min(text_tokens, TEXT_TOKENS)], (0, 0, 0, max(0, text_tokens - TEXT_TOKENS)))
    image = table[0, TEXT_TOKENS:].unflatten(0, (-1, *CANVAS_LATENT))[:frames]  # [T', 30, 45, C]
    if (height, width) != CANVAS_LATENT:
        rows, columns = canvas_positions(height, width)
        image = _interpolate(_interpolate(image, rows, 1), columns, 2)
    return torch.cat([text, image.reshape(1, frames * height * width, -1)], dim=1)


def check_table_frames(table: Tensor, frames: int) -> None:
    """Refuses more latent frames than the learned position table ``[1, 226 + T'*30*45, C]`` holds, with the limit."""
    rows, columns = CANVAS_LATENT
    available = (table.shape[1] - TEXT_TOKENS) // (rows * columns)
    if frames > available:
        raise ValueError(
            f"the learned position table holds {available} latent frames ({4 * (available - 1) + 1} frames), got "
            f"{frames} latent frames ({4 * (frames - 1) + 1} frames): use a shorter video, context windows of at most "
            f"{available - 1} latent frames, or turn learned_positions off"
        )


def _interpolate(values: Tensor, positions: Tensor, axis: int) -> Tensor:
    """Reads ``values`` at fractional ``positions`` along ``axis``, linearly, the edge repeated outside."""
    last = values.shape[axis] - 1
    positions = positions.clamp(0, last).to(values.device)
    lower = positions.floor().long()
    upper = (lower + 1).clamp(max=last)
    shape = [1] * values.ndim
    shape[axis] = -1
    weight = (positions - lower).view(shape).to(values.dtype)
    return torch.lerp(values.index_select(axis, lower), values.index_select(axis, upper), weight)
