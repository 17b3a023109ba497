"""Demo of Tora on a toy model, without ComfyUI: ``python -m tora_lab.toy [--path FILE] [--prompt WORDS]``.

Drawn paths steer a tiny video model that was trained on simple shapes. The demo samples the same noise with and without
Tora, for three scenes or for your own path. It writes a page with path, flow and both videos, and measures how far they
are from the paths.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import torch

from tora_core.paths.trajectories import Trajectories
from tora_core.toy.models import FRAMES, VIDEO

from ..media.contact_sheet import SheetRow, make_contact_sheet
from ..media.files import write_text
from ..media.video_writer import write_mp4
from ..pipeline import ToraPipeline
from .models import load_toy
from .page import PageScene, format_error, join_panels, make_page
from .pictures import draw_flow, draw_paths
from .sampling import STEPS, ToySample, sample_toy
from .scenes import CURVE, SCENES, DemoScene


class DemoRun(NamedTuple):
    """One scene, sampled with Tora and without."""

    scene: DemoScene
    trajectories: Trajectories
    steered: ToySample
    plain: ToySample


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tora_lab.toy", description=__doc__)
    parser.add_argument("--path", type=Path, help="file with coordinates on a 256x256 canvas (default: three scenes)")
    parser.add_argument(
        "--prompt", help="one sprite per path, from left to right, and a ground, such as 'red star on snow'"
    )
    parser.add_argument("--seed", type=int, default=1, help="seed of the noise (default: 1)")
    parser.add_argument("--out", type=Path, default=Path("demo"), help="folder for the results (default: demo)")
    options = parser.parse_args()
    start = time.perf_counter()
    try:
        scenes = _choose_scenes(options.path, options.prompt)
        pipeline = load_toy()
        runs = [_run(pipeline, scene, options.seed) for scene in scenes]
        off = sample_toy(pipeline, runs[0].scene.prompt, runs[0].trajectories, options.seed, 0.0)
    except (ValueError, OSError) as error:
        sys.exit(f"error: {error}")
    seconds = time.perf_counter() - start
    options.out.mkdir(parents=True, exist_ok=True)
    page, sheet, video = (options.out / f"tora_demo.{suffix}" for suffix in ("html", "png", "mp4"))
    write_text(page, make_page([_show(run) for run in runs]))
    _make_sheet(runs[0]).save(sheet)
    write_mp4(
        video, join_panels(*(draw_paths(each.video, runs[0].trajectories) for each in (runs[0].steered, runs[0].plain)))
    )
    for run in runs:
        steered, plain = (format_error(each.error) for each in (run.steered, run.plain))
        sys.stdout.write(f"{run.scene.title}. TrajError with Tora: {steered}; without: {plain}\n")
    sys.stdout.write(
        f"strength 0 equals the plain run: {torch.equal(off.latent, runs[0].plain.latent)}\n"
        f"{FRAMES} frames of {VIDEO}, {STEPS} steps, {2 * len(runs) + 1} runs in {seconds:.1f} s\n\n"
        f"look first at: {page.resolve()}\nvideo:         {video.resolve()}\ncontact sheet: {sheet.resolve()}\n"
    )


def _choose_scenes(path: Path | None, prompt: str | None) -> Sequence[DemoScene]:
    """The three scenes of the demo, or one of the user's path, prompt or both."""
    if path is None and prompt is None:
        return SCENES
    coordinates = path.read_text(encoding="utf-8-sig") if path else CURVE.coordinates
    return [DemoScene("Your path" if path else CURVE.title, prompt or CURVE.prompt, coordinates)]


def _run(pipeline: ToraPipeline, scene: DemoScene, seed: int) -> DemoRun:
    trajectories = scene.make_trajectories()
    steered, plain = (sample_toy(pipeline, scene.prompt, trajectories, seed, strength) for strength in (1.0, None))
    return DemoRun(scene, trajectories, steered, plain)


def _show(run: DemoRun) -> PageScene:
    scene, trajectories, steered, plain = run
    with_tora, without = (draw_paths(each.video, trajectories) for each in (steered, plain))
    flow = draw_flow(trajectories)
    return PageScene(scene.title, scene.prompt, flow, with_tora, without, steered.error, plain.error)


def _make_sheet(run: DemoRun) -> Any:
    steered, plain = (format_error(each.error) for each in (run.steered, run.plain))
    prompt = f"prompt: {run.scene.prompt}"
    rows = [
        SheetRow(
            "Paths, drawn over the flow video", "hue is direction, saturation is speed", draw_flow(run.trajectories)
        ),
        SheetRow(f"With Tora: {steered}", prompt, draw_paths(run.steered.video, run.trajectories)),
        SheetRow(f"Without: {plain}", "same prompt and noise", draw_paths(run.plain.video, run.trajectories)),
    ]
    return make_contact_sheet("ComfyUI-Tora: a drawn path steers a video model", rows, columns=5, cell_width=320)


if __name__ == "__main__":
    main()
