"""Measures peak memory of encoding a motion: the whole clip at once, diffusers' chunks, ours, and ours in tiles.

Also the time that the colours of previews add to it.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from typing import Any

import torch

from tora_core.cogvideox.rgb_factors import RgbFactors, colour_chart
from tora_core.motion.motion_vae import chunk_bounds, encode_motion

from .checkpoint import WIDTHS_OF_VAE, new_vae
from .figure import Figure
from .memory import find_device_peak, find_resident_peak, report_resident_peak
from .timing import time_medians

WAYS = ("whole", "diffusers", "ours", "tiles")
FRAMES = 49


def build_ways(device: torch.device) -> dict[str, Callable[[], Any]]:
    """Builds a VAE and one function per way of encoding. On a CPU, VAE and pictures are smaller."""
    on_gpu = device.type == "cuda"
    height, width = (480, 720) if on_gpu else (192, 288)
    dtype = torch.bfloat16 if on_gpu else torch.float32
    vae = build_vae(device, dtype)
    video = torch.randint(0, 256, (FRAMES, height, width, 3), dtype=torch.uint8)

    def to_pixels() -> torch.Tensor:
        return (video.to(device).float() / 255 * 2 - 1).permute(3, 0, 1, 2)[None].to(dtype)

    return {
        "whole": lambda: vae.encoder(to_pixels()),
        "diffusers": lambda: vae.encode(to_pixels()).latent_dist.mean,
        "ours": lambda: encode_motion(vae, video),
        "tiles": lambda: encode_motion(vae, video, tiled=True),
    }


def build_vae(device: torch.device, dtype: torch.dtype) -> Any:
    """Builds a random VAE in CogVideoX's shape, on a CPU with half of the channels."""
    channels = WIDTHS_OF_VAE if device.type == "cuda" else tuple(width // 2 for width in WIDTHS_OF_VAE)
    torch.manual_seed(0)
    return new_vae(channels).to(device, dtype).eval()


def measure(quick: bool) -> Iterator[Figure]:
    """Measures the peak of each way, and the time of the preview's colours beside that of the motion."""
    yield from measure_peaks()
    yield measure_preview_colours(1 if quick else 5)


@torch.no_grad()
def measure_preview_colours(repeats: int) -> Figure:
    """Compares the fit of the preview's colours with encoding the motion of a whole video.

    One chunk of 9 frames is encoded. The six chunks of 49 frames differ by one frame only.
    """
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    vae = build_vae(device, torch.bfloat16 if device.type == "cuda" else torch.float32)
    chart, chunks = colour_chart(), chunk_bounds(FRAMES)
    video = torch.randint(0, 256, (chunks[0][1], 480, 720, 3), dtype=torch.uint8)
    found: list[RgbFactors] = []
    ways = {
        "encode": lambda: encode_motion(vae, video),
        "fit": lambda: found.append(RgbFactors.fit(encode_motion(vae, chart), chart)),
    }
    times = time_medians(ways, repeats, device)
    whole = len(chunks) * times["encode"]
    return Figure(
        f"colours of previews beside encoding {FRAMES}x480x720",
        times["fit"],
        base=whole,
        goal="under 1 % of the encode",
        reached=f"{times['fit'] / whole:.2%}, R2 of a random VAE {found[-1].r2:.2f}",
    )


def measure_peaks() -> Iterator[Figure]:
    """Measures the peak of each way. Each runs once."""
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
