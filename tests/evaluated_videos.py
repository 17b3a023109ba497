"""Two videos with tracks, and the command that measures them."""

from __future__ import annotations

import json

from synthetic import Layer, path_of, render

from tora_core.video import Size
from tora_lab.evaluate.__main__ import RESULTS, main

SIZE = Size(128, 96)
FRAMES = 9


def moving_clip():
    """Renders two points of an object that moves over a textured ground."""
    ground = Layer(path_of(FRAMES), seed=1)
    points = ((-7, 0), (8, 5))
    return render([ground, Layer(path_of(FRAMES, (45.0, 45.0), (4.0, 1.0)), 2, (30, 28), points)], SIZE)


def run(folders, *options):
    main([*map(str, folders), *map(str, options)])


def rows_of(folders, name=RESULTS):
    return [json.loads(line) for line in (folders[0] / name).read_text().splitlines()]
