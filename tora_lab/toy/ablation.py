"""The paper's ablation on the toy world: ``python -m tora_lab.toy.ablation --run runs/toy``, after ``recipe``.

Stages and fusions, all with the same number of steps, measured on the scenes that ``recipe`` is measured on.
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
from .recipe import RESULTS, adapter_config, base_file, evaluate_scenes, make_vae, mean_px, train_once

STEPS = 1000
DENSE_STEPS = 250
"""Of those, in dense then sparse."""
FUSIONS: tuple[FusionKind, ...] = ("extra_channel", "cross_attention")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tora_lab.toy.ablation", description=__doc__)
    parser.add_argument("--run", type=Path, default=Path("runs/toy"), help="recipe's folder (default: runs/toy)")
    options = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    figures = json.dumps(ablation(options.run), indent=1)
    write_text(RESULTS / "ablation.json", figures + "\n")
    sys.stdout.write(figures + "\n")


def ablation(out: Path) -> dict[str, float]:
    """TrajError in pixels of each variant; what is trained already is not trained again."""
    vae = make_vae(out / "vae.safetensors")
    folder = out / "ablation"
    short = folder / "dense_short"
    config = functools.partial(adapter_config, out, validates=False)
    train_once(config("sparse", folder / "sparse", STEPS), vae)
    train_once(config("dense", short, DENSE_STEPS), vae)
    train_once(config("sparse", folder / "both", STEPS - DENSE_STEPS, short / "last"), vae)
    train_once(config("dense", folder / "dense", STEPS), vae)
    for fusion in FUSIONS:
        train_once(config("sparse", folder / fusion, STEPS, fusion=fusion), vae)
    transformer = load_transformer(open_checkpoint(base_file(out)))
    figures = {"steps": float(STEPS), "without": mean_px(evaluate_scenes(out, vae, transformer))}
    for name in ("dense", "sparse", "both"):
        figures[f"adaptive_norm, {name}"] = mean_px(evaluate_scenes(out, vae, transformer, folder / name / "last"))
    for fusion in FUSIONS:
        figures[f"{fusion}, sparse"] = mean_px(evaluate_scenes(out, vae, transformer, folder / fusion / "last", fusion))
    return figures


if __name__ == "__main__":
    main()
