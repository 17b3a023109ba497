"""The tensors of one checkpoint, read lazily from a file, shards or a folder; never unpickles code."""

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
SHARD = re.compile(r"^(?P<stem>.*)-(?P<number>\d{5})-of-(?P<count>\d{5})$")


_CORRUPT = (
    *(RuntimeError, EOFError, OSError, LookupError, ValueError),
    *(AssertionError, TypeError, AttributeError, struct.error),
)
"""What torch's reader raises on bytes that were cut or changed, beside UnpicklingError."""


class TensorFiles(Mapping[str, Tensor]):
    """A mapping from key to tensor over one or several files; safetensors are opened, not read.

    Raises:
        ValueError: a missing shard, a corrupt or truncated file, a torch file that holds more than tensors.
    """

    def __init__(self, files: list[Path]) -> None:
        self._sources: dict[str, Any] = {}
        for file in files:
            if not file.is_file():
                raise ValueError(f"expected the file {file}, but it is missing: download all parts of the checkpoint")
            self._sources |= _open_torch(file) if file.suffix in TORCH else _open_safetensors(file)

    def __getitem__(self, key: str) -> Tensor:
        source = self._sources[key]
        return source if isinstance(source, Tensor) else source.get_tensor(key)

    def __iter__(self) -> Iterator[str]:
        return iter(self._sources)

    def __len__(self) -> int:
        return len(self._sources)

    def shape(self, key: str) -> tuple[int, ...]:
        """A tensor's shape, without reading it."""
        source = self._sources[key]
        return tuple(source.shape if isinstance(source, Tensor) else source.get_slice(key).get_shape())


def checkpoint_files(path: Path) -> list[Path]:
    """The files that make up the checkpoint at ``path``: a file, one of several shards, an index, or a folder."""
    if not path.exists():
        raise ValueError(f"expected a checkpoint at {path}, but nothing is there")
    if path.is_dir():
        return _folder_files(path)
    if path.name.endswith(INDEX):
        return _indexed_files(path)
    if path.suffix not in SAFETENSORS + TORCH:
        raise ValueError(f"expected a file ending in {', '.join(SAFETENSORS + TORCH)}, got {path.name}")
    if shard := SHARD.match(path.stem):
        index = path.with_name(shard["stem"] + INDEX)
        if index.is_file():
            return _indexed_files(index)
        names = (f"{shard['stem']}-{n:05d}-of-{shard['count']}{path.suffix}" for n in range(1, int(shard["count"]) + 1))
        return [path.with_name(name) for name in names]
    return [path]


def _folder_files(folder: Path) -> list[Path]:
    """A diffusers folder (whole pipeline or its transformer), or a folder with one checkpoint in it."""
    for inner in (folder, folder / "transformer"):
        indices = sorted(inner.glob(f"diffusion_pytorch_model*{INDEX}")) if inner.is_dir() else []
        if indices:
            return _indexed_files(indices[0])
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


def _indexed_files(index: Path) -> list[Path]:
    try:
        names = set(json.loads(index.read_text(encoding="utf-8"))["weight_map"].values())
    except (ValueError, KeyError, AttributeError) as error:
        raise ValueError(f"{index} is no safetensors index ({error}): download it again") from error
    return [index.with_name(Path(name).name) for name in sorted(names)]


def _open_safetensors(file: Path) -> dict[str, Any]:
    from safetensors import SafetensorError, safe_open

    try:
        handle = safe_open(file, framework="pt")
        return dict.fromkeys(handle.keys(), handle)
    except (SafetensorError, OSError) as error:
        raise ValueError(
            f"{file} cannot be read as safetensors ({error}): it is {file.stat().st_size:,} bytes, "
            "probably cut short or something else; download it again"
        ) from error


def _open_torch(file: Path) -> dict[str, Tensor]:
    try:
        data = torch.load(file, map_location="cpu", weights_only=True, mmap=zipfile.is_zipfile(file))
    except pickle.UnpicklingError as error:
        raise ValueError(
            f"{file} holds pickled code, which is refused: only tensors are loaded (weights_only); "
            "convert it to safetensors on a machine you trust with it"
        ) from error
    except _CORRUPT as error:
        raise ValueError(f"{file} cannot be read as a torch file ({error}): download it again") from error
    while isinstance(data, dict) and not any(isinstance(value, Tensor) for value in data.values()):
        inner = next((data[key] for key in ("module", "state_dict", "model") if isinstance(data.get(key), dict)), None)
        if inner is None:
            break
        data = inner
    tensors = {key: value for key, value in data.items() if isinstance(value, Tensor)} if isinstance(data, dict) else {}
    if not tensors:
        raise ValueError(f"expected tensors in {file}, got {type(data).__name__} without any")
    return tensors
