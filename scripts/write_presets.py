"""Writes the editor's presets from the node's table: ``python -m scripts.write_presets``.

``web/src/presets.json`` holds the points that the editor draws. ``tests/golden_presets.json`` holds the node's paths.
A test compares the editor with them.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np

from tora_core.paths.presets import PRESETS, Preset, preset
from tora_core.paths.trajectories import Size

ROOT = Path(__file__).parents[1]
COMMAND = "python -m scripts.write_presets"
FRAMES = 49
PLACEMENTS = (
    (Size(720, 480), (0.5, 0.5), 0.3),
    (Size(480, 720), (0.5, 0.4), 0.25),
    (Size(1360, 768), (0.3, 0.6), 0.1),
)
"""Video size, centre and radius of the paths in the golden file. Every path stays inside the frame."""


def generated_files() -> dict[Path, str]:
    """The generated files with their texts."""
    drawn = [{"name": name, **drawn_preset(entry)} for name, entry in PRESETS.items()]
    golden = [golden_case(name, *placement) for name in PRESETS for placement in PLACEMENTS]
    return {
        ROOT / "web" / "src" / "presets.json": lines(drawn),
        ROOT / "tests" / "golden_presets.json": lines(golden),
    }


def drawn_preset(entry: Preset) -> dict[str, Any]:
    """A preset as the editor draws it: kind of line, and points equally spaced in time around (0, 0)."""
    # The editor adds the last point of a closed line itself.
    time = np.linspace(0.0, 1.0, entry.handles, endpoint=not entry.closed)
    kind = "linear" if entry.straight else "spline"
    return {"kind": kind, "closed": entry.closed, "points": rounded(entry.shape(time), 5)}


def golden_case(name: str, size: Size, centre_unit: tuple[float, float], radius: float) -> dict[str, Any]:
    """What the node gives for one preset in one placement."""
    points_px = preset(name, FRAMES, size, centre_unit, (radius, radius)).points_px[:, 0]
    placement = {"name": name, "width": size.width, "height": size.height, "centre": centre_unit, "radius": radius}
    return {**placement, "points_px": rounded(points_px, 3)}


def rounded(points: np.ndarray, digits: int) -> list[list[float]]:
    return (np.round(points, digits) + 0.0).tolist()  # + 0.0 turns -0.0 into 0.0


def lines(entries: list[dict[str, Any]]) -> str:
    """JSON with one entry per line, so that a changed preset is a changed line."""
    return "[\n" + ",\n".join(f"  {json.dumps(entry)}" for entry in entries) + "\n]\n"


def main() -> None:
    for path, text in generated_files().items():
        path.write_text(text, encoding="utf-8")
        sys.stdout.write(f"wrote {path.relative_to(ROOT)}\n")


if __name__ == "__main__":
    main()
