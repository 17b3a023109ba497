"""Recognises checkpoints in every known layout, and names the kind of any other file in an error."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from ..cogvideox.keys import comfy_to_diffusers, sat_to_diffusers, strip_prefixes, strip_transformer
from ..cogvideox.spec import BaseSpec
from ..motion.adapter import ToraAdapter, ToraSpec
from .adapter_files import find_fuser, find_missing_part, find_partner
from .specs import check_numbers, find_adapter_spec, find_base_spec
from .tensor_files import TensorFiles, check_exists, checkpoint_files

_PREFIXES = ("module.", "model.diffusion_model.", "diffusion_model.")
_FOREIGN = (
    ("lora", r"lora_(A|B|up|down)|\.lora\."),
    ("a VAE", r"^(first_stage_model\.)?(encoder|decoder)\.(conv_in|down_blocks|mid)"),
    ("a T5 text encoder", r"^(encoder\.block|shared\.weight)"),
    ("a Wan model", r"blocks\.\d+\.(self_attn|cross_attn)\."),
    ("a Flux model", r"(double|single)_blocks\.\d+\."),
    ("a Stable Diffusion UNet", r"(input|output)_blocks\.\d+\."),
)


@dataclass(frozen=True)
class Checkpoint:
    """The contents of one checkpoint. Tensors are read only when they are requested.

    Args:
        path: the path that was opened.
        adapter: the adapter's shape, or None.
        base: the transformer's shape, or None.
    """

    path: Path
    adapter: ToraSpec | None
    base: BaseSpec | None
    _files: TensorFiles
    _adapter_keys: Mapping[str, str]
    _base_keys: Mapping[str, str]
    _is_sat: bool

    def adapter_tensors(self) -> dict[str, Tensor]:
        """Reads the adapter, with keys of the diffusers layout: ``fuser.N.*`` and ``traj_extractor.*``."""
        return {name: self._files[key] for name, key in self._adapter_keys.items()}

    def base_tensors(self) -> dict[str, Tensor]:
        """Reads the transformer, with diffusers keys."""
        tensors = {name: self._files[key] for name, key in self._base_keys.items()}
        return sat_to_diffusers(tensors) if self._is_sat else tensors


def open_checkpoint(path: str | Path) -> Checkpoint:
    """Opens a checkpoint in any layout: diffusers, shards, the two-file adapter, training framework, single file.

    Args:
        path: a folder, a file, one shard or an index. For the two-file adapter, either file or their folder.

    Raises:
        ValueError: the file is missing, damaged, incomplete or of another kind.
    """
    path = Path(path)
    check_exists(path)
    main = find_fuser(path)
    files = TensorFiles(checkpoint_files(main))
    adapter_keys, base_keys = _sort_keys(files)
    if not base_keys and (missing := find_missing_part(adapter_keys)):
        files = TensorFiles([*checkpoint_files(main), find_partner(main, missing)])
        adapter_keys, base_keys = _sort_keys(files)
    check_numbers(path, files, adapter_keys)
    is_sat = any(name.startswith("transformer.layers.") for name in base_keys)
    base = find_base_spec(path, files, base_keys, is_sat)
    adapter = find_adapter_spec(main, files, adapter_keys, base)
    if adapter is None and base is None:
        raise ValueError(_describe_contents(path, files))
    return Checkpoint(path, adapter, base, files, adapter_keys, base_keys if base else {}, is_sat)


def load_adapter(checkpoint: Checkpoint, dtype: torch.dtype | None = None) -> ToraAdapter:
    """Builds the adapter of a checkpoint, in eval mode.

    Args:
        checkpoint: must hold an adapter.
        dtype: type of the weights. None keeps the checkpoint's.
    """
    if checkpoint.adapter is None:
        raise ValueError(
            f"expected a Tora adapter in {checkpoint.path}, got a plain transformer ({checkpoint.base}): "
            "choose fuser.safetensors or a Tora transformer"
        )
    tensors = checkpoint.adapter_tensors()
    dtype = dtype or tensors["traj_extractor.conv_in.weight"].dtype
    with torch.device("meta"):
        adapter = ToraAdapter(checkpoint.adapter)
    broken = [key for key, tensor in tensors.items() if not torch.isfinite(tensor.float()).all()]
    if broken:
        raise ValueError(
            f"expected finite weights in {checkpoint.path}, got NaN or infinity in {len(broken)} tensors "
            f"({broken[:3]}): the training failed or the file is damaged; use another checkpoint"
        )
    expected = adapter.state_dict()
    for key, tensor in tensors.items():
        if key in expected and tensor.shape != expected[key].shape:
            raise ValueError(
                f"expected {key} of shape {tuple(expected[key].shape)} in {checkpoint.path}, got "
                f"{tuple(tensor.shape)}: the two files belong to different adapters; download both again"
            )
    missing, unexpected = adapter.load_state_dict(
        {key: tensor.to(dtype) if tensor.is_floating_point() else tensor for key, tensor in tensors.items()},
        strict=False,
        assign=True,
    )
    missing = [key for key in missing if not key.endswith("num_batches_tracked")]
    if missing or unexpected:
        raise ValueError(
            f"expected a complete Tora adapter in {checkpoint.path}, got {len(missing)} missing tensors "
            f"({missing[:3]}) and {len(unexpected)} unknown ones ({list(unexpected)[:3]}): download it again"
        )
    for name, buffer in adapter.named_buffers():  # counters may be missing: eval mode does not read them
        if buffer.is_meta:
            adapter.get_submodule(name.rpartition(".")[0]).register_buffer(name.rpartition(".")[2], torch.tensor(0))
    return adapter.eval().requires_grad_(False)


def check_fit(adapter: ToraSpec, base: BaseSpec) -> None:
    """Checks that an adapter was trained for a transformer.

    Raises:
        ValueError: the version, number of blocks or width differs; gives both.
    """
    if base.is_2b:
        raise ValueError(
            f"expected CogVideoX-5B, because Tora's adapters are for CogVideoX-5B, got CogVideoX-2B ({base}): load "
            "CogVideoX-5B"
        )
    if adapter.grid.version != base.grid.version:
        raise ValueError(
            f"the adapter is for {adapter}, the MODEL is {base}: load the CogVideoX version the adapter was trained on"
        )
    if (adapter.layers, adapter.width) != (base.layers, base.width):
        raise ValueError(
            f"the adapter has {adapter.layers} fusers of width {adapter.width}, the MODEL has {base.layers} blocks of "
            f"width {base.width}: load the model the adapter was trained on"
        )


def _to_adapter_name(name: str) -> str | None:
    """Returns the diffusers name of an adapter tensor, or None for any other tensor."""
    name = re.sub(r"^mixins\.adaln_layer\.fuser_list\.", "fuser.", name)
    if re.match(r"^\d+\.flow_", name):
        name = f"fuser.{name}"
    if re.match(r"^(body\.\d+\.(block|bn)[12]|conv_in)\.", name):
        name = f"traj_extractor.{name}"
    return name if re.match(r"^(fuser\.\d+\.flow_|traj_extractor\.)", name) else None


def _sort_keys(files: TensorFiles) -> tuple[dict[str, str], dict[str, str]]:
    """Sorts the keys into adapter and rest. Maps diffusers names to the file's keys."""
    adapter_keys: dict[str, str] = {}
    base_keys: dict[str, str] = {}
    for key in files:
        name = strip_transformer(strip_prefixes(key, _PREFIXES))
        if (adapter_name := _to_adapter_name(name)) is not None:
            adapter_keys[adapter_name] = key
        else:
            base_keys[comfy_to_diffusers(name)] = key
    return adapter_keys, base_keys


def _describe_contents(path: Path, files: TensorFiles) -> str:
    """Writes the error for a file that holds neither an adapter nor a CogVideoX transformer."""
    keys = list(files)
    kind = next((kind for kind, pattern in _FOREIGN if any(re.search(pattern, key) for key in keys)), None)
    looks = f"it looks like {kind}" if kind else f"its first keys are {keys[:3]}"
    return (
        f"expected a Tora adapter or a CogVideoX transformer in {path}, got {len(keys)} other tensors ({looks}): "
        "choose fuser.safetensors (with traj_extractor.safetensors) or a CogVideoX checkpoint"
    )
