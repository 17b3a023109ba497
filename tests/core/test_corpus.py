"""Every text of ``tests/coordinates`` means the same here and in the editor (``tests/web/corpus.test.ts``)."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from tora_core.paths.exports import parse_trajectories
from tora_core.video import Size

FILES = sorted((Path(__file__).parents[1] / "coordinates").glob("*.json"))
CASES = [case for file in FILES for case in json.loads(file.read_text(encoding="utf-8"))["cases"]]
CANVAS = Size(256, 256)
READ = [case for case in CASES if "paths" in case]
REFUSED = [case for case in CASES if "refused" in case]


def test_the_corpus_is_large():
    assert len(CASES) >= 120 and len({case["name"] for case in CASES}) == len(CASES)


@pytest.mark.parametrize("case", READ, ids=lambda case: case["name"])
def test_a_text_gives_its_paths(case):
    """``paths`` holds every path once per frame; null is a hidden point."""
    trajectories = parse_trajectories(case["text"], CANVAS, case["frames"], CANVAS)
    expected = np.array([[[np.nan] * 2 if point is None else point for point in path] for path in case["paths"]])
    found = np.where(trajectories.visible[..., None], trajectories.points_px, np.nan).swapaxes(0, 1)
    np.testing.assert_allclose(found, expected, atol=2e-3)
    assert case.get("noted", "") in " ".join(trajectories.notes)
    assert bool(trajectories.notes) == ("noted" in case)


@pytest.mark.parametrize("case", REFUSED, ids=lambda case: case["name"])
def test_a_text_is_refused_with_its_reason(case):
    with pytest.raises(ValueError) as error:
        parse_trajectories(case["text"], CANVAS, 9, CANVAS)
    message = str(error.value)
    assert case["refused"].strip() in message
    assert (message.startswith("expected") and ", got" in message) or "; got" in message
