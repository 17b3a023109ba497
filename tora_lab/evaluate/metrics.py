"""How good a video is beside its paths: CLIPSIM (its prompt) and FVD (real videos)."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any, Literal, NamedTuple

import torch
from torch import Tensor

FeatureModel = Literal["i3d", "videomae"]
MIN_I3D_FRAMES = 9
"""I3D halves time three times and pools over two of what is left."""
VIDEOMAE_FRAMES = 16
_CLIP_BATCH = 16


class ClipModel(NamedTuple):
    """A CLIP model of transformers and its processor."""

    model: Any
    processor: Any


def load_clip(model: str, device: str = "cpu") -> ClipModel:
    """Loads a CLIP of transformers from a folder, or by its name, which downloads it.

    Raises:
        ValueError: neither a folder with a model and its processor nor a name that can be loaded.
    """
    from transformers import CLIPModel, CLIPProcessor

    try:
        return ClipModel(CLIPModel.from_pretrained(model).eval().to(device), CLIPProcessor.from_pretrained(model))
    except (OSError, KeyError, TypeError) as error:
        raise ValueError(
            f"expected a CLIP model with its processor, got {model!r}, which transformers cannot load: give a folder "
            f"that save_pretrained wrote, or a name such as openai/clip-vit-base-patch32 ({error})"
        ) from error


@torch.no_grad()
def clip_similarity(video: Tensor, prompt: str, model: str | ClipModel) -> float:
    """CLIPSIM (Wu et al. 2021, GODIVA): how alike a prompt and a video's frames are, on average over the frames.

    Args:
        video: ``[T, H, W, 3]`` uint8.
        prompt: its first 77 tokens count, which is all that CLIP reads.
        model: what ``load_clip`` takes, or what it returned: load once for many videos.

    Returns:
        Mean cosine of the angle between both embeddings, -1..1; the paper's .24 is such a number.

    Raises:
        ValueError: an empty prompt, or a model that cannot be loaded.
    """
    if not prompt.strip():
        raise ValueError("expected a prompt to compare the frames with, got an empty one")
    clip = load_clip(model) if isinstance(model, str) else model
    cosines = []
    for frames in video.split(_CLIP_BATCH):
        inputs = clip.processor(
            text=[prompt], images=list(frames.numpy()), return_tensors="pt", padding=True, truncation=True
        )
        output = clip.model(**inputs.to(clip.model.device))
        cosines.append(torch.cosine_similarity(output.image_embeds, output.text_embeds))  # [frames]
    return float(torch.cat(cosines).mean())


def frechet_video_distance(real_features: Tensor, generated_features: Tensor) -> float:
    """FVD (Unterthiner et al. 2018): the Fréchet distance of two Gaussians, one over each set's features.

    ``|m1 - m2|² + tr(C1 + C2 - 2 (C1 C2)^½)``. With ``C = Aᵀ A`` the last trace is the sum of ``A1 A2ᵀ``'s singular
    values, which stays exact where there are fewer videos than features. Covariances divide by the number of videos, as
    cd-fvd's.

    Args:
        real_features: ``[N, D]``, N >= 2; few videos make it larger than it is; the paper's SA-V set has 1,174.
        generated_features: ``[M, D]``, M >= 2.

    Raises:
        ValueError: fewer than two videos, features of different lengths, or a feature that is not finite.
    """
    for name, features in (("real", real_features), ("generated", generated_features)):
        if features.ndim != 2 or len(features) < 2 or not torch.isfinite(features).all():
            raise ValueError(
                f"expected finite {name} features [N, D] of at least 2 videos, got {list(features.shape)}: add videos"
            )
    if real_features.shape[1] != generated_features.shape[1]:
        raise ValueError(
            f"expected features of one length, got {real_features.shape[1]} (real) and {generated_features.shape[1]} "
            "(generated): take both from the same model"
        )
    (mean, root), (other_mean, other_root) = (_gaussian(f) for f in (real_features, generated_features))
    overlap = torch.linalg.svdvals(root @ other_root.T).sum()
    distance = (mean - other_mean).square().sum() + root.square().sum() + other_root.square().sum() - 2 * overlap
    return max(0.0, float(distance))


def video_features(
    videos: Iterable[Tensor], model: FeatureModel = "i3d", weights: Path | None = None, device: str = "cpu"
) -> Tensor:
    """Features of whole videos for FVD, from cd-fvd (Ge et al., CVPR 2024): I3D's logits, or VideoMAE-v2's features.

    Args:
        videos: ``[T, H, W, 3]`` uint8 each, of any sizes, T >= 9 for ``i3d`` and 16 for ``videomae``; read one by one.
        model: ``i3d`` is FVD as published; ``videomae`` looks more at motion.
        weights: a file of cd-fvd's; None is the one it keeps beside its code, downloaded at its first use.
        device: where the model runs.

    Returns:
        ``[N, D]`` float32.

    Raises:
        ValueError: cd-fvd is missing, no videos, or one of a length that the model does not take.
    """
    try:
        from cdfvd.fvd import cdfvd
    except ImportError as error:
        raise ValueError(f"FVD needs the library cd-fvd ({error}): pip install cd-fvd") from error
    measured = cdfvd(model, ckpt_path=str(weights) if weights else None, compute_feats=True, device=device)
    for number, video in enumerate(videos, 1):
        frames = len(video)
        if frames < MIN_I3D_FRAMES or (model == "videomae" and frames != VIDEOMAE_FRAMES):
            raise ValueError(
                f"expected at least {MIN_I3D_FRAMES} frames (i3d) or {VIDEOMAE_FRAMES} (videomae), got {frames} in "
                f"video {number} for {model}: leave it out, or pick frames"
            )
        measured.add_real_stats(video[None].float().numpy())  # as float: cd-fvd converts uint8 value by value
    if not measured.real_stats.num_items:
        raise ValueError("expected videos to take features of, got none")
    return torch.from_numpy(measured.real_stats.get_all())


def _gaussian(features: Tensor) -> tuple[Tensor, Tensor]:
    """A set's mean ``[D]`` and a small root A ``[<= D, D]`` of its covariance ``Aᵀ A``."""
    features = features.double()
    mean = features.mean(dim=0)
    return mean, torch.linalg.qr((features - mean) / len(features) ** 0.5, mode="r").R
