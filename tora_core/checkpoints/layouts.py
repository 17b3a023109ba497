"""Checkpoints in every layout in the wild -> ToraSpec, BaseSpec and tensors; refuses the rest by name."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import torch
from torch import Tensor

from ..cogvideox.keys import comfy_to_diffusers, required_keys, sat_name, sat_to_diffusers
from ..cogvideox.latents import COGVIDEOX_1_0, COGVIDEOX_1_5
from ..cogvideox.spec import BaseSpec, Task
from ..motion.adapter import ToraAdapter, ToraSpec
from ..motion.extractor import BLOCKS_PER_LAYER
from .tensor_files import TensorFiles, checkpoint_files

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
    """What one checkpoint holds; tensors are read when asked for.

    Args:
        path: where it was opened.
        adapter: the adapter's spec, or None.
        base: the transformer's spec, or None.
    """

    path: Path
    adapter: ToraSpec | None
    base: BaseSpec | None
    _files: TensorFiles
    _adapter_keys: Mapping[str, str]
    _base_keys: Mapping[str, str]
    _is_sat: bool

    def adapter_tensors(self) -> dict[str, Tensor]:
        """The adapter in the diffusers layout's keys, ``fuser.N.*`` and ``traj_extractor.*``."""
        return {name: self._files[key] for name, key in self._adapter_keys.items()}

    def base_tensors(self) -> dict[str, Tensor]:
        """The transformer in diffusers keys."""
        tensors = {name: self._files[key] for name, key in self._base_keys.items()}
        return sat_to_diffusers(tensors) if self._is_sat else tensors


def open_checkpoint(path: str | Path) -> Checkpoint:
    """Opens a checkpoint in any layout: diffusers, shards, the two-file adapter, training framework, single file.

    Args:
        path: a folder, a file, one shard or an index; of the two-file adapter, either file or their folder.

    Raises:
        ValueError: missing, corrupt, foreign or incomplete; says what was found and what to do.
    """
    path = Path(path)
    main = _fuser_in(path)
    files = TensorFiles(checkpoint_files(main))
    adapter_keys, base_keys = _sort(files)
    if not base_keys and (missing := _missing_part(adapter_keys)):
        files = TensorFiles([*checkpoint_files(main), _partner(main, missing)])
        adapter_keys, base_keys = _sort(files)
    is_sat = any(name.startswith("transformer.layers.") for name in base_keys)
    base = _base_spec(path, files, base_keys, is_sat)
    adapter = _adapter_spec(main, files, adapter_keys, base)
    if adapter is None and base is None:
        raise ValueError(_refusal(path, files))
    return Checkpoint(path, adapter, base, files, adapter_keys, base_keys if base else {}, is_sat)


def load_adapter(checkpoint: Checkpoint, dtype: torch.dtype | None = None) -> ToraAdapter:
    """Builds the adapter of a checkpoint, in eval mode.

    Args:
        checkpoint: must hold an adapter.
        dtype: the weights' dtype; the checkpoint's own where None.
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
    expected = adapter.state_dict()
    for key, tensor in tensors.items():
        if key in expected and tensor.shape != expected[key].shape:
            raise ValueError(
                f"expected {key} of shape {tuple(expected[key].shape)} in {checkpoint.path}, got "
                f"{tuple(tensor.shape)}: the two files are of different adapters, or changed; download them again"
            )
    missing, unexpected = adapter.load_state_dict(
        {key: tensor.to(dtype) if tensor.is_floating_point() else tensor for key, tensor in tensors.items()},
        strict=False,
        assign=True,
    )
    missing = [key for key in missing if not key.endswith("num_batches_tracked")]
    if missing or unexpected:
        raise ValueError(
            f"the adapter in {checkpoint.path} is incomplete or foreign: {len(missing)} tensors are missing "
            f"({missing[:3]}), {len(unexpected)} are unknown ({list(unexpected)[:3]}); download it again"
        )
    for name, buffer in adapter.named_buffers():  # only counters, which eval mode does not read, may still be empty
        if buffer.is_meta:
            adapter.get_submodule(name.rpartition(".")[0]).register_buffer(name.rpartition(".")[2], torch.tensor(0))
    return adapter.eval().requires_grad_(False)


def read_adapter_part(stem: str) -> str | None:
    """Which of the two files of an adapter a file's name says it is (``fuser_I2V``, but not ``diffusers``)."""
    match = re.search(r"(?<![a-z])(fuser|traj_extractor)(?![a-z])", stem.lower())
    return match[1] if match else None


