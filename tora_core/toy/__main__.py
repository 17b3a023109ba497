"""The main job in little, without ComfyUI: ``python -m tora_core.toy [--path FILE] [--out FOLDER]``.

An example path -> flow video -> motion latent -> steered denoising with a tiny model -> a contact sheet and a video.
"""

from __future__ import annotations

import argparse
import sys
import time
from dataclasses import replace
from pathlib import Path

import torch
from torch import Tensor

from ..evaluation.overlay import draw_trajectories
from ..evaluation.sheet import Row, contact_sheet, heat_map
from ..evaluation.videos import write_mp4
from ..flow.flow_color import flow_video
from ..flow.flow_map import flow_boxes
from ..motion.motion_vae import TEMPORAL_COMPRESSION
from ..paths.coordinates import parse_coordinates
from ..paths.trajectories import TORA_CANVAS, Size, Trajectories
from .models import LAYERS, text_features, tiny_pipeline

EXAMPLE = """28,176\n60,96\n104,64\n148,84\n160,128\n128,152\n104,124\n132,88\n184,84\n228,128

212,224\n176,208\n140,220\n100,204\n60,216\n24,208"""
FRAMES = 25
VIDEO = Size(240, 160)
STEPS = 8


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tora_core.toy", description=__doc__)
    parser.add_argument("--path", type=Path, help="coordinates file on a 256x256 canvas, instead of the example")
    parser.add_argument("--out", type=Path, default=Path("demo"), help="folder to write to (default: demo)")
    options = parser.parse_args()
    start = time.perf_counter()
    paths = parse_coordinates(options.path.read_text(encoding="utf-8-sig") if options.path else EXAMPLE)
    trajectories = Trajectories.from_paths(paths, TORA_CANVAS, FRAMES, VIDEO)
    flow = flow_video(flow_boxes(trajectories))  # [T, H, W, 3]
    drawn = draw_trajectories(flow, trajectories)

    pipeline = tiny_pipeline()
    motion_latent = pipeline.encode_motion(trajectories)
    steering = pipeline.steering(motion_latent)
    noise = torch.randn(motion_latent.shape, generator=torch.Generator().manual_seed(1))
    positive, negative = text_features(pipeline, 2), text_features(pipeline, 3)
    plain = pipeline.sample(noise, positive, negative, steps=STEPS)
    steered = pipeline.sample(noise, positive, negative, [steering], steps=STEPS)
    off = pipeline.sample(noise, positive, negative, [replace(steering, strength=0.0)], steps=STEPS)
    change = float((steered - plain).norm() / plain.norm())

    height, width = (side // 2 for side in motion_latent.shape[3:])
    gamma = steering.modulations.at(LAYERS - 1).gamma.unflatten(1, (height, width)).movedim(-1, 0)  # [C, T', h, w]
    rows = [
        Row("Paths over the flow", "what the user draws, on what Tora reads as motion", drawn),
        Row(
            "Motion latent",
            "how far each place is from the first frame, which holds no motion; random weights blur and remember",
            heat_map(_per_frame(_from_first_frame(motion_latent[0]))),
        ),
        Row(
            "Modulation",
            "the same for gamma of the last block: where the adapter acts",
            heat_map(_per_frame(_from_first_frame(gamma))),
        ),
        Row(
            "What steering changed",
            f"|steered - plain| after {STEPS} steps, {change:.1%} of the latents; spread out, as attention with random "
            "weights looks everywhere",
            heat_map(_per_frame((steered - plain)[0].abs().mean(0))),
        ),
    ]
    options.out.mkdir(parents=True, exist_ok=True)
    sheet, video = options.out / "tora_demo.png", options.out / "tora_demo.mp4"
    contact_sheet("ComfyUI-Tora: a drawn path steers a video model", rows).save(sheet)
    write_mp4(video, drawn)
    sys.stdout.write(
        f"{len(paths)} paths, {FRAMES} frames of {VIDEO}: motion latent {list(motion_latent.shape)}, "
        f"{STEPS} steered steps in {time.perf_counter() - start:.1f} s\n"
        f"steering changed the latents by {change:.1%}; strength 0 equals the plain run: {torch.equal(off, plain)}\n"
        f"contact sheet: {sheet.resolve()}\nvideo:         {video.resolve()}\n"
    )


def _from_first_frame(values: Tensor) -> Tensor:
    """``[C, T', h, w]`` -> mean distance from frame 0, ``[T', h, w]``."""
    return (values - values[:, :1]).abs().mean(0)


def _per_frame(values: Tensor) -> Tensor:
    """``[T', h, w]`` of latent frames -> ``[T, h, w]``: the first stands for one frame, the others for four each."""
    return values.repeat_interleave(TEMPORAL_COMPRESSION, dim=0)[TEMPORAL_COMPRESSION - 1 :]


if __name__ == "__main__":
    main()
