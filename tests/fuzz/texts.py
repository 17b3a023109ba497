"""Makes hostile texts: the corpus with random damage. The same seed gives the same texts."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from pathlib import Path

FOLDER = Path(__file__).parents[1] / "coordinates"
CORPUS = [
    case["text"] for file in sorted(FOLDER.glob("*.json")) for case in json.loads(file.read_text("utf-8"))["cases"]
]
DRAWING = json.dumps(
    {
        "version": 1,
        "canvas": [720, 480],
        "tracks": [
            {"id": "t1", "points": [[0.1, 0.2], [0.5, 0.6], [0.9, 0.3]], "kind": "spline", "tension": 0.3, "end": 0.8},
            {"id": "t2", "points": [[0.4, 0.4], [0.5, 0.5]], "kind": "linear", "visible": True, "closed": False},
        ],
    }
)
PIECES = (
    "NaN", "nan", "null", "None", "Infinity", "-inf", "1e999", "-0", "9" * 400, "0.1", "1e-320", "-100", "true", '"',
    "'", "[", "]", "[[", "]]", "(", ")", "{", "}", ":", "=", ",", ";", "\t", "\n", "\r", "\n\n", "\u2028", "\u200b",
    "\ufeff", "\x00", "\x1b", "\ud800", "#", "//", "\\", "M", "Z", "C 1 2", "<svg", "d=\"", "x", "y", "x,y", "frame",
    "t", "visible", "points", "track_path", "canvas", "version", "tracks", "tora_track", "array(", "np.float64(",
    "10,5;", "->", "...", "\uff11", "\u0661", "\u0967", "\u2212", "\u201c", "\u3001", "e", "E5", "+", "-", ".", "..",
    "1_0", "0x10", "j", "[" * 200, "]" * 200, " " * 500, "1," * 300, '{"a":' * 60,
)  # fmt: skip


def make_texts(seed: int, count: int) -> Iterator[str]:
    """Yields ``count`` texts: damaged texts of the corpus, of a drawing, and heaps of pieces."""
    chance = random.Random(seed)
    sources = [*CORPUS, DRAWING]
    for _ in range(count):
        kind = chance.random()
        if kind < 0.1:
            yield "".join(chance.choice(PIECES) for _ in range(chance.randrange(1, 12)))
            continue
        text = chance.choice(sources)
        if kind < 0.2:
            text += chance.choice(("", "\n", "\n\n", ",", " ")) + chance.choice(sources)
        for _ in range(chance.randrange(1, 5)):
            text = _damage(text, chance)
        yield text


def _damage(text: str, chance: random.Random) -> str:
    """Changes a text at one place."""
    start = chance.randrange(len(text) + 1)
    end = min(len(text), start + chance.choice((0, 1, 1, 2, 5, 20, 200)))
    inside = text[start:end]
    return chance.choice(
        (
            text[:start] + text[end:],
            text[:start] + chance.choice(PIECES) + text[end:],
            text[:start] + inside * chance.choice((2, 3, 20)) + text[end:],
            text[:start] + inside[::-1] + text[end:],
            text[:start],
            text[start:],
            text.upper(),
            text.replace(",", chance.choice((";", " ", "\t", ",,", ", "))),
            text.replace("\n", chance.choice(("\r", "\r\n", "\n\n", " "))),
            text.replace(chance.choice("0123456789"), chance.choice(PIECES)),
            text.replace("[", chance.choice("({[")),
            f"[{text}]",
            json.dumps(text),
        )
    )
