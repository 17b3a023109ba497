"""Compares a video with the true one, picture by picture: PSNR, SSIM and LPIPS by torchmetrics."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

_FRAMES_AT_ONCE = 8
LPIPS_NETWORKS = ("alex", "vgg", "squeeze")


def measure_similarity(video: Tensor, truth: Tensor, lpips: str | None = None) -> dict[str, float]:
    """Computes means over the frames.

    Args:
        video: ``[T, H, W, 3]`` uint8.
        truth: the true video, of the same size and frames.
        lpips: one of ``LPIPS_NETWORKS``, whose weights torchvision downloads at first use. None leaves LPIPS out.

    Returns:
        ``psnr_db``, ``ssim``, and ``lpips`` if asked for.

    Raises:
        ValueError: torchmetrics is missing, or the videos differ in size or frames.
    """
    try:
        from torchmetrics.functional.image import peak_signal_noise_ratio, structural_similarity_index_measure
    except ImportError as error:
        raise ValueError(
            "expected the library torchmetrics for PSNR and SSIM, got none: pip install torchmetrics"
        ) from (error)
    if video.shape != truth.shape:
        raise ValueError(
            f"expected a true video of {tuple(video.shape[:3])} (frames, height, width), got {tuple(truth.shape[:3])}: "
            "give the video that belongs to it"
        )
    network: Any = _load_lpips(lpips) if lpips else None
    sums: dict[str, float] = {"psnr_db": 0.0, "ssim": 0.0, **({"lpips": 0.0} if network else {})}
    for one, other in zip(video.split(_FRAMES_AT_ONCE), truth.split(_FRAMES_AT_ONCE), strict=True):
        ours, theirs = (each.movedim(-1, 1).float() / 255 for each in (one, other))  # [F, 3, H, W]
        for mine, real in zip(ours, theirs, strict=True):
            sums["psnr_db"] += min(float(peak_signal_noise_ratio(mine, real, data_range=1.0)), 100.0)
        ssim: Any = structural_similarity_index_measure(ours, theirs, data_range=1.0, reduction="sum")
        sums["ssim"] += float(ssim)
        if network:
            with torch.no_grad():
                sums["lpips"] += float(network(ours, theirs)) * len(ours)
    return {name: round(total / len(video), 5) for name, total in sums.items()}


def _load_lpips(name: str) -> Any:
    from torchmetrics.image.lpip import LearnedPerceptualImagePatchSimilarity

    metric: Any = LearnedPerceptualImagePatchSimilarity
    return metric(net_type=name, normalize=True)
