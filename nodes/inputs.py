"""Inputs that several nodes share, in the same words."""

from __future__ import annotations

from comfy_api.latest import io


def size_inputs() -> list[io.Int.Input]:
    """Width, height and frames of the video that the paths are for."""
    return [
        io.Int.Input("width", default=720, min=16, max=4096, step=16, tooltip="The video's width in pixels."),
        io.Int.Input("height", default=480, min=16, max=4096, step=16, tooltip="The video's height in pixels."),
        io.Int.Input(
            "frames", default=49, min=2, max=1025, tooltip="The video's frames; CogVideoX wants 4k+1, Tora 49."
        ),
    ]


def missing_size_inputs() -> list[io.Int.Input]:
    """Width and height for TRACKS that do not say for which video they are, as core's."""
    return [
        io.Int.Input(
            side, default=0, min=0, max=4096, step=16, tooltip="Only for TRACKS that carry no size; 0 otherwise."
        )
        for side in ("width", "height")
    ]
