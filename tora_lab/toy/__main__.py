"""Demo of Tora on a toy model, without ComfyUI: ``python -m tora_lab.toy [--path FILE] [--prompt WORDS]``.

Drawn paths steer a tiny video model that was trained on simple shapes. The demo samples the same noise with and without
Tora. It writes both videos side by side and measures how far each is from the paths.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

import torch
from torch import Tensor

from tora_core.evaluation.overlay import Style, draw_trajectories
from tora_core.evaluation.trajectory_error import TrajectoryError, format_px
from tora_core.flow.flow_color import flow_video
from tora_core.flow.flow_map import flow_boxes
from tora_core.paths.coordinates import parse_coordinates
from tora_core.paths.trajectories import TORA_CANVAS, Size, Trajectories
from tora_core.toy.models import FRAMES, VIDEO

from ..media.contact_sheet import SheetRow, make_contact_sheet
from ..media.video_writer import write_mp4
from .models import load_toy
from .sampling import STEPS, ToySample, sample_toy

EXAMPLE = "87,169\n100,125\n128,102\n156,120\n169,154"
PROMPT = "green triangle on sand"
_SCALE = 5
_GAP_PX = 16


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tora_lab.toy", description=__doc__)
    parser.add_argument("--path", type=Path, help="file with coordinates on a 256x256 canvas (default: an example)")
    parser.add_argument(
        "--prompt", default=PROMPT, help=f"one sprite per path, from left to right, and a ground (default: {PROMPT})"
    )
    parser.add_argument("--seed", type=int, default=1, help="seed of the noise (default: 1)")
    parser.add_argument("--out", type=Path, default=Path("demo"), help="folder for the results (default: demo)")
    options = parser.parse_args()
    start = time.perf_counter()
    try:
        paths = parse_coordinates(options.path.read_text(encoding="utf-8-sig") if options.path else EXAMPLE)
        trajectories = Trajectories.from_paths(paths, TORA_CANVAS, FRAMES, VIDEO)
        pipeline = load_toy()
        steered, plain, off = (
            sample_toy(pipeline, options.prompt, trajectories, options.seed, strength) for strength in (1.0, None, 0.0)
        )
    except (ValueError, OSError) as error:
        sys.exit(f"error: {error}")
    options.out.mkdir(parents=True, exist_ok=True)
    sheet, video = options.out / "tora_demo.png", options.out / "tora_demo.mp4"
    rows = [
        SheetRow("Paths, drawn over the flow video", "hue is direction, saturation is speed", _draw_flow(trajectories)),
        SheetRow(
            f"With Tora: {_format_error(steered.error)}",
            f"prompt: {options.prompt}",
            _draw_sample(steered, trajectories),
        ),
        SheetRow(f"Without: {_format_error(plain.error)}", "same prompt and noise", _draw_sample(plain, trajectories)),
    ]
    make_contact_sheet("ComfyUI-Tora: a drawn path steers a video model", rows, columns=5, cell_width=320).save(sheet)
    write_mp4(video, _join_side_by_side(steered, plain, trajectories))
    sys.stdout.write(
        f"{len(paths)} path(s), {FRAMES} frames of {VIDEO}, {STEPS} steps, three runs in "
        f"{time.perf_counter() - start:.1f} s\n"
        f"TrajError with Tora: {_format_error(steered.error)}; without: {_format_error(plain.error)}\n"
        f"strength 0 equals the plain run: {torch.equal(off.latent, plain.latent)}\n"
        f"contact sheet: {sheet.resolve()}\nvideo:         {video.resolve()}\n"
    )


def _format_error(error: TrajectoryError) -> str:
    return "no sprite found" if error.l1_px is None else format_px(error.l1_px)


def _draw_flow(trajectories: Trajectories) -> Tensor:
    return _enlarge_and_draw(flow_video(flow_boxes(trajectories)), trajectories)


def _draw_sample(run: ToySample, trajectories: Trajectories) -> Tensor:
    return _enlarge_and_draw(run.video, trajectories)


def _enlarge_and_draw(video: Tensor, trajectories: Trajectories) -> Tensor:
    """Enlarges a video and draws the paths over it, ``[T, H, W, 3]`` uint8."""
    planes = video.permute(0, 3, 1, 2).float()  # [T, 3, H, W]
    large = torch.nn.functional.interpolate(planes, scale_factor=_SCALE, mode="bicubic")
    large = large.clamp(0, 255).round().to(torch.uint8).permute(0, 2, 3, 1)
    size = Size(*(_SCALE * side for side in trajectories.canvas))
    # Pixel centres have whole coordinates, so the scale applies to pixel edges.
    points_px = (trajectories.points_px + 0.5) * _SCALE - 0.5
    return draw_trajectories(large, Trajectories(points_px, trajectories.visible, size), Style(width=0.8))


def _join_side_by_side(steered: ToySample, plain: ToySample, trajectories: Trajectories) -> Tensor:
    left, right = _draw_sample(steered, trajectories), _draw_sample(plain, trajectories)
    gap = torch.full((len(left), left.shape[1], _GAP_PX, 3), 250, dtype=torch.uint8)
    return torch.cat([left, gap, right], dim=2)


if __name__ == "__main__":
    main()
