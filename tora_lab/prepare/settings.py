"""Settings of preparing a training set: thresholds and models."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pydantic import Field, field_validator, model_validator

from ..settings import Positive, SettingsModel, Share, read_yaml, validate_settings


class PrepareSettings(SettingsModel):
    """Which clips are kept, and what is made of them. Thresholds are the paper's where it gives any.

    The paper keeps clips of at least 720p with an aesthetic score over 5.5, a flow score over 3 and no camera motion.
    It does not state the pixels, frames or network of its flow score, nor how much camera motion is too much. Look at
    the scores in the manifest of a few hundred clips before you rely on ``min_flow_score`` and ``max_camera_share``.
    """

    min_side_px: Positive = Field(default=720, description="Least length of the shorter side in pixels. 720 is 720p.")
    min_seconds: float = Field(
        default=6.1, gt=0, description="Shorter clips are dropped. Training uses 49 frames at 8 per second."
    )
    max_seconds: float = Field(default=20.0, gt=0, description="Longer scenes are cut into equal clips.")
    fps: float = Field(
        default=8.0,
        gt=0,
        description="Frames per second that training uses. Flow is measured between frames this far apart, so a score "
        "does not depend on a video's own rate. Slower videos are dropped.",
    )
    cut_threshold: float = Field(
        default=3.0, gt=0, description="Threshold of PySceneDetect's AdaptiveDetector. Lower values find more cuts."
    )
    pairs: Positive = Field(default=8, description="Pairs of frames per clip that flow is measured at.")
    min_flow_score: float = Field(
        default=3.0,
        ge=0,
        description="Least mean flow in pixels per frame, at fps, for a video whose longer side is 720 px.",
    )
    max_camera_share: Share = Field(
        default=0.5, description="Largest share of the flow that a moving camera explains, 0..1. 1 keeps every clip."
    )
    aesthetic_model: str | None = Field(
        default=None, description="Folder or name of a CLIP model. null measures no aesthetic score."
    )
    aesthetic_head: Path | None = Field(
        default=None,
        description="File with linear layers over CLIP's image embeddings, such as LAION's aesthetic predictors.",
    )
    min_aesthetic: float = Field(default=5.5, description="Least aesthetic score, about 1..10.")
    captioner: str | None = Field(
        default=None,
        description="Folder or name of an image-text-to-text model. null uses NAME.txt beside NAME.mp4.",
    )
    caption_prompt: str = Field(
        default="These frames are from one video. Describe in one paragraph what is seen and how it moves.",
        description="Question for a captioner that chats. Other captioners ignore it.",
    )
    caption_tokens: Positive = Field(default=200, description="Longest caption in tokens.")
    stills: Positive = Field(
        default=4, description="Frames per clip that the models see. A captioner that does not chat sees one."
    )
    crf: int = Field(default=18, ge=0, le=51, description="Quality of the clips' H.264. 0 is lossless, 51 the worst.")

    @field_validator("aesthetic_model", "aesthetic_head", "captioner")
    @classmethod
    def _make_absolute(cls, place: str | Path | None) -> str | Path | None:
        """Makes paths absolute, because a relative path differs on a cluster's machines. Other names stay unchanged."""
        return type(place)(Path(place).resolve()) if place is not None and Path(place).exists() else place

    @model_validator(mode="after")
    def _check_agreement(self) -> PrepareSettings:
        if self.min_seconds > self.max_seconds:
            raise ValueError(
                f"expected min_seconds up to max_seconds, got {self.min_seconds:g} > {self.max_seconds:g}: "
                "lower min_seconds"
            )
        if (self.aesthetic_model is None) != (self.aesthetic_head is None):
            raise ValueError("expected aesthetic_model and aesthetic_head together, got one of them: set both")
        return self

    @property
    def needs_models(self) -> bool:
        """Whether clips are scored or captioned by a model."""
        return self.aesthetic_model is not None or self.captioner is not None


def read_settings(path: Path | None) -> PrepareSettings:
    """Reads a YAML file; without a file, returns the defaults.

    Raises:
        ValueError: the file cannot be read or is not valid YAML, a key is unknown, or a value is wrong.
    """
    raw = None if path is None else read_yaml(path)
    return parse_settings({} if raw is None else raw, str(path))


def parse_settings(raw: Any, source: str) -> PrepareSettings:
    """Checks plain values, as YAML gives them; ``source`` names them in errors."""
    return validate_settings(PrepareSettings, raw, f"{source} does not hold valid settings for preparing data")
