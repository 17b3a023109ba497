"""Reads the shapes of a transformer and of an adapter from their tensors, and checks that they are usable."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from ..cogvideox.keys import required_keys, sat_name
from ..cogvideox.latents import COGVIDEOX_1_0, COGVIDEOX_1_5
from ..cogvideox.spec import BaseSpec, Task
from ..motion.adapter import ToraSpec
from ..motion.extractor import BLOCKS_PER_LAYER
from ..motion.modulation import GROUPS
from .tensor_files import TensorFiles


def check_numbers(path: Path, files: TensorFiles, keys: Mapping[str, str]) -> None:
    """Checks that weights are floating-point numbers. Counters of batch norms are whole numbers."""
    odd = [key for name, key in keys.items() if not name.endswith("num_batches_tracked") and not files.is_floating(key)]
    if odd:
        raise ValueError(
            f"expected floating-point weights in {path}, got other numbers in {len(odd)} tensors ({odd[:3]}): GGUF and "
            "other quantised weights are not supported; use bf16 or fp8 weights"
        )


def find_base_spec(path: Path, files: TensorFiles, base_keys: Mapping[str, str], is_sat: bool) -> BaseSpec | None:
    """Reads the transformer's shape, or returns None if there is no transformer."""
    shapes = {sat_name(name) if is_sat else name: files.shape(key) for name, key in base_keys.items()}
    if "patch_embed.proj.weight" not in shapes or not any(name.startswith("transformer_blocks.0.") for name in shapes):
        return None
    if not any("quant" in name or "scale" in name for name in shapes):  # ComfyUI reads its own quantised files
        check_numbers(path, files, {name: key for name, key in base_keys.items() if name.endswith(".weight")})
    if len(shapes["patch_embed.proj.weight"]) not in (2, 4):
        raise ValueError(
            f"expected patch_embed.proj.weight of 2 or 4 dimensions in {path}, got shape "
            f"{shapes['patch_embed.proj.weight']}: download the file again"
        )
    spec = BaseSpec.from_tensors(shapes)
    lacking = [] if is_sat else sorted(required_keys(spec.layers) - shapes.keys())
    if lacking:
        raise ValueError(
            f"expected a complete transformer in {path}, got {len(lacking)} missing tensors ({lacking[:3]}): "
            "download all parts again"
        )
    return spec


def find_adapter_spec(
    path: Path, files: TensorFiles, keys: Mapping[str, str], base: BaseSpec | None
) -> ToraSpec | None:
    """Reads the adapter's shape, or returns None if there is no adapter."""
    if not keys:
        return None
    fusers = {name.split(".")[1] for name in keys if name.startswith("fuser.")}
    blocks = {name.split(".")[2] for name in keys if name.startswith("traj_extractor.body.")}
    if not fusers and not blocks:  # many other models have a conv_in too
        return None
    if not fusers or "traj_extractor.conv_in.weight" not in keys:
        have = "fusers" if fusers else "a trajectory extractor"
        raise ValueError(f"expected a trajectory extractor and fusers in {path}, got only {have}: download both files")
    if len(blocks) != BLOCKS_PER_LAYER * len(fusers):
        raise ValueError(
            f"expected {BLOCKS_PER_LAYER} extractor blocks per fuser in {path}, got {len(blocks)} blocks for "
            f"{len(fusers)} fusers: the two files belong to different adapters or are incomplete; download both again"
        )
    shape = files.shape(keys["traj_extractor.conv_in.weight"])
    if len(shape) != 4:
        raise ValueError(
            f"expected a 3x3 convolution at traj_extractor.conv_in.weight in {path}, got {shape}: download it again"
        )
    motion_channels, patch_channels, _, _ = shape
    guessed = COGVIDEOX_1_0 if patch_channels <= COGVIDEOX_1_0.patch_channels else COGVIDEOX_1_5
    grid = base.grid if base else guessed
    temporal = keys.get("fuser.0.flow_gamma_temporal.weight")
    if temporal is None:
        raise ValueError(
            f"expected fuser.0.flow_gamma_temporal.weight in {path}, got incomplete fusers: download the file again"
        )
    width, *kernel = files.shape(temporal) or (0,)
    if len(kernel) != 2 or width < GROUPS or width % GROUPS:
        raise ValueError(
            f"expected fuser.0.flow_gamma_temporal.weight as [width, channels, taps] with a width that is a multiple "
            f"of {GROUPS} in {path}, got {files.shape(temporal)}: download the file again"
        )
    return ToraSpec(
        layers=len(fusers),
        width=width,
        motion_channels=motion_channels,
        grid=replace(grid, channels=patch_channels // (grid.patch_channels // grid.channels)),
        task=_find_task(path, base),
    )


def _find_task(path: Path, base: BaseSpec | None) -> Task | None:
    """Reads the task of an adapter from the transformer in the file, or else from the file's name."""
    if base is not None:
        return base.task
    name = "/".join(path.parts[-3:]).lower()
    if "i2v" in name:
        return "i2v"
    published = {"fuser", "traj_extractor"} & {part.lower().removesuffix(".safetensors") for part in path.parts[-2:]}
    return "t2v" if "t2v" in name or published else None
