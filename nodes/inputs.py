"""Inputs that several nodes share."""

from __future__ import annotations

from comfy_api.latest import io

from ..tora_core.cogvideox.latents import COGVIDEOX_1_0
from ..tora_core.paths.trajectories import MAX_FRAMES

MAX_SIDE_PX = 4096
_MULTIPLE = COGVIDEOX_1_0.side_multiple
_WIDTH, _HEIGHT = COGVIDEOX_1_0.trained_size


def side_inputs() -> list[io.Int.Input]:
    """Inputs for the width and height of the video."""
    return [
        io.Int.Input(
            name,
            default=default,
            min=_MULTIPLE,
            max=MAX_SIDE_PX,
            step=_MULTIPLE,
            tooltip=f"{name.capitalize()} of the video in pixels, a multiple of {_MULTIPLE}.",
        )
        for name, default in (("width", _WIDTH), ("height", _HEIGHT))
    ]


def size_inputs() -> list[io.Int.Input]:
    """Inputs for the width, height and number of frames of the video."""
    trained = COGVIDEOX_1_0.trained_frames
    return [
        *side_inputs(),
        io.Int.Input(
            "frames",
            default=trained,
            min=2,
            max=MAX_FRAMES,
            tooltip=f"Number of frames. Must be 4k+1 for CogVideoX (e.g. {trained}, the length Tora was trained on).",
        ),
    ]


def missing_size_inputs() -> list[io.Int.Input]:
    """Inputs for the size of TRACKS that carry none, such as those of ComfyUI's own nodes."""
    return [
        io.Int.Input(
            side,
            default=0,
            min=0,
            max=MAX_SIDE_PX,
            step=_MULTIPLE,
            tooltip=f"{side.capitalize()} of the video in pixels, for TRACKS that carry no size. Otherwise keep 0.",
        )
        for side in ("width", "height")
    ]
