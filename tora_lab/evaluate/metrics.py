"""Metrics besides TrajError: CLIPSIM compares videos with prompts, FVD with real videos."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any, Literal, NamedTuple

import torch
from torch import Tensor

FeatureModel = Literal["i3d", "videomae"]
MIN_I3D_FRAMES = 9
"""Least number of frames for I3D, which halves the frames three times and then pools over two."""
VIDEOMAE_FRAMES = 16
_CLIP_BATCH = 16


class ClipModel(NamedTuple):
    """CLIP model of transformers with its processor."""

    model: Any
    processor: Any


def load_clip(model: str, device: str = "cpu") -> ClipModel:
    """Loads a CLIP model of transformers from a folder, or downloads it by name.

    Raises:
        ValueError: the folder does not hold a model with its processor, or the name cannot be loaded.
    """
    from transformers import CLIPModel, CLIPProcessor

    try:
        return ClipModel(CLIPModel.from_pretrained(model).eval().to(device), CLIPProcessor.from_pretrained(model))
    except (OSError, KeyError, TypeError) as error:
        raise ValueError(
            f"expected a CLIP model with its processor, got {model!r}, which transformers cannot load ({error}): give "
            "a folder that save_pretrained wrote, or a name such as openai/clip-vit-base-patch32"
        ) from error


@torch.no_grad()
def clip_similarity(video: Tensor, prompt: str, model: str | ClipModel) -> float:
    """Computes CLIPSIM (Wu et al. 2021, GODIVA), the mean similarity of a prompt and a video's frames.

    Args:
        video: ``[T, H, W, 3]`` uint8.
        prompt: the prompt. CLIP reads only its first 77 tokens.
        model: folder or name for ``load_clip``, or a loaded model. Load it once for many videos.

    Returns:
        Mean cosine similarity of the embeddings, -1..1. The paper's CLIPSIM of .24 has this scale.

    Raises:
        ValueError: the prompt is empty, or the model cannot be loaded.
    """
    if not prompt.strip():
        raise ValueError(
            "expected a prompt to compare the frames with, got an empty one: write the prompt of the video"
        )
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
    """Computes FVD (Unterthiner et al. 2018), the Fréchet distance of Gaussians fitted to two sets of features.

    The distance is ``|m1 - m2|² + tr(C1 + C2 - 2 (C1 C2)^½)``. With ``C = Aᵀ A``, the trace of the root is the sum of
    the singular values of ``A1 A2ᵀ``. This is exact even with fewer videos than features. As in cd-fvd, covariances
    divide by the number of videos.

    Args:
        real_features: ``[N, D]``, N >= 2. Few videos bias FVD upwards. The paper's SA-V set has 1,174.
        generated_features: ``[M, D]``, M >= 2.

    Raises:
        ValueError: a set has fewer than two videos, the features have different lengths, or a feature is not finite.
    """
    for name, features in (("real", real_features), ("generated", generated_features)):
        if features.ndim != 2 or len(features) < 2 or not torch.isfinite(features).all():
            raise ValueError(
                f"expected finite {name} features [N, D] of at least 2 videos, got {list(features.shape)}: add videos "
                "or remove those with NaN or infinite features"
            )
    if real_features.shape[1] != generated_features.shape[1]:
        raise ValueError(
            f"expected features of one length, got {real_features.shape[1]} (real) and {generated_features.shape[1]} "
            "(generated): compute both with the same model"
        )
    (mean, root), (other_mean, other_root) = (_fit_gaussian(f) for f in (real_features, generated_features))
    overlap = torch.linalg.svdvals(root @ other_root.T).sum()
    distance = (mean - other_mean).square().sum() + root.square().sum() + other_root.square().sum() - 2 * overlap
    return max(0.0, float(distance))


def frechet_inception_distance(
    real: Iterable[Tensor], generated: Iterable[Tensor], features: Any = 2048, device: str = "cpu"
) -> float:
    """Computes FID (Heusel et al. 2017) over all frames, with torchmetrics.

    Args:
        real: ``[T, H, W, 3]`` uint8 each, read one by one.
        generated: the same.
        features: layer of Inception-v3, whose weights torch-fidelity downloads at first use, or a module of yours.
        device: device of the network.

    Raises:
        ValueError: torchmetrics or torch-fidelity is missing, or a set has fewer than two frames.
    """
    try:
        from torchmetrics.image.fid import FrechetInceptionDistance

        metric: Any = FrechetInceptionDistance(feature=features).to(device)
    except ImportError as error:  # torchmetrics' own error for a missing torch-fidelity
        raise ValueError(
            f"expected torchmetrics and torch-fidelity for FID, got not both ({error}): pip install them"
        ) from error
    for videos, is_real in ((real, True), (generated, False)):
        for video in videos:
            for frames in video.split(_CLIP_BATCH):
                metric.update(frames.movedim(-1, 1).to(device), real=is_real)  # [F, 3, H, W]
    try:
        return float(metric.compute())
    except RuntimeError as error:
        raise ValueError(
            f"expected at least two frames in each set for FID, got fewer ({error}): add videos"
        ) from error


def video_features(
    videos: Iterable[Tensor], model: FeatureModel = "i3d", weights: Path | None = None, device: str = "cpu"
) -> Tensor:
    """Computes features of whole videos for FVD with cd-fvd (Ge et al., CVPR 2024).

    Args:
        videos: ``[T, H, W, 3]`` uint8 each, any sizes. T >= 9 for ``i3d``, T = 16 for ``videomae``. They are read one
            by one.
        model: ``i3d`` gives the logits of I3D, as the published FVD. ``videomae`` gives features of VideoMAE-v2, which
            depend more on motion.
        weights: weights file of cd-fvd. None is cd-fvd's own file, downloaded at first use.
        device: device of the model.

    Returns:
        ``[N, D]`` float32.

    Raises:
        ValueError: cd-fvd is missing, there are no videos, or a video has a length that the model cannot process.
    """
    try:
        from cdfvd.fvd import cdfvd
    except ImportError as error:
        raise ValueError(f"expected the library cd-fvd for FVD, got none ({error}): pip install cd-fvd") from error
    extractor = cdfvd(model, ckpt_path=str(weights) if weights else None, compute_feats=True, device=device)
    for number, video in enumerate(videos, 1):
        frames = len(video)
        if frames < MIN_I3D_FRAMES or (model == "videomae" and frames != VIDEOMAE_FRAMES):
            raise ValueError(
                f"expected at least {MIN_I3D_FRAMES} frames (i3d) or {VIDEOMAE_FRAMES} (videomae), got {frames} in "
                f"video {number} for {model}: remove the video, or change its number of frames"
            )
        extractor.add_real_stats(
            video[None].float().numpy()
        )  # float, because cd-fvd converts uint8 one value at a time
    if not extractor.real_stats.num_items:
        raise ValueError("expected videos to compute features of, got none: check the files")
    return torch.from_numpy(extractor.real_stats.get_all())


def _fit_gaussian(features: Tensor) -> tuple[Tensor, Tensor]:
    """Computes the mean ``[D]`` and a root A ``[<= D, D]`` of the covariance ``Aᵀ A``."""
    features = features.double()
    mean = features.mean(dim=0)
    return mean, torch.linalg.qr((features - mean) / len(features) ** 0.5, mode="r").R
