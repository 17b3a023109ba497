"""Text encoder of the toy: a fixed vector for each known word."""

from __future__ import annotations

import re
import zlib

import numpy as np
import torch
from torch import Tensor

COLOURS = {
    "red": (225, 45, 50),
    "yellow": (240, 205, 40),
    "green": (45, 175, 75),
    "blue": (50, 90, 225),
    "pink": (235, 70, 200),
}
SHAPES = ("disc", "square", "triangle", "star")
GROUNDS = {"stone": (142, 142, 146), "sand": (196, 182, 158), "slate": (100, 108, 122), "snow": (218, 220, 218)}
"""Pale or grey, so that no ground has the colour of a sprite."""
MAX_SPRITES = 3
TEXT_TOKENS = MAX_SPRITES + 1
TEXT_CHANNELS = 32
_SILENT = {"a", "an", "the", "and", "on", "with", "of", "in"}


def text_features(prompt: str) -> Tensor:
    """Encodes a prompt as ``[4, 32]``: one token per sprite and one for the ground, zeros for unused tokens.

    A token is the sum of its words' vectors. A colour belongs to the shape after it. The position of a sprite in the
    prompt has a vector too, because CogVideoX's tokens carry no order.

    Raises:
        ValueError: a word is unknown, or there are too many sprites. Lists the known words.
    """
    words = [word for word in re.findall(r"[a-z]+", prompt.lower()) if word not in _SILENT]
    features = torch.zeros(TEXT_TOKENS, TEXT_CHANNELS)
    token = 0
    for word in words:
        if word not in (*COLOURS, *SHAPES, *GROUNDS):
            raise ValueError(
                f"expected words of the toy world, got {word!r}: colours {', '.join(COLOURS)}; shapes "
                f"{', '.join(SHAPES)}; grounds {', '.join(GROUNDS)}; use only these"
            )
        if token == TEXT_TOKENS:
            raise ValueError(f"expected at most {TEXT_TOKENS - 1} sprites and a ground, got {prompt!r}: use fewer")
        features[token] += _make_vector(word)
        if word in SHAPES:
            features[token] += _make_vector(f"sprite {token}")
        token += word not in COLOURS
    return features


def _make_vector(word: str) -> Tensor:
    """Returns normal random numbers that depend only on the word."""
    random = np.random.Generator(np.random.PCG64(zlib.crc32(word.encode())))
    return torch.from_numpy(random.standard_normal(TEXT_CHANNELS).astype(np.float32))
