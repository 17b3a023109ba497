"""Scenes of the demo: a curve, a pause, and a crossing that is hard."""

from __future__ import annotations

from typing import NamedTuple

from tora_core.paths.coordinates import parse_coordinates
from tora_core.paths.trajectories import TORA_CANVAS, Trajectories
from tora_core.toy.models import FRAMES, VIDEO


class DemoScene(NamedTuple):
    """A prompt and its paths: ``x,y`` lines on Tora's 256x256 canvas, the leftmost path first."""

    title: str
    prompt: str
    coordinates: str

    def make_trajectories(self) -> Trajectories:
        """Samples the paths at the frames of the toy."""
        return Trajectories.from_paths(parse_coordinates(self.coordinates), TORA_CANVAS, FRAMES, VIDEO)


CURVE = DemoScene("A curve", "green triangle on sand", "87,169\n100,125\n128,102\n156,120\n169,154")
PAUSE = DemoScene(
    "A pause in the middle, and a second sprite",
    "red star, blue disc on snow",
    "40,175\n56,150\n72,126\n76,120\n76,120\n76,120\n68,98\n54,80\n40,66\n\n"
    "180,60\n184,78\n188,96\n192,114\n196,132\n199,148\n202,162\n205,176\n208,190",
)
CROSSING = DemoScene(
    "A crossing, which is hard (no training clip has one)",
    "red disc, yellow square, blue star on slate",
    "50,70\n140,185\n\n140,66\n56,190\n\n215,60\n215,195",
)
SCENES = (CURVE, PAUSE, CROSSING)