def check_fit(adapter: ToraSpec, base: BaseSpec) -> None:
    """The apply door: refuses an adapter on a transformer it was not trained for.

    Raises:
        ValueError: another version, depth or width; says both.
    """
    if base.is_2b:
        raise ValueError(f"Tora's adapters are for CogVideoX-5B, the MODEL is CogVideoX-2B ({base}): load a 5B model")
    if adapter.grid.patch_size_t != base.patch_size_t:
        raise ValueError(
            f"the adapter is for {adapter}, the MODEL is {base}: load the CogVideoX version the adapter was trained on"
        )
    if (adapter.layers, adapter.width) != (base.layers, base.width):
        raise ValueError(
            f"the adapter has {adapter.layers} fusers of width {adapter.width}, the MODEL has {base.layers} blocks of "
            f"width {base.width}: load the model the adapter was trained on"
        )


def _bare(key: str) -> str:
    """The key without the wrappers that some savers put around the transformer."""
    while True:
        for prefix in ("module.", "model.diffusion_model.", "diffusion_model."):
            if key.startswith(prefix):
                key = key[len(prefix) :]
                break
        else:
            return re.sub(r"^transformer\.(?!layers\.|final_layernorm\.)", "", key)


def _adapter_name(name: str) -> str | None:
    """The diffusers layout's name of an adapter tensor, None for everything else."""
    name = re.sub(r"^mixins\.adaln_layer\.fuser_list\.", "fuser.", name)
    if re.match(r"^\d+\.flow_", name):
        name = f"fuser.{name}"
    if re.match(r"^(body\.\d+\.(block|bn)[12]|conv_in)\.", name):
        name = f"traj_extractor.{name}"
    return name if re.match(r"^(fuser\.\d+\.flow_|traj_extractor\.)", name) else None


def _sort(files: TensorFiles) -> tuple[dict[str, str], dict[str, str]]:
    """The keys of the adapter and of everything else, by their name in the diffusers layout."""
    adapter_keys: dict[str, str] = {}
    base_keys: dict[str, str] = {}
    for key in files:
        name = _bare(key)
        if (adapter_name := _adapter_name(name)) is not None:
            adapter_keys[adapter_name] = key
        else:
            base_keys[comfy_to_diffusers(name)] = key
    return adapter_keys, base_keys


def _fuser_in(path: Path) -> Path:
    """The fuser's file, where ``path`` is a folder around a two-file adapter; otherwise ``path``."""
    if not path.is_dir() or any(path.glob("diffusion_pytorch_model*")) or (path / "transformer").is_dir():
        return path
    found = sorted(file for file in path.rglob("*.safetensors") if read_adapter_part(file.stem) == "fuser")
    if len(found) > 1:
        raise ValueError(f"{path} holds several adapters, {[str(f.relative_to(path)) for f in found][:6]}: choose one")
    return found[0] if found else path


def _missing_part(adapter_keys: Mapping[str, str]) -> str | None:
    """Which file of the two-file layout is not open yet."""
    have = {name.split(".")[0] for name in adapter_keys if name.startswith(("fuser.", "traj_extractor.body."))}
    return next(iter({"fuser", "traj_extractor"} - have)) if len(have) == 1 else None


