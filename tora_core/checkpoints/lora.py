"""Renames the tensors of a LoRA in any known naming to the naming that ComfyUI applies."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

from torch import Tensor

from ..cogvideox.keys import diffusers_to_comfy, required_keys, sat_to_diffusers, strip_prefixes, strip_transformer

_PREFIXES = ("diffusion_model.", "model.", "module.", "base_model.", "unet.")
_KOHYA_PREFIX = re.compile(r"^(lora_unet_+|lora_transformer_|lycoris_)")
_UP = "lora_up.weight"
_DOWN = "lora_down.weight"
_ENDINGS = (
    (r"\.lora_(?:up|B)(?:\.[\w-]+)?(?:\.weight)?$", _UP),
    (r"\.lora_(?:down|A)(?:\.[\w-]+)?(?:\.weight)?$", _DOWN),
    (r"(?:_lora|\.lora|\.lora_linear_layer)\.up\.weight$", _UP),
    (r"(?:_lora|\.lora|\.lora_linear_layer)\.down\.weight$", _DOWN),
    (r"\.(alpha|dora_scale|diff|diff_b)$", r"\1"),
    (r"\.((?:hada|lokr)_\w+)$", r"\1"),
)
"""Endings of a key, and ComfyUI's names for them. PEFT may put the adapter's name in (``lora_A.default.weight``)."""
_SAT_MATRIX = re.compile(r"^(.*)\.matrix_([AB])\.([012])$")
"""The training framework's LoRA: one pair of matrices each for query, key and value, and one for other layers."""
_SAT_QKV = re.compile(r"^transformer\.layers\.(\d+)\.attention\.query_key_value\.([012])$")


class RenamedLora(NamedTuple):
    """A LoRA in ComfyUI's naming.

    Args:
        tensors: ``diffusion_model.blocks.N.q.lora_up.weight`` and so on.
        unused: keys of the file that fit no layer of the transformer.
    """

    tensors: dict[str, Tensor]
    unused: tuple[str, ...]


class _Part(NamedTuple):
    key: str
    tensor: Tensor


def rename_lora(tensors: Mapping[str, Tensor], layers: int) -> RenamedLora:
    """Renames a LoRA for a CogVideoX transformer.

    Reads the namings of ComfyUI, of diffusers and PEFT with any prefix, of kohya, and of the training framework. The
    framework's merged query-key-value and modulation layers are split.

    Args:
        tensors: tensors of the file.
        layers: transformer blocks of the MODEL.

    Raises:
        ValueError: no key fits a layer of the transformer. The message shows the first keys.
    """
    names = _list_module_names(layers)
    renamed: dict[str, Tensor] = {}
    unused: list[str] = []
    for module, parts in _group_by_module(tensors).items():
        found = _rename_module(module, parts, names)
        renamed |= found
        if not found:
            unused += [part.key for part in parts.values()]
    if not renamed:
        raise ValueError(
            f"expected a LoRA for CogVideoX with {layers} blocks, got {len(tensors)} tensors that fit none of its "
            f"layers ({sorted(tensors)[:3]}): choose a LoRA that was trained for CogVideoX"
        )
    return RenamedLora(renamed, tuple(unused))


def _group_by_module(tensors: Mapping[str, Tensor]) -> dict[str, dict[str, _Part]]:
    """Groups the tensors by module. A key with an unknown ending is a module of its own."""
    modules: dict[str, dict[str, _Part]] = {}
    for key, tensor in tensors.items():
        module, ending = _split_key(key)
        modules.setdefault(module, {})[ending] = _Part(key, tensor)
    return modules


def _split_key(key: str) -> tuple[str, str]:
    """Splits a key into module and ComfyUI's ending, which is empty for an unknown one."""
    if match := _SAT_MATRIX.match(key):
        whole = match[1] if match[3] == "0" and not match[1].endswith("query_key_value") else f"{match[1]}.{match[3]}"
        return whole, _DOWN if match[2] == "A" else _UP
    for pattern, name in _ENDINGS:
        if match := re.search(pattern, key):
            return key[: match.start()], match.expand(name)
    return key, ""


def _rename_module(module: str, parts: Mapping[str, _Part], names: Mapping[str, str]) -> dict[str, Tensor]:
    """Renames the tensors of a module. Returns nothing if the transformer has no such layer."""
    bare = _strip_prefixes(module)
    if match := _SAT_QKV.match(bare):
        bare = f"transformer_blocks.{match[1]}.attn1.to_{'qkv'[int(match[2])]}"
    known = {ending: part.tensor for ending, part in parts.items() if ending}
    if known and (native := names.get(bare)):
        return {f"diffusion_model.{native}.{ending}": tensor for ending, tensor in known.items()}
    return _split_merged(bare, known, names) if _UP in known else {}


def _split_merged(bare: str, known: Mapping[str, Tensor], names: Mapping[str, str]) -> dict[str, Tensor]:
    """Splits a LoRA on a merged layer: rows of the up matrix belong to rows of the weight."""
    renamed: dict[str, Tensor] = {}
    for key, rows in sat_to_diffusers({f"{bare}.weight": known[_UP]}).items():
        native = names.get(key.removesuffix(".weight"))
        if native is None:
            return {}
        part = {**known, _UP: rows.contiguous()}
        renamed |= {f"diffusion_model.{native}.{ending}": tensor for ending, tensor in part.items()}
    return renamed


def _strip_prefixes(module: str) -> str:
    """Removes what tools put before a module's name."""
    if match := _KOHYA_PREFIX.match(module):
        return re.sub(r"^transformer_(?=transformer_blocks_)", "", module[match.end() :])
    while (stripped := strip_transformer(strip_prefixes(module, _PREFIXES))) != module:
        module = stripped
    return module


def _list_module_names(layers: int) -> dict[str, str]:
    """Maps every known name of each layer to ComfyUI's name. kohya writes ``_`` in place of dots."""
    names: dict[str, str] = {}
    modules = [key.removesuffix(".weight") for key in required_keys(layers)]
    for name in (*modules, "ofs_embedding.linear_1", "ofs_embedding.linear_2"):
        native = diffusers_to_comfy(f"{name}.weight").removesuffix(".weight")
        processor = re.sub(r"attn1\.to_(q|k|v|out)(\.0)?$", r"attn1.processor.to_\1", name)
        for known in (name, native, processor, re.sub(r"to_out\.0$", "to_out", name)):
            names[known] = names[known.replace(".", "_")] = native
    return names
