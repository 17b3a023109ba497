"""Repeats the paper's ablation on the toy world: ``python -m tora_lab.toy.ablation --run runs/toy``, after ``recipe``.

It compares training stages and fusions with the same number of steps, on the same evaluation scenes as ``recipe``.
"""

from __future__ import annotations

import argparse
import functools
import json
import logging
import sys
from pathlib import Path

from tora_core.checkpoints.layouts import open_checkpoint

from ..media.files import write_text
from ..train.config import FusionKind
from ..transformer import load_transformer
from .configs import adapter_config, locate_base
from .recipe import RESULTS, make_vae, train_once
from .scenes_evaluation import evaluate_scenes, mean_px

STEPS = 1000
DENSE_STEPS = 250
"""Dense steps of the variant that trains dense, then sparse. They are part of ``STEPS``."""
FUSIONS: tuple[FusionKind, ...] = ("extra_channel", "cross_attention")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tora_lab.toy.ablation", description=__doc__)
    parser.add_argument("--run", type=Path, default=Path("runs/toy"), help="folder of the recipe (default: runs/toy)")
    options = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    figures = json.dumps(run_ablation(options.run), indent=1)
    write_text(RESULTS / "ablation.json", figures + "\n")
    sys.stdout.write(figures + "\n")


def run_ablation(out: Path) -> dict[str, float | None]:
    """Trains each variant that is not trained yet, and returns TrajError of all variants in pixels."""
    vae = make_vae(out)
    folder = out / "ablation"
    short = folder / "dense_short"
    config = functools.partial(adapter_config, out, validates=False)
    train_once(config("sparse", folder / "sparse", STEPS), vae)
    train_once(config("dense", short, DENSE_STEPS), vae)
    train_once(config("sparse", folder / "both", STEPS - DENSE_STEPS, short / "last"), vae)
    train_once(config("dense", folder / "dense", STEPS), vae)
    for fusion in FUSIONS:
        train_once(config("sparse", folder / fusion, STEPS, fusion=fusion), vae)
    transformer = load_transformer(open_checkpoint(locate_base(out)))
    figures: dict[str, float | None] = {
        "steps": float(STEPS),
        "without": mean_px(evaluate_scenes(out, vae, transformer)),
    }
    for name in ("dense", "sparse", "both"):
        figures[f"adaptive_norm, {name}"] = mean_px(evaluate_scenes(out, vae, transformer, folder / name / "last"))
    for fusion in FUSIONS:
        figures[f"{fusion}, sparse"] = mean_px(evaluate_scenes(out, vae, transformer, folder / fusion / "last", fusion))
    return figures


if __name__ == "__main__":
    main()
