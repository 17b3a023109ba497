"""Measures the injection in one block, against a plain implementation and a copy of the same number of bytes."""

from __future__ import annotations

from collections.abc import Iterator

import torch

from tora_core.motion.adapter import ToraAdapter, ToraSpec
from tora_core.motion.modulate import modulate

from . import naive
from .figure import Figure
from .step import BATCH, Scale
from .timing import time_medians


@torch.inference_mode()
def measure(quick: bool) -> Iterator[Figure]:
    """Times the injection in one block. ``quick`` repeats less often."""
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    scale = Scale.for_device(device)
    frames, height, width = scale.latent[0], scale.latent[1] // 2, scale.latent[2] // 2
    torch.manual_seed(0)
    adapter = ToraAdapter(ToraSpec(layers=1, width=scale.width)).to(device, scale.dtype)
    for parameter in adapter.fuser.parameters():
        torch.nn.init.normal_(parameter, std=0.02)
    hidden = torch.randn(BATCH, frames * height * width, scale.width, device=device, dtype=scale.dtype)
    patch = torch.randn(frames, adapter.spec.motion_channels, height, width, device=device, dtype=scale.dtype)
    modulation = adapter.fuser[0](patch)
    fuser, patches = naive.Fuser(adapter, 0), patch.repeat(BATCH, 1, 1, 1)
    # The injection reads h, gamma and beta and writes h. A copy reads half of these bytes and writes the other half.
    must_move = 2 * hidden.nbytes + modulation.gamma.nbytes + modulation.beta.nbytes
    half = torch.empty(must_move // 2, dtype=torch.uint8, device=device).random_()
    target = torch.empty_like(half)
    found = time_medians(
        {
            "ours": lambda: modulate(hidden, [(modulation, 1.0)]),
            "naive": lambda: fuser(hidden, patches),
            "copy": lambda: target.copy_(half),
        },
        5 if quick else 31,
        device,
    )
    on_gpu = device.type == "cuda"
    yield Figure(
        f"injection alone, {BATCH}x{frames}x{height}x{width} tokens of {scale.width}",
        found["ours"],
        found["naive"],
        found["copy"],
        goal="70 % of copy bandwidth" if on_gpu else "(70 % of copy bandwidth on a GPU)",
        reached=f"{found['naive'] / found['ours']:.0f}x faster, {found['copy'] / found['ours']:.0%} of copy bandwidth",
    )
