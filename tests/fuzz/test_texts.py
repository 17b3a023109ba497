"""Any text gives trajectories or one sentence, quickly. ``make fuzz`` tries 100,000, ``make test`` a few."""

from __future__ import annotations

import json
import os
import time

import numpy as np
from fuzz.texts import make_texts
from hypothesis import given
from hypothesis import strategies as st

from tora_core.paths.drawing import parse_drawing
from tora_core.paths.exports import parse_trajectories
from tora_core.video import Size

COUNT = int(os.environ.get("TORA_FUZZ_TEXTS", "4000"))
SEED = int(os.environ.get("TORA_FUZZ_SEED", "15"))
SIZE = Size(720, 480)
SLOWEST_S = 2.0


def is_sentence(error: ValueError) -> bool:
    """Whether an error has the three parts that a user needs: expected, got, and what to do."""
    message = str(error)
    return message.startswith("expected") and "got" in message and ": " in message and len(message) < 1000


def test_any_text_gives_trajectories_or_a_sentence(record_figures):
    read = refused = 0
    slowest, worst = 0.0, ""
    for text in make_texts(SEED, COUNT):
        start = time.perf_counter()
        try:
            trajectories = parse_trajectories(text, SIZE, 9, SIZE)
        except ValueError as error:
            assert is_sentence(error), (text, error)
            refused += 1
        else:
            assert np.isfinite(trajectories.points_px).all(), text
            read += 1
        took = time.perf_counter() - start
        if took > slowest:
            slowest, worst = took, text
        try:
            parse_drawing(text)
        except ValueError as error:
            assert is_sentence(error), (text, error)
    assert slowest < SLOWEST_S, worst
    record_figures("texts", tried=COUNT, read=read, refused=refused, slowest_s=round(slowest, 3))
    assert read and refused


KEYS = (
    "x",
    "y",
    "t",
    "frame",
    "points",
    "coordinates",
    "tracks",
    "track_path",
    "track_visibility",
    "canvas",
    "visible",
)
NUMBERS = st.one_of(
    st.none(), st.booleans(), st.integers(-(10**6), 10**6), st.floats(), st.sampled_from([10**400, -100, 1e308, -0.0])
)
POINTS = st.lists(NUMBERS, min_size=2, max_size=2) | st.fixed_dictionaries(
    {"x": NUMBERS, "y": NUMBERS, "frame": NUMBERS}
)
VALUES = st.recursive(
    NUMBERS | POINTS | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=12) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=5),
)


@given(VALUES, st.integers(2, 60))
def test_any_json_value_gives_trajectories_or_a_sentence(value, frames):
    for text in (json.dumps(value), repr(value)):
        try:
            trajectories = parse_trajectories(text, SIZE, frames, SIZE)
        except ValueError as error:
            assert is_sentence(error), (text, error)
        else:
            assert np.isfinite(trajectories.points_px).all() and trajectories.frames == frames
