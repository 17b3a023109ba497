"""Settings of the training data: the clips, their cache, and what a training step reads."""

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
    """The section ``data``: the clips and their cache."""

    folder: Path | None = Field(
        default=None,
        description="Folder of the data set, with videos/N.mp4 and labels/N.txt. null reads only the cache. For "
        "point_source: centres, add masks/N.png for the first frame. Each grey value except black marks one object.",
    )
    cache: Path = Field(
        description="Folder for latents, text features and flows. They are computed on first use. All machines need "
        "access to the same folder."
    )
    frames: Positive = Field(
        default=49, description="Frames per clip, 4k+1. Tora was trained with 49. Fewer frames need less memory."
    )
    width: Positive = Field(
        default=720,
        description="Width of every clip in pixels, a multiple of 16. Videos are scaled and cropped to fit.",
    )
    height: Positive = Field(default=480, description="Height of every clip in pixels, a multiple of 16.")
    fps: float | None = Field(
        default=8,
        gt=0,
        description="Frames per second to take from a video. Slower videos keep their own rate. null takes all frames.",
    )
    flow_stride: Literal[1, 2, 4] = Field(
        default=2,
        description="Reduces the stored flow by this factor to save disk space. 49 frames of 720x480 take 68 MB at "
        "1, 17 MB at 2 and 4 MB at 4.",
    )
    motion_draws: int = Field(
        default=0,
        ge=0,
        description="Sparse motion latents stored per clip. Training steps then need no VAE. Validation still does. "
        "0 encodes new motion at each step, which gives more variety but is slower.",
    )
    raft: Path | None = Field(
        default=None,
        description="File with torchvision's RAFT-large weights, for optical flow as in the reference. null uses "
        "OpenCV's DIS.",
    )

    @property
    def size(self) -> Size:
        """The size of each clip in pixels."""
        return Size(self.width, self.height)

    @model_validator(mode="after")
    def _check_size(self) -> DataSettings:
        COGVIDEOX_1_0.check_dimensions(self.frames, self.size)
        return self


class ClipSettings(SettingsModel):
    """Settings that decide which clips are read, and what a training step reads from them."""

    stage: Stage = Field(
        description="What to train. dense trains an adapter on the whole optical flow of each clip. sparse trains "
        "it on a few trajectories per clip, and is the second stage. base trains the transformer itself, without "
        "motion."
    )
    data: DataSettings = Field(description="The clips.")
    text_dropout: Share = Field(
        default=0.1, description="Share of clips that are trained without their caption, 0..1. Guidance needs it."
    )
    high_noise: float = Field(
        default=0.0,
        ge=0,
        description="Prefers timesteps with high noise. 0 draws all timesteps equally often, as the reference does. "
        "1 draws them in proportion to the timestep. Raise it to learn the layout first.",
    )
    motion_weight: float = Field(
        default=0.0,
        ge=0,
        description="Extra weight of moving places in the loss of stage base. 0 weights all places equally, as the "
        "reference does. Raise it if small objects on large still grounds stay soft.",
    )
    points: tuple[Positive, Positive] = Field(
        default=(1, 16), description="Smallest and largest number of trajectories per clip in stage sparse."
    )
    point_source: Literal["flow", "centres"] = Field(
        default="flow",
        description="Where trajectories start in stage sparse. flow draws start points in proportion to their "
        "speed. centres uses the centres of the objects in masks/.",
    )
    point_stride: Positive = Field(
        default=32, description="Distance in pixels between possible start points, for point_source: flow."
    )
    colour: Colour = Field(
        default="clip",
        description="Which speed gets full colour in the flow video. clip uses the maximum of the clip, as "
        "inference does. pair uses the maximum of each frame, as the reference does.",
    )
    seed: int = Field(default=0, ge=0, description="Seed of all random draws, 0 or more.")

    @model_validator(mode="after")
    def _check_points(self) -> ClipSettings:
        if self.points[0] > self.points[1]:
            raise ValueError(f"expected points as [fewest, most], got {list(self.points)}: swap the two numbers")
        return self
