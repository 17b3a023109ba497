"""Conversions between pixels, latents and tokens, and their numbers in one place."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tora_core.cogvideox.latents import COGVIDEOX_1_0, COGVIDEOX_1_5
from tora_core.video import Size

ROOT = Path(__file__).parents[2]
TRAINED = Size(720, 480)


def test_the_trained_size_matches_the_paper():
    assert COGVIDEOX_1_0.latent_shape(49, TRAINED) == (1, 16, 13, 60, 90)
    assert COGVIDEOX_1_0.token_shape(13, 60, 90) == (13, 30, 45)
    assert COGVIDEOX_1_5.token_shape(13, 60, 90).frames == 7, "two latent frames per token, the last one padded"
    assert COGVIDEOX_1_0.token_shape(13, 60, 90).area == 1350
    assert (COGVIDEOX_1_0.side_multiple, COGVIDEOX_1_0.patch_channels, COGVIDEOX_1_5.patch_channels) == (16, 64, 128)


@given(st.integers(1, 2000), st.integers(1, 5000), st.integers(1, 5000))
def test_rounding_gives_valid_values_and_keeps_valid_ones(frames, width, height):
    length, size = COGVIDEOX_1_0.round_length(frames), COGVIDEOX_1_0.round_size(Size(width, height))
    COGVIDEOX_1_0.check_dimensions(length, size)
    assert length <= frames < length + 4
    assert all(abs(given - near) <= 8 or near == 16 for given, near in zip((width, height), size, strict=True))
    assert COGVIDEOX_1_0.round_length(length) == length and COGVIDEOX_1_0.round_size(size) == size


@given(st.integers(1, 300), st.integers(1, 200), st.integers(1, 200))
def test_conversions_to_a_video_and_back_give_the_same_latent_shape(frames, height, width):
    video, size = COGVIDEOX_1_0.video_frames(frames), COGVIDEOX_1_0.video_size(height, width)
    assert COGVIDEOX_1_0.latent_shape(video, size) == (1, 16, frames, height, width)


@pytest.mark.parametrize(
    ("frames", "size", "why"),
    [
        (50, TRAINED, "expected 4k+1 frames (CogVideoX compresses time by 4), got 50: use 49 or 53 frames"),
        (0, TRAINED, "got 0: use 1 or 5 frames"),
        (49, Size(700, 480), "multiples of 16, got 700x480: use 704x480"),
        (49, Size(8, 480), "use 16x480"),
    ],
)
def test_an_invalid_video_size_raises_an_error_with_the_nearest_valid_one(frames, size, why):
    with pytest.raises(ValueError, match=re.escape(why)):
        COGVIDEOX_1_0.check_dimensions(frames, size)


def test_no_other_file_repeats_the_numbers():
    """All code takes compression, channels and patch size from ``LatentGrid``."""
    again = re.compile(r"(?<![\w.])(?:8 \*|4 \*|\* 8|// ?8|// ?16|% ?16|- 1\) // 4|channels ?== ?16|=16\b)(?!\.)")
    files = [file for folder in ("tora_core", "tora_lab", "nodes") for file in (ROOT / folder).rglob("*.py")]
    # In these files the numbers have another meaning.
    allowed = {"latents.py", "positions.py", "presets.py", "overlay.py", "plot.py", "curves.py"}
    found = [
        f"{file.relative_to(ROOT)}: {line.strip()}"
        for file in files
        if file.name not in allowed
        for line in file.read_text(encoding="utf-8").splitlines()
        if again.search(line.split("#")[0]) and '"""' not in line
    ]
    assert not found, found
