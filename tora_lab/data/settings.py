"""Settings of the training data: which clips, and what is made of them once and kept."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field, model_validator

from tora_core.cogvideox.latents import COGVIDEOX_1_0
from tora_core.video import Size

from ..settings import Positive, SettingsModel, Share

Stage = Literal["base", "dense", "sparse"]
Colour = Literal["clip", "pair"]


class DataSettings(SettingsModel):
    """The section ``data``: clips, and what is made of them once and kept."""

    folder: Path | None = Field(
        default=None,
        description="Folder with videos/N.mp4 and labels/N.txt, and masks/N.png for mask centres. In a mask of the "
        "first frame, each grey value except black marks one object.",
    )
    cache: Path = Field(
        description="Folder for latents, text features and flows. They are computed on first use. All machines must "
        "see the same folder."
    )
    frames: Positive = Field(default=49, description="Frames of each clip, 4k+1.")
    width: Positive = Field(
        default=720, description="Width of each clip in pixels, a multiple of 16. Videos are scaled and cropped to it."
    )
    height: Positive = Field(default=480, description="Height of each clip in pixels, a multiple of 16.")
    fps: float | None = Field(
        default=8, gt=0, description="Frames per second that are taken from a video. null takes all frames."
    )
    flow_stride: Literal[1, 2, 4] = Field(
        default=2,
        description="Flow is kept at every n-th pixel. 49 frames of 720x480 take 68 MB at 1 and 17 MB at 2.",
    )
    motion_draws: int = Field(
        default=0,
        ge=0,
        description="Motion latents kept per clip, so that training does not load a VAE. 0 encodes new ones at each "
        "step.",
    )
    raft: Path | None = Field(
        default=None, description="File with torchvision's RAFT-large weights. null uses OpenCV's DIS."
    )

    @property
    def size(self) -> Size:
        """The size of each clip in pixels."""
        return Size(self.width, self.height)

    @model_validator(mode="after")
    def _check_size(self) -> DataSettings:
        COGVIDEOX_1_0.check_video(self.frames, self.size)
        return self


class ClipSettings(SettingsModel):
    """What decides which clips are read, and what one training step reads of them."""

    stage: Stage = Field(
        description="dense trains on the whole optical flow of a clip, sparse on a few points of it. base trains the "
        "transformer itself, without motion."
    )
    data: DataSettings = Field(description="The clips.")
    text_dropout: Share = Field(default=0.1, description="Share of the steps that train without the caption.")
    high_noise: float = Field(
        default=0.0,
        ge=0,
        description="How much more often timesteps with much noise are drawn. 0 draws all alike, as the reference. "
        "1 draws in proportion to the timestep. High values teach the layout first.",
    )
    points: tuple[Positive, Positive] = Field(
        default=(1, 16), description="Fewest and most points of a clip in stage sparse."
    )
    point_source: Literal["flow", "centres"] = Field(
        default="flow",
        description="Where points start. flow draws them in proportion to the speed, centres uses mask centres.",
    )
    point_stride: Positive = Field(
        default=32, description="Distance in pixels between the places that points are drawn from."
    )
    colour: Colour = Field(
        default="clip",
        description="What full colour is normalised by. clip uses the clip's maximum, as inference does. pair uses "
        "each frame's, as the reference.",
    )
    seed: int = Field(default=0, ge=0, description="Seed of everything random.")

    @model_validator(mode="after")
    def _check_points(self) -> ClipSettings:
        if self.points[0] > self.points[1]:
            raise ValueError(f"expected points as [fewest, most], got {list(self.points)}: swap them")
        return self
