"""Tensor names of a CogVideoX transformer in diffusers, ComfyUI and the training framework (SAT)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

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
"""Names inside a block: diffusers -> ComfyUI."""
_TOP_NAMES = {
    f"{kind}_embedding.linear_{n}": f"{kind}_embedding_linear_{n}" for kind in ("time", "ofs") for n in (1, 2)
}
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
    """Lists the weights that every complete transformer in diffusers keys contains."""
    blocks = {f"transformer_blocks.{n}.{name}.weight" for n in range(layers) for name in _BLOCK_WEIGHTS}
    return blocks | {f"{name}.weight" for name in _TOP_WEIGHTS}


def strip_prefixes(key: str, prefixes: Sequence[str]) -> str:
    """Removes prefixes that tools put before a key, in any order and number."""
    while prefix := next((each for each in prefixes if key.startswith(each)), None):
        key = key.removeprefix(prefix)
    return key


def strip_transformer(key: str) -> str:
    """Removes ``transformer.`` before a diffusers key. Training-framework keys have it as part of their name."""
    return re.sub(r"^transformer\.(?!layers\.|final_layernorm(?:\.|$))", "", key)


def sat_to_diffusers(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Converts training-framework keys (``transformer.layers.N``, ``mixins.*``) to diffusers keys.

    Source: diffusers' conversion script. Tensors whose key matches no rule are left out.
    """
    renamed: dict[str, Tensor] = {}
    for key, tensor in tensors.items():
        if match := _SAT_QKV.match(key):
            for name, part in zip("qkv", tensor.chunk(3), strict=True):
                renamed[f"transformer_blocks.{match[1]}.attn1.to_{name}.{match[2]}"] = part
        elif match := _SAT_MODULATION.match(key):
            image_1, image_2, text_1, text_2 = tensor.chunk(4)  # 1: attention, 2: feed-forward
            renamed[f"transformer_blocks.{match[1]}.norm1.linear.{match[2]}"] = torch.cat([image_1, text_1])
            renamed[f"transformer_blocks.{match[1]}.norm2.linear.{match[2]}"] = torch.cat([image_2, text_2])
        elif (new_key := sat_name(key)) != key:
            renamed[new_key] = tensor
    return renamed


def sat_name(key: str) -> str:
    """Renames the key of a training-framework tensor that stays whole. Returns other keys unchanged."""
    return _rename(key, _SAT_TO_DIFFUSERS)


def diffusers_to_comfy(key: str) -> str:
    """Converts a diffusers key to the key of ComfyUI's native CogVideoX."""
    return _translate(key, ("transformer_blocks", "blocks"), _BLOCK_NAMES, _TOP_NAMES)


def comfy_to_diffusers(key: str) -> str:
    """Converts a key of ComfyUI's native CogVideoX to the diffusers key."""
    block_names, top_names = ({new: old for old, new in names.items()} for names in (_BLOCK_NAMES, _TOP_NAMES))
    return _translate(key, ("blocks", "transformer_blocks"), block_names, top_names)


def _translate(key: str, block: tuple[str, str], block_names: dict[str, str], top_names: dict[str, str]) -> str:
    """Replaces the module name in a key. Returns the key unchanged if both frameworks use the same name."""
    start, names = "", top_names
    if match := re.match(rf"^{block[0]}\.(\d+)\.", key):
        start, names, key = f"{block[1]}.{match[1]}.", block_names, key[match.end() :]
    for old, new in names.items():
        if key.startswith(f"{old}."):
            return f"{start}{new}{key[len(old) :]}"
    return f"{match[0]}{key}" if match else key


def _rename(key: str, rules: tuple[tuple[str, str], ...]) -> str:
    """Applies the first rule that matches."""
    for pattern, replacement in rules:
        renamed, found = re.subn(pattern, replacement, key)
        if found:
            return renamed
    return key
