"""Measures peak memory of encoding a motion: the whole clip at once, diffusers' chunks, ours, and ours in tiles."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from typing import Any

import torch

from tora_core.motion.motion_vae import encode_motion

from .figure import Figure
from .memory import find_device_peak, find_resident_peak, report_resident_peak

WAYS = ("whole", "diffusers", "ours", "tiles")
FRAMES = 49


def build_ways(device: torch.device) -> dict[str, Callable[[], Any]]:
    """Builds a VAE and one function per way of encoding. On a CPU, VAE and pictures are smaller."""
    from diffusers import AutoencoderKLCogVideoX

    on_gpu = device.type == "cuda"
    channels = (128, 256, 256, 512) if on_gpu else (64, 128, 128, 256)
    height, width = (480, 720) if on_gpu else (192, 288)
    dtype = torch.bfloat16 if on_gpu else torch.float32
    blocks = {f"{way.lower()}_block_types": (f"CogVideoX{way}Block3D",) * 4 for way in ("Down", "Up")}
    torch.manual_seed(0)
    vae: Any = AutoencoderKLCogVideoX(**blocks, block_out_channels=channels, layers_per_block=3, latent_channels=16)
    vae = (vae.to(device, dtype) if on_gpu else vae).eval()
    video = torch.randint(0, 256, (FRAMES, height, width, 3), dtype=torch.uint8)

    def to_pixels() -> torch.Tensor:
        return (video.to(device).float() / 255 * 2 - 1).permute(3, 0, 1, 2)[None].to(dtype)

    return {
        "whole": lambda: vae.encoder(to_pixels()),
        "diffusers": lambda: vae.encode(to_pixels()).latent_dist.mean,
        "ours": lambda: encode_motion(vae, video),
        "tiles": lambda: encode_motion(vae, video, tiled=True),
    }


def measure(quick: bool) -> Iterator[Figure]:
    """Measures the peak of each way. ``quick`` changes nothing, because each way runs once."""
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    if device.type == "cuda":
        runs = build_ways(device)
        with torch.no_grad():
            peaks = {name: find_device_peak(runs[name], device) for name in WAYS}
        size = f"{FRAMES}x480x720, bfloat16"
    else:
        peaks = {name: find_resident_peak("benchmarks.encode", name) for name in WAYS}
        size = f"{FRAMES}x192x288, float32, half width"
    goals = {"diffusers": "(for comparison)", "ours": "at most 1/4 of the whole clip", "tiles": ""}
    for name, goal in goals.items():
        share = f"1/{peaks['whole'] / peaks[name]:.1f} of the whole clip"
        yield Figure(
            f"peak of encoding {size}: {name}", peaks[name], peaks["whole"], unit="GB", goal=goal, reached=share
        )


if __name__ == "__main__":
    with torch.no_grad():
        report_resident_peak(build_ways(torch.device("cpu"))[sys.argv[1]])
