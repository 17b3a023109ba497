"""What a training run is told: a YAML file, typed and checked before anything is loaded."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from .yaml_files import checked, read_yaml

Stage = Literal["base", "dense", "sparse"]
FusionKind = Literal["adaptive_norm", "extra_channel", "cross_attention"]
Colour = Literal["clip", "pair"]
Positive = Annotated[int, Field(gt=0)]
Share = Annotated[float, Field(ge=0, le=1)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Data(_Part):
    """Clips, and what is made of them once and kept.

    Args:
        folder: holds ``videos/*.mp4`` and ``labels/*.txt`` of the same stems, and ``masks/*.png`` for mask centres: of
            the first frame, every grey but black one object.
        cache: where latents, text features and flows are kept; made on first use. All machines must see the same one.
        frames: 4k+1 of each clip.
        width: of each clip, a multiple of 16; a video is scaled to cover the size and cut at its centre.
        height: the same.
        fps: frames a second that are taken of a video; all where None.
        flow_stride: flows are kept at every n-th pixel: 49 frames of 720x480 take 68 MB at 1, 17 MB at 2.
        motion_draws: motion latents kept of each clip, so that training loads no VAE; 0 draws anew at each step.
        raft: torchvision's RAFT-large weights, a file; OpenCV's DIS where None.
    """

    folder: Path | None = None
    cache: Path
    frames: Positive = 49
    width: Positive = 720
    height: Positive = 480
    fps: float | None = Field(default=8, gt=0)
    flow_stride: Literal[1, 2, 4] = 2
    motion_draws: int = Field(default=0, ge=0)
    raft: Path | None = None

    @model_validator(mode="after")
    def _sizes(self) -> Data:
        if self.frames % 4 != 1 or self.width % 16 or self.height % 16:
            raise ValueError(
                f"expected 4k+1 frames and sides that are multiples of 16, got {self.frames} frames of "
                f"{self.width}x{self.height}"
            )
        return self


class Validation(_Part):
    """Samples that are drawn while training, and what becomes of them.

    Args:
        every: optimizer steps between two of them; 0 never draws any.
        clips: of the data set, by name, that are kept for it and never trained on.
        cache: clips of their own instead.
        batch: clips sampled at once.
        steps: DDIM steps.
        guidance: guidance scale.
        patience: validations without a better TrajError after which training stops; None never stops.
    """

    every: int = Field(default=500, ge=0)
    clips: Positive = 8
    cache: Path | None = None
    batch: Positive = 1
    steps: Positive = 50
    guidance: float = 6.0
    patience: Positive | None = 6


class Config(_Part):
    """One stage of training. Defaults are the reference's for stage ``dense`` (lr 5e-5 for ``sparse``).

    Args:
        stage: ``dense`` reads all of a clip's optical flow, ``sparse`` a few points of it; ``base`` trains the
            transformer itself, without motion.
        output: checkpoints, samples and logs; a folder that all machines see.
        base: the transformer, in any layout that ToraLoadCogVideoX reads.
        vae: a diffusers ``AutoencoderKLCogVideoX`` folder.
        text_encoder: a transformers T5 encoder folder, with its tokenizer; only where the cache is yet to be made.
        adapter: to start from; a new one where None.
        fusion: how motion meets the image tokens; all but ``adaptive_norm`` are the paper's ablation.
        motion_channels: of a new adapter.
        steps: optimizer steps.
        batch_size: clips of a process at a time.
        gradient_accumulation: batches of an optimizer step.
        learning_rate: the peak.
        schedule: what follows the warm-up.
        warmup: optimizer steps.
        betas: of AdamW.
        weight_decay: of AdamW.
        gradient_clip: largest norm of all gradients.
        ema: decay of the averaged weights, which are those that are validated and saved.
        text_dropout: how often the caption is left out.
        high_noise: how much more often timesteps of much noise are drawn, where it is decided what goes where; 0 is
            alike, as the reference, 1 in proportion to the timestep.
        points: the fewest and the most points of stage ``sparse``.
        point_source: where they start: ``flow`` draws them in proportion to |flow|, ``centres`` takes mask
            centres.
        point_stride: of the grid that points are drawn from, in pixels.
        colour: ``clip`` normalises flow colours over the clip, as at inference; ``pair`` each frame, as the reference.
        batch_norm: the extractor's statistics are taken once and ``frozen``, or each ``batch``'s, as the reference.
        precision: of the forward pass.
        gradient_checkpointing: recompute activations instead of keeping them.
        seed: of everything random.
        workers: processes that prepare clips.
        log_every: optimizer steps.
        save_every: optimizer steps between states that training resumes from.
        validation: samples drawn while training.
    """

    stage: Stage
    output: Path
    base: Path
    data: Data
    vae: Path | None = None
    text_encoder: Path | None = None
    adapter: Path | None = None
    fusion: FusionKind = "adaptive_norm"
    motion_channels: Positive = 128
    steps: Positive = 15_000
    batch_size: Positive = 1
    gradient_accumulation: Positive = 1
    learning_rate: float = Field(default=1e-4, gt=0)
    schedule: Literal["constant", "cosine"] = "constant"
    warmup: int = Field(default=100, ge=0)
    betas: tuple[Share, Share] = (0.9, 0.95)
    weight_decay: float = Field(default=1e-4, ge=0)
    gradient_clip: float = Field(default=0.1, gt=0)
    ema: Share = 0.9999
    text_dropout: Share = 0.1
    high_noise: float = Field(default=0.0, ge=0)
    points: tuple[Positive, Positive] = (1, 16)
    point_source: Literal["flow", "centres"] = "flow"
    point_stride: Positive = 32
    colour: Colour = "clip"
    batch_norm: Literal["frozen", "batch"] = "frozen"
    precision: Literal["no", "bf16", "fp16"] = "bf16"
    gradient_checkpointing: bool = False
    seed: int = Field(default=0, ge=0)
    workers: int = Field(default=2, ge=0)
    log_every: Positive = 10
    save_every: Positive = 500
    validation: Validation = Validation()

    @model_validator(mode="after")
    def _points(self) -> Config:
        if self.points[0] > self.points[1]:
            raise ValueError(f"expected the fewest points before the most, got {self.points}")
        return self


def read_config(path: Path) -> Config:
    """Reads and checks a YAML file; relative paths in it are taken from the working directory.

    Raises:
        ValueError: no such file, no YAML, an unknown key or a wrong value; says which, and what is known.
    """
    return config_of(read_yaml(path), str(path))


def config_of(raw: Any, source: str) -> Config:
    """The same from plain values, as YAML gives them."""
    return checked(Config, raw, f"{source} is no training config")
