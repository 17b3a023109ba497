"""Flow video -> motion latent: a CogVideoX VAE's encoder, in the reference's chunks (``pipeline_tora.py``)."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from typing import Any

import torch
from torch import Tensor, nn

from ..cogvideox.latents import COGVIDEOX_1_0, LatentGrid
from ..progress import ProgressCallback
from ..video import Size

logger = logging.getLogger(__name__)

CHUNK_FRAMES = 8
TILE_PX = 240
TILE_OVERLAP_PX = 80
VALUES_PER_PIXEL = 1100
"""Values in memory at the encoder's peak, per pixel and frame of a chunk. 840 to 1075 were measured on a CPU."""


def encode_motion(
    vae: nn.Module,
    video: Tensor,
    grid: LatentGrid = COGVIDEOX_1_0,
    tiled: bool = False,
    device: torch.device | None = None,
    dtype: torch.dtype | None = None,
    progress: ProgressCallback | None = None,
    is_out_of_memory: Callable[[Exception], bool] = lambda error: isinstance(error, torch.OutOfMemoryError),
) -> Tensor:
    """Encodes a flow video to a motion latent, the mean of the posterior.

    The encoder runs in the reference's chunks, ``[8 + remainder][8]...``. Its group norms see one chunk at a time, so
    other chunks would give another latent. A longer clip needs no more memory than one chunk. If memory runs out,
    spatial tiles are used, with a warning.

    Args:
        vae: a CogVideoX VAE, ComfyUI's or diffusers'.
        video: ``[T, H, W, 3]``, uint8 or floating in 0..1, T = 4k+1, H and W multiples of 16.
        grid: compression and scale of the VAE.
        tiled: encode blended spatial tiles. This needs less memory and is not bit-exact.
        device: where to encode. None uses the device of the VAE's weights.
        dtype: type to encode in. None uses that of the VAE's weights.
        progress: called after each chunk.
        is_out_of_memory: whether an error means that memory ran out. Backends name such errors differently.

    Returns:
        ``[1, 16, T', H/8, W/8]`` float32 on the CPU.
    """
    frames, height, width, channels = video.shape
    if channels != 3:
        raise ValueError(f"expected a flow video [T, H, W, 3], got {tuple(video.shape)}: connect Tora Flow Map")
    grid.check_dimensions(frames, Size(width, height))
    weight = next(vae.parameters())
    device, dtype = device or weight.device, dtype or weight.dtype
    if not tiled:
        try:
            return grid.scale * _encode_chunks(vae, video, device, dtype, progress)
        except RuntimeError as error:
            if not is_out_of_memory(error):
                raise
            # Tiles start after this block, because the exception still holds the memory of the failed attempt.
            logger.warning("out of memory: the motion is encoded in tiles, which is not bit-exact")
        if device.type == "cuda":
            torch.cuda.empty_cache()
    return grid.scale * _encode_tiles(vae, video, grid, device, dtype, progress)


def encode_bytes(frames: int, height: int, width: int, itemsize: int, tiled: bool = False) -> int:
    """Calculates the bytes that encoding needs at once: one chunk of frames, or one tile of it."""
    if tiled:
        height, width = min(height, TILE_PX), min(width, TILE_PX)
    return VALUES_PER_PIXEL * longest_chunk(frames) * height * width * itemsize


def longest_chunk(frames: int) -> int:
    """Returns the number of frames in the longest chunk."""
    return max(stop - start for start, stop in chunk_bounds(frames))


def chunk_bounds(frames: int, chunk: int = CHUNK_FRAMES) -> list[tuple[int, int]]:
    """Splits T frames into the reference's chunks. The first one includes the remainder.

    Source: diffusers ``autoencoder_kl_cogvideox.py``.
    """
    remainder = frames % chunk if frames >= chunk else frames - chunk
    starts = [0, *range(chunk + remainder, frames, chunk)]
    return list(zip(starts, [*starts[1:], frames], strict=True))


