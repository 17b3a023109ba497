"""Reads the tensors of one checkpoint lazily, from a file, shards or a folder. Never unpickles code."""

from __future__ import annotations

import json
import pickle
import re
import struct
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

SAFETENSORS = (".safetensors", ".sft")
TORCH = (".pt", ".pth", ".bin", ".ckpt")
INDEX = ".safetensors.index.json"
_WRAPPERS = ("module", "state_dict", "model")
_MAX_WRAPPERS = 8
"""Training checkpoints nest their tensors this deep at most. A dictionary that holds itself has no end."""
SHARD = re.compile(r"^(?P<stem>.*)-(?P<number>\d{5})-of-(?P<count>\d{5})$")


_CORRUPT = (
    *(RuntimeError, EOFError, OSError, LookupError, ValueError),
    *(AssertionError, TypeError, AttributeError, RecursionError, MemoryError, struct.error),
)
"""Errors of torch's reader on damaged files, besides UnpicklingError."""


class TensorFiles(Mapping[str, Tensor]):
    """Maps keys to the tensors of one or several files. Safetensors files are read only when a tensor is used.

    Raises:
        ValueError: a shard is missing, a file is damaged, or a torch file holds more than tensors.
    """

    def __init__(self, files: list[Path]) -> None:
        self._sources: dict[str, Any] = {}
        for file in files:
            if not file.is_file():
                raise ValueError(
                    f"expected the file {file}, but it does not exist: download all parts of the checkpoint"
                )
            self._sources |= _open_torch(file) if file.suffix in TORCH else _open_safetensors(file)

    def __getitem__(self, key: str) -> Tensor:
        source = self._sources[key]
        return source if isinstance(source, Tensor) else source.get_tensor(key)

    def __iter__(self) -> Iterator[str]:
        return iter(self._sources)

    def __len__(self) -> int:
        return len(self._sources)

    def is_floating(self, key: str) -> bool:
        """Whether a tensor holds floating-point numbers, without reading the tensor."""
        source = self._sources[key]
        if isinstance(source, Tensor):
            return source.is_floating_point()
        return str(source.get_slice(key).get_dtype()).startswith(("F", "BF"))

    def shape(self, key: str) -> tuple[int, ...]:
        """Returns a tensor's shape without reading the tensor."""
        source = self._sources[key]
        return tuple(source.shape if isinstance(source, Tensor) else source.get_slice(key).get_shape())


def check_exists(path: Path) -> None:
    """Checks that there is a file or folder at ``path``."""
    try:
        exists = path.exists()
    except (OSError, ValueError) as error:  # the name is too long, or holds a null character
        raise ValueError(
            f"expected a checkpoint at {str(path)[:80]!r}..., which cannot be opened ({error.args[-1]}): check the path"
        ) from error
    if not exists:
        raise ValueError(f"expected a checkpoint at {path}, but it does not exist: check the path")


def checkpoint_files(path: Path) -> list[Path]:
    """Lists the files of the checkpoint at ``path``: a file, one of several shards, an index, or a folder."""
    check_exists(path)
    if path.is_dir():
        return _list_folder(path)
    if path.name.endswith(INDEX):
        return _read_index(path)
    if path.suffix not in SAFETENSORS + TORCH:
        raise ValueError(
            f"expected a file ending in {', '.join(SAFETENSORS + TORCH)}, got {path.name}: choose a checkpoint"
        )
    if shard := SHARD.match(path.stem):
        index = path.with_name(shard["stem"] + INDEX)
        if index.is_file():
            return _read_index(index)
        names = (f"{shard['stem']}-{n:05d}-of-{shard['count']}{path.suffix}" for n in range(1, int(shard["count"]) + 1))
        return [path.with_name(name) for name in names]
    return [path]


def _list_folder(folder: Path) -> list[Path]:
    """Lists the files of a diffusers folder (pipeline or transformer), or of a folder with one checkpoint."""
    for inner in (folder, folder / "transformer"):
        indices = sorted(inner.glob(f"diffusion_pytorch_model*{INDEX}")) if inner.is_dir() else []
        if indices:
            return _read_index(indices[0])
        whole = sorted(inner.glob("diffusion_pytorch_model*.safetensors")) if inner.is_dir() else []
        if whole:
            return checkpoint_files(whole[0])
    files = sorted(file for file in folder.iterdir() if file.suffix in SAFETENSORS + TORCH)
    if len(files) != 1:
        raise ValueError(
            f"expected diffusion_pytorch_model*.safetensors, a fuser and traj_extractor pair, or one checkpoint in "
            f"{folder}, got {[file.name for file in files][:8]}: choose a file"
        )
    return files


def _read_index(index: Path) -> list[Path]:
    try:
        names = set(json.loads(index.read_text(encoding="utf-8"))["weight_map"].values())
        return [index.with_name(Path(name).name) for name in sorted(names)]
    except (OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        raise ValueError(
            f"expected a safetensors index in {index.name}, got a damaged file: download it again"
        ) from error


def _open_safetensors(file: Path) -> dict[str, Any]:
    from safetensors import SafetensorError, safe_open

    try:
        handle = safe_open(file, framework="pt")
        return dict.fromkeys(handle.keys(), handle)
    except (SafetensorError, OSError) as error:
        raise ValueError(
            f"expected a safetensors file, got {file.name} of {file.stat().st_size:,} bytes, which cannot be read: "
            "it is probably incomplete or another kind of file; download it again"
        ) from error


def _open_torch(file: Path) -> dict[str, Tensor]:
    try:
        data = torch.load(file, map_location="cpu", weights_only=True, mmap=zipfile.is_zipfile(file))
    except pickle.UnpicklingError as error:
        raise ValueError(
            f"expected only tensors in {file.name}, got pickled code, which is not loaded (weights_only): "
            "convert it to safetensors on a machine where you trust the file"
        ) from error
    except _CORRUPT as error:
        raise ValueError(f"expected a torch file, got {file.name}, which cannot be read: download it again") from error
    tensors = _unwrap(data)
    if not tensors:
        raise ValueError(
            f"expected tensors with names in {file.name}, got {type(data).__name__} without any: choose a checkpoint"
        )
    odd = [key for key, value in tensors.items() if value.is_meta or value.layout != torch.strided]
    if odd:
        raise ValueError(
            f"expected whole tensors in {file.name}, got {len(odd)} without values or in a sparse layout ({odd[:3]}): "
            "save the checkpoint again from loaded weights"
        )
    return tensors


def _unwrap(data: Any) -> dict[str, Tensor]:
    """Returns the named tensors of a state dict that may be wrapped in dictionaries."""
    for _ in range(_MAX_WRAPPERS):
        if not isinstance(data, dict):
            break
        tensors = {key: value for key, value in data.items() if isinstance(key, str) and isinstance(value, Tensor)}
        if tensors:
            return tensors
        data = next((data[key] for key in _WRAPPERS if isinstance(data.get(key), dict)), None)
    return {}
