"""When a path is where: frames, holds, eases, constant speed, loops; the line itself stays as it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from .arc_length import arc_length
from .coordinates import FloatArray
from .easing import parse_easing
from .trajectories import Trajectories

Repeat = Literal["once", "loop", "ping-pong"]
REPEATS: tuple[Repeat, ...] = get_args(Repeat)
Speed = Literal["as it is", "constant"]
RETIME_SPEEDS: tuple[Speed, ...] = get_args(Speed)


@dataclass(frozen=True)
class Timing:
    """How a path's time becomes the clip's.

    Args:
        frames: T of the result; 0 keeps it.
        start: when in the clip the path begins to move, 0..1; it rests at its first point before.
        end: when it arrives, 0..1; it rests at its last point afterwards.
        hold: part of the moving time, 0..1, that it rests halfway.
        ease: one of ``drawing.EASES``, or a text of ``time,progress`` pairs (``0,0 0.3,0.8 1,1``).
        speed: as the points are spaced, or the same all along the line.
        reverse: from its last point to its first.
        repeat: how the passes follow each other.
        passes: how many fit between start and end.
    """

    frames: int = 0
    start: float = 0.0
    end: float = 1.0
    hold: float = 0.0
    ease: str = "linear"
    speed: Speed = "as it is"
    reverse: bool = False
    repeat: Repeat = "once"
    passes: float = 1.0

    def __post_init__(self) -> None:
        if not 0.0 <= self.start < self.end <= 1.0:
            raise ValueError(f"expected 0 <= start < end <= 1, got start {self.start:g} and end {self.end:g}")
        if not 0.0 <= self.hold < 1.0:
            raise ValueError(f"expected a hold of at least 0 and below 1, got {self.hold:g}")
        if self.speed not in RETIME_SPEEDS or self.repeat not in REPEATS:
            raise ValueError(
                f"expected a speed of {RETIME_SPEEDS} and a repeat of {REPEATS}, got {self.speed}, {self.repeat}"
            )
        if self.passes <= 0:
            raise ValueError(f"expected more than 0 passes, got {self.passes:g}")
        if self.frames and self.frames < 2:
            raise ValueError(f"expected at least 2 frames (or 0 to keep them), got {self.frames}")


def retime(trajectories: Trajectories, timing: Timing) -> Trajectories:
    """The same lines at other times; a point is visible where its nearest source frame is."""
    frames = timing.frames or trajectories.frames
    progress = _progress(np.linspace(0.0, 1.0, frames), timing)  # [T], 0..1 along the path
    source = np.linspace(0.0, 1.0, trajectories.frames)
    points_px, visible = [], []
    for path_px, seen in zip(trajectories.points_px.transpose(1, 0, 2), trajectories.visible.T, strict=True):
        at = _constant_speed(path_px, progress) if timing.speed == "constant" else progress
        points_px.append(np.stack([np.interp(at, source, path_px[:, axis]) for axis in range(2)], axis=-1))
        visible.append(seen[np.rint(at * (trajectories.frames - 1)).astype(int)])
    return Trajectories(np.stack(points_px, axis=1), np.stack(visible, axis=1), trajectories.canvas)


def _progress(time: FloatArray, timing: Timing) -> FloatArray:
    """Where along the path each moment of the clip is, 0..1."""
    moving = np.clip((time - timing.start) / (timing.end - timing.start), 0.0, 1.0)
    if timing.hold:
        before = (1 - timing.hold) / 2
        moving = np.interp(moving, [0.0, before, before + timing.hold, 1.0], [0.0, 0.5, 0.5, 1.0])
    passes = moving * timing.passes if timing.repeat != "once" else moving
    if timing.repeat == "ping-pong":
        within = 1 - np.abs(passes % 2 - 1)
    elif timing.repeat == "loop":
        # The very end of the last pass is its last point, not the first of another.
        within = np.where(passes == timing.passes, passes - np.ceil(timing.passes) + 1, passes % 1)
    else:
        within = passes
    progress = parse_easing(timing.ease)(within)
    return 1 - progress if timing.reverse else progress


def _constant_speed(path_px: FloatArray, progress: FloatArray) -> FloatArray:
    """Part of the way 0..1 -> part of the path's own time 0..1."""
    length = arc_length(path_px)
    if length[-1] == 0:
        return progress
    return np.interp(progress * length[-1], length, np.linspace(0.0, 1.0, len(path_px)))
