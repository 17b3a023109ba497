"""Draws a training log as curves."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np


def draw_curves(logs: Mapping[Any, list[dict[str, Any]]], path: Path) -> None:
    """Draws the loss of each stage, raw and smoothed, and TrajError if it was measured.

    Args:
        logs: lines per stage. Each line has ``step`` and either ``loss`` or ``traj_error_px``.
        path: the PNG file to write.
    """
    from matplotlib.figure import Figure

    figure = Figure(figsize=(4 * len(logs), 3), dpi=110, layout="constrained")
    for axes, (stage, lines) in zip(figure.subplots(1, len(logs), squeeze=False)[0], logs.items(), strict=True):
        steps, losses = np.array([(line["step"], line["loss"]) for line in lines if "loss" in line]).T
        width = max(1, len(losses) // 40)
        smooth = np.convolve(losses, np.ones(width) / width, mode="valid")
        axes.plot(steps, losses, color="#b8c8d8", linewidth=0.6)
        axes.plot(steps[width - 1 :], smooth, color="#1d5f9e", linewidth=1.4)
        axes.set(title=stage, xlabel="step", ylabel="loss", yscale="log")
        errors = [(line["step"], line["traj_error_px"]) for line in lines if "traj_error_px" in line]
        if errors:
            right = axes.twinx()
            right.plot(*np.array(errors).T, color="#c8321e", marker="o", markersize=3, linewidth=1)
            right.set_ylabel("TrajError in px, 16 clips", color="#c8321e")
            right.set_ylim(bottom=0)
    figure.savefig(path, pil_kwargs={"optimize": True})
