"""What a training set is filtered by: thresholds and models, from a YAML file or the defaults."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from ..config import Positive, Share
from ..yaml_files import checked, read_yaml


class Settings(BaseModel):
    """Which clips are kept, and what is made of them. Thresholds are Tora's (Zhang et al., 2024) where it gives any.

    The paper keeps clips of at least 720p, of an aesthetic score over 5.5 and a flow score over 3, without camera
    motion. It does not say in which pixels, between which frames or by which network its flow score is measured, nor
    how much camera motion is too much: look at the scores in the manifest of a few hundred clips before you trust
    ``min_flow_score`` and ``max_camera_share`` with your videos.

    Args:
        min_side_px: of the shorter side; 720 is 720p either way up.
        min_seconds: shorter clips are dropped; training takes 49 frames at 8 a second.
        max_seconds: longer scenes become equal clips of at most this.
        fps: frames a second that training takes. Flow is measured between frames that far apart, so that a score does
            not depend on a video's own rate; a slower video is dropped.
        cut_threshold: of PySceneDetect's AdaptiveDetector, which tells cuts from fast motion; lower finds more.
        pairs: of frames that a clip's flow is measured at, spread over it.
        min_flow_score: mean |flow| in px per frame at ``fps``, where the video's longer side is 720 px.
        max_camera_share: of the flow that a camera explains (``scores.camera_share``), 0..1; 1 keeps every clip.
        aesthetic_model: a CLIP model's folder, or a name to download; None measures no aesthetic score.
        aesthetic_head: a file of linear layers over its image embeddings, as LAION's aesthetic predictors are.
        min_aesthetic: of LAION's score, about 1..10.
        captioner: an image-text-to-text model's folder, or a name to download; None takes ``NAME.txt`` beside NAME.mp4.
        caption_prompt: what a captioner that chats is asked for; another is given no words.
        caption_tokens: the most of a caption.
        stills: frames of a clip that the models see, spread over it; a captioner that does not chat sees one.
        crf: of the kept clips' H.264; 0 is lossless, 51 the worst.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    min_side_px: Positive = 720
    min_seconds: float = Field(default=6.1, gt=0)
    max_seconds: float = Field(default=20.0, gt=0)
    fps: float = Field(default=8.0, gt=0)
    cut_threshold: float = Field(default=3.0, gt=0)
    pairs: Positive = 8
    min_flow_score: float = Field(default=3.0, ge=0)
    max_camera_share: Share = 0.5
    aesthetic_model: str | None = None
    aesthetic_head: Path | None = None
    min_aesthetic: float = 5.5
    captioner: str | None = None
    caption_prompt: str = "These frames are from one video. Describe in one paragraph what is seen and how it moves."
    caption_tokens: Positive = 200
    stills: Positive = 4
    crf: int = Field(default=18, ge=0, le=51)

    @field_validator("aesthetic_model", "aesthetic_head", "captioner")
    @classmethod
    def _absolute(cls, place: str | Path | None) -> str | Path | None:
        """A relative path would be another one on a cluster's machines; a name to download stays one."""
        return type(place)(Path(place).resolve()) if place is not None and Path(place).exists() else place

    @model_validator(mode="after")
    def _agreement(self) -> Settings:
        if self.min_seconds > self.max_seconds:
            raise ValueError(f"expected min_seconds up to max_seconds, got {self.min_seconds:g} > {self.max_seconds:g}")
        if (self.aesthetic_model is None) != (self.aesthetic_head is None):
            raise ValueError("expected aesthetic_model and aesthetic_head together, got one of them: name both")
        return self

    @property
    def needs_models(self) -> bool:
        return self.aesthetic_model is not None or self.captioner is not None


def read_settings(path: Path | None) -> Settings:
    """Reads a YAML file; the defaults where there is none.

    Raises:
        ValueError: no such file, no YAML, an unknown key or a wrong value; says which, and what is known.
    """
    raw = None if path is None else read_yaml(path)
    return settings_of({} if raw is None else raw, str(path))


def settings_of(raw: Any, source: str) -> Settings:
    """The same from plain values, as YAML gives them."""
    return checked(Settings, raw, f"{source} does not say how to prepare a set")