@torch.no_grad()
def _encode_chunks(
    vae: nn.Module, video: Tensor, device: torch.device, dtype: torch.dtype, progress: ProgressCallback | None
) -> Tensor:
    """Encodes ``[T, H, W, 3]`` chunk by chunk to the posterior's mean ``[1, 16, T', H/8, W/8]``.

    Each chunk reads the causal state of the one before.
    """
    encoder: Any = vae.encoder
    bounds = chunk_bounds(len(video))
    means, cache = [], None
    for done, (start, stop) in enumerate(bounds, 1):
        encoded, cache = encoder(
            to_vae_input(video[start:stop].to(device))[None].to(dtype), conv_cache=_ReadOnce.of(cache)
        )
        means.append(encoded.chunk(2, dim=1)[0].float())
        if progress is not None:
            progress(done, len(bounds))
    return torch.cat(means, dim=2).cpu()


class _ReadOnce(dict[str, Any]):
    """Causal state that is deleted when a layer reads it, so that old and new state are never both in memory."""

    @classmethod
    def of(cls, cache: Any) -> Any:
        """Moves a state into one that is read once. Returns tensors and None unchanged."""
        if not isinstance(cache, dict):
            return cache
        return cls({key: cls.of(cache.pop(key)) for key in list(cache)})

    def get(self, key: str, default: Any = None) -> Any:
        return self.pop(key, default)


def to_vae_input(video: Tensor) -> Tensor:
    """Converts ``[..., T, H, W, 3]``, uint8 or in 0..1, to ``[..., 3, T, H, W]`` in -1..1."""
    unit = video.float() if video.is_floating_point() else video.float() / 255
    return (unit * 2 - 1).movedim(-1, -4)


def _encode_tiles(
    vae: nn.Module,
    video: Tensor,
    grid: LatentGrid,
    device: torch.device,
    dtype: torch.dtype,
    progress: ProgressCallback | None,
) -> Tensor:
    """Encodes overlapping spatial tiles. Blends them with weights that decrease linearly towards each tile's edge."""
    _, height, width, _ = video.shape
    tiles = [(y, x) for y in _place_tiles(height) for x in _place_tiles(width)]
    total: Tensor | None = None
    weight = torch.zeros(grid.latent_size(Size(width, height)))
    for number, (rows, columns) in enumerate(tiles):

        def tile_progress(done: int, chunks: int, number: int = number) -> None:
            if progress is not None:
                progress(number * chunks + done, len(tiles) * chunks)

        tile = _encode_chunks(vae, video[:, rows, columns], device, dtype, tile_progress)
        if len(tiles) == 1:
            return tile
        if total is None:
            total = tile.new_zeros(*tile.shape[:3], *weight.shape)
        latent_rows, latent_columns = (
            slice(pixels.start // grid.spatial, pixels.stop // grid.spatial) for pixels in (rows, columns)
        )
        overlap = TILE_OVERLAP_PX // grid.spatial
        ramp = _blend_weights(tile.shape[3], overlap)[:, None] * _blend_weights(tile.shape[4], overlap)
        total[..., latent_rows, latent_columns] += tile * ramp
        weight[latent_rows, latent_columns] += ramp
    assert total is not None
    return total / weight


def _place_tiles(length_px: int) -> Iterator[slice]:
    """Places tiles of 240 px that overlap by 80 px. The last tile ends at the frame's edge."""
    tile = min(TILE_PX, length_px)
    stride = TILE_PX - TILE_OVERLAP_PX
    starts = [*range(0, length_px - tile, stride), length_px - tile]
    return (slice(start, start + tile) for start in starts)


def _blend_weights(length: int, overlap: int) -> Tensor:
    """Computes weights that increase over the overlap from both ends, and are never zero."""
    distance = torch.arange(length).add(1).minimum(torch.arange(length, 0, -1)).float()
    return (distance / overlap).clamp(max=1)
