"""One LoRA in every naming that people share."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

import torch
from torch import Tensor

from tora_core.cogvideox.keys import comfy_to_diffusers

Lora = dict[str, Tensor]


def make_native(weights: Mapping[str, tuple[int, ...]], alpha: float | None = None) -> Lora:
    """Makes a random LoRA in ComfyUI's naming.

    Args:
        weights: shapes by ComfyUI's module name, such as ``blocks.0.q``. Modules ending in q, k and v share their
            down matrix per block, so that they can be merged.
        alpha: stored with each module. None stores none.
    """
    generator = torch.Generator().manual_seed(0)
    lora: Lora = {}
    down: dict[str, Tensor] = {}
    for module, (rows, columns) in weights.items():
        shared = re.sub(r"\.[qkv]$", ".qkv", module)
        rank = 4 + len(down) % 3
        if shared not in down:
            down[shared] = torch.randn(rank, columns, generator=generator) * 0.1
        lora[f"diffusion_model.{module}.lora_down.weight"] = down[shared].clone()
        lora[f"diffusion_model.{module}.lora_up.weight"] = torch.randn(rows, len(down[shared]), generator=generator)
        if alpha is not None:
            lora[f"diffusion_model.{module}.alpha"] = torch.tensor(alpha)
    return lora


def _rename(
    lora: Lora, name: Callable[[str], str], endings: tuple[str, str] = (".lora_A.weight", ".lora_B.weight")
) -> Lora:
    """Renames modules with ``name``, which gets ComfyUI's module name, and both matrices with ``endings``."""
    renamed = {}
    for key, tensor in lora.items():
        match = re.match(r"diffusion_model\.(.*?)(\.lora_down\.weight|\.lora_up\.weight|\.alpha)$", key)
        assert match is not None
        ending = {".lora_down.weight": endings[0], ".lora_up.weight": endings[1]}.get(match[2], match[2])
        renamed[name(match[1]) + ending] = tensor
    return renamed


def _to_diffusers(module: str) -> str:
    return comfy_to_diffusers(f"{module}.weight").removesuffix(".weight")


_KOHYA = (".lora_down.weight", ".lora_up.weight")

NAMINGS: dict[str, Callable[[Lora], Lora]] = {
    "ComfyUI": lambda lora: lora,
    "ComfyUI, A and B": lambda lora: _rename(lora, lambda module: f"diffusion_model.{module}"),
    "diffusers": lambda lora: _rename(lora, lambda module: f"transformer.{_to_diffusers(module)}"),
    "diffusers without prefix": lambda lora: _rename(lora, _to_diffusers),
    "PEFT": lambda lora: _rename(lora, lambda module: f"base_model.model.{_to_diffusers(module)}"),
    "PEFT with the adapter's name": lambda lora: _rename(
        lora,
        lambda module: f"base_model.model.transformer.{_to_diffusers(module)}",
        (".lora_A.default.weight", ".lora_B.default.weight"),
    ),
    "old diffusers": lambda lora: _rename(
        lora, lambda module: f"transformer.{_to_diffusers(module)}", (".lora.down.weight", ".lora.up.weight")
    ),
    "old diffusers, linear layer": lambda lora: _rename(
        lora, _to_diffusers, (".lora_linear_layer.down.weight", ".lora_linear_layer.up.weight")
    ),
    "diffusers' attention processors": lambda lora: _rename(
        lora,
        lambda module: re.sub(r"attn1\.to_(q|k|v|out)(\.0)?$", r"attn1.processor.to_\1", _to_diffusers(module)),
        ("_lora.down.weight", "_lora.up.weight"),
    ),
    "kohya of diffusers": lambda lora: _rename(
        lora, lambda module: "lora_unet_" + _to_diffusers(module).replace(".", "_"), _KOHYA
    ),
    "kohya with transformer": lambda lora: _rename(
        lora, lambda module: "lora_transformer_" + _to_diffusers(module).replace(".", "_"), _KOHYA
    ),
    "kohya of ComfyUI": lambda lora: _rename(lora, lambda module: "lora_unet_" + module.replace(".", "_"), _KOHYA),
    "lycoris": lambda lora: _rename(lora, lambda module: "lycoris_" + _to_diffusers(module).replace(".", "_"), _KOHYA),
    "training framework": lambda lora: _to_matrices(lora),
    "training framework, merged": lambda lora: _to_merged(lora),
}


def _sat_module(module: str) -> str:
    """Returns the training framework's name of a module that stays whole."""
    layer, _, part = module.removeprefix("blocks.").partition(".")
    names = {
        "attn_out": "attention.dense",
        "ff_proj": "mlp.dense_h_to_4h",
        "ff_out": "mlp.dense_4h_to_h",
    }
    return f"transformer.layers.{layer}.{names[part]}"


def _to_matrices(lora: Lora) -> Lora:
    """The framework's own LoRA: matrices 0 to 2 of query, key and value."""

    def name(module: str) -> str:
        if match := re.match(r"blocks\.(\d+)\.([qkv])$", module):
            return f"transformer.layers.{match[1]}.attention.query_key_value|{'qkv'.index(match[2])}"
        return f"{_sat_module(module)}|0"

    renamed = {}
    for key, tensor in _rename(lora, name, (".A", ".B")).items():
        module, _, rest = key.partition("|")
        number, kind = rest.split(".", 1)
        renamed[f"{module}.{number}.alpha" if kind == "alpha" else f"{module}.matrix_{kind}.{number}"] = tensor
    return {re.sub(r"(dense|_4h|_to_h)\.0\.alpha$", r"\1.alpha", key): tensor for key, tensor in renamed.items()}


def _to_merged(lora: Lora) -> Lora:
    """A LoRA on the framework's merged layers, as PEFT writes it."""
    renamed: Lora = {}
    modules = {key.removeprefix("diffusion_model.").removesuffix(".lora_up.weight") for key in lora if "lora_up" in key}
    for module in sorted(modules):
        part = {key.rsplit(f"{module}.", 1)[1]: tensor for key, tensor in lora.items() if f".{module}." in key}
        match = re.match(r"blocks\.(\d+)\.([qkv])$", module)
        if match and match[2] != "q":
            continue
        name = _sat_module(module) if not match else f"transformer.layers.{match[1]}.attention.query_key_value"
        up = part["lora_up.weight"]
        if match:
            up = torch.cat([lora[f"diffusion_model.blocks.{match[1]}.{each}.lora_up.weight"] for each in "qkv"])
        renamed |= {f"{name}.lora_A.weight": part["lora_down.weight"], f"{name}.lora_B.weight": up}
        if "alpha" in part:
            renamed[f"{name}.alpha"] = part["alpha"]
    return renamed