def _partner(path: Path, missing: str) -> Path:
    """The other file of the two-file layout: beside ``path``, or in a folder named alike."""
    mine = re.compile("fuser" if missing == "traj_extractor" else "traj_extractor", re.IGNORECASE)
    name = mine.sub(missing, path.name)
    places = [path.with_name(name), path.parent.with_name(mine.sub(missing, path.parent.name)) / name]
    partner = next((place for place in places if place.is_file() and place != path), None)
    if partner is None:
        wanted = " or ".join(str(place) for place in dict.fromkeys(places) if place != path)
        raise ValueError(
            f"{path.name} is one of two files of an adapter: expected its partner ({missing}) "
            + (f"at {wanted}" if wanted else f"beside it, named alike with {missing} in its name")
        )
    return partner


def _base_spec(path: Path, files: TensorFiles, base_keys: Mapping[str, str], is_sat: bool) -> BaseSpec | None:
    shapes = {sat_name(name) if is_sat else name: files.shape(key) for name, key in base_keys.items()}
    if "patch_embed.proj.weight" not in shapes or not any(name.startswith("transformer_blocks.0.") for name in shapes):
        return None
    spec = BaseSpec.from_tensors(shapes)
    lacking = [] if is_sat else sorted(required_keys(spec.layers) - shapes.keys())
    if lacking:
        raise ValueError(
            f"the transformer in {path} is incomplete: {len(lacking)} tensors are missing ({lacking[:3]}); "
            "download all of its parts again"
        )
    return spec


def _adapter_spec(path: Path, files: TensorFiles, keys: Mapping[str, str], base: BaseSpec | None) -> ToraSpec | None:
    if not keys:
        return None
    fusers = {name.split(".")[1] for name in keys if name.startswith("fuser.")}
    blocks = {name.split(".")[2] for name in keys if name.startswith("traj_extractor.body.")}
    if not fusers and not blocks:  # a lone conv_in, as many other models have
        return None
    if not fusers or "traj_extractor.conv_in.weight" not in keys:
        have = "fusers" if fusers else "a trajectory extractor"
        raise ValueError(f"expected a trajectory extractor and fusers in {path}, got only {have}")
    if len(blocks) != BLOCKS_PER_LAYER * len(fusers):
        raise ValueError(
            f"expected {BLOCKS_PER_LAYER} extractor blocks per fuser in {path}, got {len(blocks)} blocks for "
            f"{len(fusers)} fusers: the two files are of different adapters, or cut short"
        )
    shape = files.shape(keys["traj_extractor.conv_in.weight"])
    if len(shape) != 4:
        raise ValueError(f"expected a 3x3 convolution at traj_extractor.conv_in.weight in {path}, got shape {shape}")
    motion_channels, patch_channels, _, _ = shape
    guessed = COGVIDEOX_1_0 if patch_channels <= COGVIDEOX_1_0.patch_channels else COGVIDEOX_1_5
    grid = base.grid if base else guessed
    temporal = keys.get("fuser.0.flow_gamma_temporal.weight")
    if temporal is None:
        raise ValueError(f"expected fuser.0.flow_gamma_temporal.weight in {path}: the fusers are incomplete")
    return ToraSpec(
        layers=len(fusers),
        width=files.shape(temporal)[0],
        motion_channels=motion_channels,
        grid=replace(grid, channels=patch_channels // (grid.patch_channels // grid.channels)),
        task=_task(path, base),
    )


def _task(path: Path, base: BaseSpec | None) -> Task | None:
    """T2V or I2V: by the transformer beside it, or else by what the file and its folders are called."""
    if base is not None:
        return base.task
    name = "/".join(path.parts[-3:]).lower()
    if "i2v" in name:
        return "i2v"
    published = {"fuser", "traj_extractor"} & {part.lower().removesuffix(".safetensors") for part in path.parts[-2:]}
    return "t2v" if "t2v" in name or published else None


def _refusal(path: Path, files: TensorFiles) -> str:
    keys = list(files)
    kind = next((kind for kind, pattern in _FOREIGN if any(re.search(pattern, key) for key in keys)), None)
    looks = f"it looks like {kind}" if kind else f"its first keys are {keys[:3]}"
    return (
        f"expected a Tora adapter or a CogVideoX transformer in {path}, got {len(keys)} other tensors ({looks}): "
        "choose fuser.safetensors (with traj_extractor.safetensors) or a CogVideoX checkpoint"
    )
