"""Converts between pixels, frames, latents and tokens of CogVideoX. All other files take these numbers from here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from ..video import Size


class TokenShape(NamedTuple):
    """The grid of image tokens of one video: latent frames, rows and columns."""

    frames: int
    height: int
    width: int

    @property
    def area(self) -> int:
        """Tokens per latent frame."""
        return self.height * self.width


@dataclass(frozen=True)
class LatentGrid:
    """Compression, channels and patch size of one CogVideoX version (its ``vae`` and ``transformer`` configs).

    Args:
        version: version of CogVideoX, the name in errors.
        spatial: pixels per latent row and column.
        temporal: frames per latent frame. The first latent frame holds a single frame.
        channels: channels of a latent.
        patch_size: latent rows and columns per token.
        patch_size_t: latent frames per token; 1 for CogVideoX 1.0, 2 for 1.5.
        scale: factor between the VAE's output and what the transformer reads (``scaling_factor``).
        trained_size: size of the training videos, in pixels.
        trained_frames: number of frames of the training videos.
    """

    version: str
    spatial: int = 8
    temporal: int = 4
    channels: int = 16
    patch_size: int = 2
    patch_size_t: int = 1
    scale: float = 0.7
    trained_size: Size = Size(720, 480)  # noqa: RUF009 - immutable
    trained_frames: int = 49

    @property
    def side_multiple(self) -> int:
        """Width and height must be multiples of this number of pixels, 16."""
        return self.spatial * self.patch_size

    @property
    def patch_channels(self) -> int:
        """Number of latent values per token."""
        return self.channels * self.patch_size**2 * self.patch_size_t

    def is_valid_length(self, frames: int) -> bool:
        """Whether the VAE can encode this number of frames, 4k+1."""
        return frames >= 1 and (frames - 1) % self.temporal == 0

    def is_valid_size(self, size: Size) -> bool:
        """Whether both sides, in pixels, fill whole tokens."""
        return min(size) >= self.side_multiple and all(side % self.side_multiple == 0 for side in size)

    def round_length(self, frames: int) -> int:
        """Rounds a number of frames down to a valid one, at least 1."""
        return max(0, frames - 1) // self.temporal * self.temporal + 1

    def round_size(self, size: Size) -> Size:
        """Rounds a size in pixels to the nearest valid one."""
        multiple = self.side_multiple
        return Size(*(max(multiple, round(side / multiple) * multiple) for side in size))

    def latent_frames(self, frames: int) -> int:
        """Converts frames to latent frames, (T - 1)/4 + 1.

        Raises:
            ValueError: the number of frames is not 4k+1.
        """
        if not self.is_valid_length(frames):
            below = self.round_length(frames)
            raise ValueError(
                f"expected {self.temporal}k+1 frames (CogVideoX compresses time by {self.temporal}), got {frames}: "
                f"use {below} or {below + self.temporal} frames"
            )
        return (frames - 1) // self.temporal + 1

    def video_frames(self, latent_frames: int) -> int:
        """Converts latent frames to frames of the video."""
        return self.temporal * (latent_frames - 1) + 1

    def latent_size(self, size: Size) -> tuple[int, int]:
        """Converts a size in pixels to rows and columns of a latent."""
        return size.height // self.spatial, size.width // self.spatial

    def video_size(self, height: int, width: int) -> Size:
        """Converts rows and columns of a latent to a size in pixels."""
        return Size(width * self.spatial, height * self.spatial)

    def latent_shape(self, frames: int, size: Size, batch: int = 1) -> tuple[int, int, int, int, int]:
        """Returns the shape ``[B, 16, T', H/8, W/8]`` of a video's latent. Raises the error of ``latent_frames``."""
        return batch, self.channels, self.latent_frames(frames), *self.latent_size(size)

    def token_shape(self, latent_frames: int, height: int, width: int) -> TokenShape:
        """Converts frames, rows and columns of a latent to those of its tokens. The last token may be time-padded."""
        return TokenShape(-(-latent_frames // self.patch_size_t), height // self.patch_size, width // self.patch_size)

    def check_dimensions(self, frames: int, size: Size) -> None:
        """Checks that a video fills whole latents and tokens.

        Raises:
            ValueError: the number of frames is not 4k+1, or a side is not a multiple of 16. The message states the
                nearest valid values.
        """
        self.latent_frames(frames)
        if not self.is_valid_size(size):
            raise ValueError(
                f"expected a width and height that are multiples of {self.side_multiple}, got {size}: "
                f"use {self.round_size(size)}"
            )


COGVIDEOX_1_0 = LatentGrid("1.0")
"""CogVideoX-5B and CogVideoX-5B-I2V, the base models of Tora's weights."""
COGVIDEOX_1_5 = LatentGrid("1.5", patch_size_t=2, trained_size=Size(1360, 768), trained_frames=81)
LATENT_GRIDS = (COGVIDEOX_1_0, COGVIDEOX_1_5)
"""All supported versions."""
