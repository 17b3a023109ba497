"""Changes the timing of paths: frames, holds, eases, constant speed and loops. Their shape stays the same."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from .arc_length import arc_length
from .drawn_path import FloatArray
from .easing import parse_easing
from .trajectories import Trajectories

Repeat = Literal["once", "loop", "ping-pong"]
REPEATS: tuple[Repeat, ...] = get_args(Repeat)
Speed = Literal["as it is", "constant"]
RETIME_SPEEDS: tuple[Speed, ...] = get_args(Speed)


@dataclass(frozen=True)
class Timing:
    """The timing of a path within a clip.

    Args:
        frames: number of frames of the result. 0 keeps the number.
        start: time in the clip, 0..1, when the path starts to move. It rests at its first point before.
        end: time in the clip, 0..1, when the path ends. It rests at its last point afterwards.
        hold: fraction of the moving time, 0 to below 1, that the path rests halfway.
        ease: one of ``easing.EASES``, or a text of ``time,progress`` pairs (``0,0 0.3,0.8 1,1``).
        speed: ``as it is`` keeps the spacing of the points. ``constant`` moves evenly along the line.
        reverse: whether the path runs from its last point to its first.
        repeat: ``once``, ``loop`` (every pass starts at the first point) or ``ping-pong`` (every second pass runs
            backwards).
        passes: number of passes between start and end, above 0. ``once`` ignores it.
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
            raise ValueError(
                f"expected 0 <= start < end <= 1, got start {self.start:g} and end {self.end:g}: set start below end"
            )
        if not 0.0 <= self.hold < 1.0:
            raise ValueError(f"expected a hold of at least 0 and below 1, got {self.hold:g}: use for example 0.2")
        if self.speed not in RETIME_SPEEDS or self.repeat not in REPEATS:
            raise ValueError(
                f"expected a speed of {RETIME_SPEEDS} and a repeat of {REPEATS}, got {self.speed} and {self.repeat}: "
                "choose one of these"
            )
        if self.passes <= 0:
            raise ValueError(f"expected more than 0 passes, got {self.passes:g}: use 1 for a single pass")
        if self.frames and self.frames < 2:
            raise ValueError(f"expected at least 2 frames, or 0 to keep the number, got {self.frames}: increase frames")


def retime(trajectories: Trajectories, timing: Timing) -> Trajectories:
    """Samples each path at new times. A point is visible if it is visible in the nearest source frame."""
    frames = timing.frames or trajectories.frames
    progress = _compute_progress(np.linspace(0.0, 1.0, frames), timing)  # [T], 0..1 along the path
    source = np.linspace(0.0, 1.0, trajectories.frames)
    points_px, visible = [], []
    for path_px, seen in zip(trajectories.points_px.transpose(1, 0, 2), trajectories.visible.T, strict=True):
        at = _length_to_time(path_px, progress) if timing.speed == "constant" else progress
        points_px.append(np.stack([np.interp(at, source, path_px[:, axis]) for axis in range(2)], axis=-1))
        visible.append(seen[np.rint(at * (trajectories.frames - 1)).astype(int)])
    return Trajectories(np.stack(points_px, axis=1), np.stack(visible, axis=1), trajectories.canvas)


def _compute_progress(time: FloatArray, timing: Timing) -> FloatArray:
    """Computes the position along the path, 0..1, at each time of the clip."""
    moving = np.clip((time - timing.start) / (timing.end - timing.start), 0.0, 1.0)
    if timing.hold:
        before = (1 - timing.hold) / 2
        moving = np.interp(moving, [0.0, before, before + timing.hold, 1.0], [0.0, 0.5, 0.5, 1.0])
    passes = moving * timing.passes if timing.repeat != "once" else moving
    if timing.repeat == "ping-pong":
        within = 1 - np.abs(passes % 2 - 1)
    elif timing.repeat == "loop":
        # The last pass ends at its last point. The remainder alone would restart it.
        within = np.where(passes == timing.passes, passes - np.ceil(timing.passes) + 1, passes % 1)
    else:
        within = passes
    progress = parse_easing(timing.ease)(within)
    return 1 - progress if timing.reverse else progress


def _length_to_time(path_px: FloatArray, progress: FloatArray) -> FloatArray:
    """Converts fractions of the path's length to fractions of its time."""
    length = arc_length(path_px)
    if length[-1] == 0:
        return progress
    return np.interp(progress * length[-1], length, np.linspace(0.0, 1.0, len(path_px)))
