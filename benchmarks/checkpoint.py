"""Writes CogVideoX-5B, its VAE and a Tora adapter with random weights, in the layouts in which they are published."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from tora_core.cogvideox.spec import HEAD_DIM
from tora_core.motion.adapter import ToraAdapter, ToraSpec

LAYERS = 42
HEADS = 48
TEXT_CHANNELS = 4096
_SHARD_BYTES = 5 << 30
_POOL = 1 << 24
_STD = 0.02
_COMPLETE = "complete"
"""File that is written last."""


WIDTHS_OF_VAE = (128, 256, 256, 512)
"""Channels of the stages of CogVideoX's VAE."""


class Files(NamedTuple):
    """Places of the written files."""

    base: Path
    adapter: Path
    vae: Path

    @classmethod
    def inside(cls, folder: Path) -> Files:
        """Returns the places in a folder. They need not exist yet."""
        return cls(folder / "transformer", folder / "adapter", folder / "vae.safetensors")


def is_written(folder: Path) -> bool:
    """Whether ``write_checkpoint`` has written all files of a folder."""
    return (folder / _COMPLETE).is_file()


def new_vae(channels: tuple[int, ...] = WIDTHS_OF_VAE) -> Any:
    """Creates diffusers' VAE in CogVideoX's shape, with random weights."""
    from diffusers import AutoencoderKLCogVideoX

    blocks: Any = {f"{way.lower()}_block_types": (f"CogVideoX{way}Block3D",) * 4 for way in ("Down", "Up")}
    return AutoencoderKLCogVideoX(**blocks, block_out_channels=channels, layers_per_block=3, latent_channels=16)


def write_checkpoint(
    folder: Path, layers: int = LAYERS, heads: int = HEADS, text_channels: int = TEXT_CHANNELS, with_vae: bool = True
) -> Files:
    """Writes the files, unless they are already there. With 42 layers they take 12.9 GB.

    Args:
        folder: for all files. It gets ``transformer/`` in shards, ``adapter/`` with two files, and the VAE.
        layers: transformer blocks. Fewer give a small model of the real width.
        heads: attention heads of 64 channels each.
        text_channels: width of the text features.
        with_vae: write the VAE too, 0.4 GB.
    """
    from diffusers import CogVideoXTransformer3DModel

    files = Files.inside(folder)
    if is_written(folder):
        return files
    source = _RandomWeights()
    with torch.device("meta"):
        transformer: Any = CogVideoXTransformer3DModel(
            num_attention_heads=heads,
            num_layers=layers,
            text_embed_dim=text_channels,
            use_rotary_positional_embeddings=True,
        )
        adapter = ToraAdapter(ToraSpec(layers, heads * HEAD_DIM))
        vae = new_vae()
    _write_shards(source.fill(transformer), files.base, "diffusion_pytorch_model")
    for name, part in (("traj_extractor", adapter.traj_extractor), ("fuser", adapter.fuser)):
        _write(dict(source.fill(part)), files.adapter / f"{name}.safetensors")
    if with_vae:
        _write(dict(source.fill(vae)), files.vae)
    (folder / _COMPLETE).touch()
    return files


class _RandomWeights:
    """Random weights from a pool of normal values, because billions of new ones take minutes on a CPU."""

    def __init__(self) -> None:
        generator = torch.Generator().manual_seed(0)
        self._pool = (torch.randn(_POOL, generator=generator) * _STD).to(torch.bfloat16)
        self._at = 0

    def fill(self, module: nn.Module) -> Iterable[tuple[str, Tensor]]:
        """Yields a tensor for each one of a module on the meta device. Norms start as the identity."""
        for key, meta in module.state_dict().items():
            if not meta.is_floating_point():
                yield key, torch.zeros(meta.shape, dtype=meta.dtype)
            elif meta.ndim > 1:
                yield key, self._take(meta.numel()).view(meta.shape)
            else:
                one = key.endswith(("weight", "running_var"))
                yield key, torch.full(meta.shape, float(one), dtype=torch.bfloat16)

    def _take(self, count: int) -> Tensor:
        """Takes the next values of the pool, which repeats with another start for each tensor."""
        self._at = (self._at + 7919) % _POOL
        repeats = -(-(count + self._at) // _POOL)
        return self._pool.repeat(repeats)[self._at : self._at + count].clone()


def _write_shards(tensors: Iterable[tuple[str, Tensor]], folder: Path, name: str) -> None:
    """Writes tensors to files of at most 5 GB with an index, as diffusers does."""
    shards = [_write(shard, folder / f"{number}.part") for number, shard in enumerate(_split(tensors), 1)]
    places = {}
    for number, (part, keys) in enumerate(shards, 1):  # only now their number is known, which the names contain
        file = part.rename(folder / f"{name}-{number:05d}-of-{len(shards):05d}.safetensors")
        places |= dict.fromkeys(keys, file.name)
    index = json.dumps({"metadata": {}, "weight_map": places})
    (folder / f"{name}.safetensors.index.json").write_text(index)


def _split(tensors: Iterable[tuple[str, Tensor]]) -> Iterator[dict[str, Tensor]]:
    """Yields tensors in groups of at most 5 GB."""
    shard: dict[str, Tensor] = {}
    for key, tensor in tensors:
        if shard and sum(each.nbytes for each in shard.values()) + tensor.nbytes > _SHARD_BYTES:
            yield shard
            shard = {}
        shard[key] = tensor
    yield shard


def _write(tensors: dict[str, Tensor], file: Path) -> tuple[Path, list[str]]:
    """Writes a file. Returns its path and the names of its tensors."""
    from safetensors.torch import save_file

    file.parent.mkdir(parents=True, exist_ok=True)
    save_file(tensors, file)
    return file, list(tensors)
