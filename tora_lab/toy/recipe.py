"""Trains the toy from nothing, by the pack's own training code: ``python -m tora_lab.toy.recipe --out runs/toy``.

VAE -> clips -> base -> adapter, stage dense, then stage sparse -> measured and packed. Every part is skipped where its
result is there, so the command can be interrupted and run again.
"""

from __future__ import annotations

import argparse
import json
import logging
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file

from tora_core.checkpoints.layouts import load_adapter, open_checkpoint
from tora_core.cogvideox.latents import COGVIDEOX_1_0
from tora_core.cogvideox.spec import HEAD_DIM, BaseSpec
from tora_core.evaluation.trajectory_error import TrajectoryError
from tora_core.paths.trajectories import Trajectories
from tora_core.toy.models import FRAMES, TRANSFORMER_FILE, VIDEO, load_toy_vae
from tora_core.toy.text import text_features
from tora_core.toy.vae import ToyVAE

from ..data.cache import ClipCache, ClipEncoder, build, is_cached
from ..data.clips import LabelledClip
from ..data.settings import Stage
from ..media.files import write_safetensors, write_text
from ..train.config import FusionKind, TrainingConfig, parse_config
from ..train.fusion import NoFusion, start_fusion
from ..train.trainer import train
from ..train.validation import Validator, score_px
from .curves import draw_curves
from .models import HEADS, LAYERS, MOTION_CHANNELS, load_toy, new_transformer, save_toy
from .sampling import GUIDANCE
from .sampling import STEPS as SAMPLING_STEPS
from .tracker import toy_error
from .vae_training import psnr_db, standardise, train_decoder, train_vae, vae_clips
from .world import SPRITE_COUNTS, exact_flow, random_scene, render

logger = logging.getLogger(__name__)

RESULTS = Path(__file__).parent / "results"
"""Training log, curves and ablation of the shipped toy."""

SEED = 0
VAE_SEEDS = 1_000_000, 2500
"""First scene and number of clips that the VAE learns from."""
TRAIN_SEEDS = 2_000_000, 6000
VALIDATION_SEEDS = 3_000_000, 16
EVALUATION_SEEDS = 4_000_000, 64
"""Scenes that nothing was trained or chosen on."""
VAE_STEPS, DECODER_STEPS = 6000, 4000
STEPS = {"base": 9000, "detail": 9000, "dense": 600, "sparse": 2500}
"""Of the base first in much noise, where it is decided what goes where, then alike in all noise, which makes shapes."""
BATCH = 32
_BASE_FILE = Path("last", "transformer.safetensors")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tora_lab.toy.recipe", description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("runs/toy"), help="folder to work in (default: runs/toy)")
    options = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    run_recipe(options.out)


def run_recipe(out: Path) -> None:
    """All of it, up to the files that the pack ships."""
    vae = make_vae(out / "vae.safetensors")
    make_clips(out, vae)
    make_base(out)
    train_once(adapter_config(out, "dense", out / "dense", STEPS["dense"]), vae)
    train_once(adapter_config(out, "sparse", out / "sparse", STEPS["sparse"], out / "dense" / "last"), vae)
    pack(out, vae)


def make_vae(file: Path) -> ToyVAE:
    """Trains the VAE, or loads it."""
    from tqdm.auto import tqdm

    vae = ToyVAE()
    if not file.is_file():
        clips = vae_clips(*VAE_SEEDS)
        with tqdm(total=VAE_STEPS + DECODER_STEPS, desc="vae") as bar:
            vae = train_vae(clips, VAE_STEPS, SEED, lambda step, loss: bar.update())
            standardise(vae, torch.stack([render(random_scene(seed)) for seed in seeds(VALIDATION_SEEDS)]))
            train_decoder(vae, clips, DECODER_STEPS, SEED, lambda step, loss: bar.update())
        unseen = torch.stack([render(random_scene(seed)) for seed in seeds(EVALUATION_SEEDS)])
        logger.info("VAE: %.1f dB on unseen clips", psnr_db(vae, unseen))
        write_safetensors(file, vae.state_dict())
    vae.load_state_dict(load_file(file))
    return vae.eval().requires_grad_(False)


def make_clips(out: Path, vae: Any) -> None:
    """Renders and encodes the clips for training and for validation."""
    from tqdm.auto import tqdm

    encoder = ClipEncoder(vae, text_features)
    config = adapter_config(out, "sparse", out / "sparse", STEPS["sparse"])
    for name, span in (("clips", TRAIN_SEEDS), ("validation", VALIDATION_SEEDS), ("evaluation", EVALUATION_SEEDS)):
        left = [seed for seed in seeds(span) if not is_cached(out / name, _clip_name(seed))]
        with tqdm(total=span[1], initial=span[1] - len(left), desc=name) as bar:
            build(config, _clips(left), encoder, out / name, lambda clip: bar.update())


def make_base(out: Path) -> None:
    """Trains the transformer, without motion."""
    start = out / "start.safetensors"
    if not start.is_file():
        write_safetensors(start, new_transformer(SEED).state_dict())
    train_once(base_config(out, "base", start, learning_rate=3e-3))
    train_once(base_config(out, "detail", out / "base" / _BASE_FILE, learning_rate=2e-3, high_noise=0.0))


def pack(out: Path, vae: Any) -> None:
    """Writes what is shipped: weights, what was measured with these very files, log, curves."""
    adapter = load_adapter(open_checkpoint(out / "sparse" / "last")).state_dict()
    weights = load_file(base_file(out)), adapter, vae.state_dict()
    facts = {"trained by": "python -m tora_lab.toy.recipe", "seed": str(SEED)}
    save_toy(*weights, facts)
    facts["figures"] = json.dumps(measure_toy(out))
    save_toy(*weights, facts)
    logs = {stage: [json.loads(line) for line in (out / stage / "log.jsonl").open()] for stage in STEPS}
    write_text(RESULTS / "training_log.json", json.dumps(logs, indent=0))
    draw_curves(logs, RESULTS / "training_curves.png")
    logger.info("%s", facts["figures"])


def measure_toy(out: Path) -> dict[str, float]:
    """Of the shipped toy on ``EVALUATION_SEEDS``: TrajError with and without Tora, and the VAE's quality.

    TrajError counts where a sprite is seen; ``coverage`` says how much that is.
    """
    vae, transformer = load_toy_vae(), load_toy().transformer
    scenes = [random_scene(seed) for seed in seeds(EVALUATION_SEEDS)]
    figures: dict[str, float] = {"clips": len(scenes)}
    for name, adapter in (("", TRANSFORMER_FILE), ("_without", None)):
        errors = evaluate_scenes(out, vae, transformer, adapter)
        figures[f"traj_error{name}_px"] = mean_px(errors)
        figures[f"coverage{name}"] = round(sum(error.coverage for error in errors) / len(errors), 4)
        for count in range(1, len(SPRITE_COUNTS) + 1):
            own = [error for error, scene in zip(errors, scenes, strict=True) if len(scene.sprites) == count]
            figures[f"traj_error{name}_px_of_{count}"] = mean_px(own)
    return figures | {"vae_psnr_db": round(psnr_db(vae, torch.stack([render(scene) for scene in scenes])), 2)}


def mean_px(errors: Sequence[TrajectoryError]) -> float:
    """TrajError over clips in which anything was seen."""
    seen = [error.l1_px for error in errors if error.l1_px is not None]
    return round(sum(seen) / len(seen), 3)


def evaluate_scenes(
    out: Path, vae: Any, transformer: Any, adapter: Path | None = None, fusion: FusionKind = "adaptive_norm"
) -> list[TrajectoryError]:
    """How well ``EVALUATION_SEEDS`` are followed, in their order; by the base where no adapter is given."""
    config = adapter_config(out, "sparse", out / "figures", 1, adapter, fusion)
    base = BaseSpec(LAYERS, HEADS * HEAD_DIM, COGVIDEOX_1_0.channels)
    module = NoFusion(LAYERS) if adapter is None else start_fusion(config, base)
    name = "without" if adapter is None else "-".join(adapter.parts[-2:])
    count = EVALUATION_SEEDS[1]
    settings = config.validation.model_copy(update={"cache": out / "evaluation", "clips": count, "batch": count // 2})
    config = config.model_copy(update={"validation": settings})
    errors: list[TrajectoryError] = []

    def kept(video: torch.Tensor, wanted: Trajectories, caption: str) -> float:
        errors.append(toy_error(video, wanted, caption))
        return score_px(errors[-1])

    Validator(config, ClipCache(config), [], vae, kept).run(transformer, module, name)
    return errors


def base_file(out: Path) -> Path:
    return out / "detail" / _BASE_FILE


def base_config(out: Path, part: str, start: Path, **settings: Any) -> TrainingConfig:
    """Of one part of the base's training."""
    return _config(
        stage="base",
        output=out / part,
        base=start,
        data=_data(out),
        steps=STEPS[part],
        warmup=200,
        save_every=500,
        **settings,
    )


def adapter_config(
    out: Path,
    stage: Stage,
    output: Path,
    steps: int,
    adapter: Path | None = None,
    fusion: FusionKind = "adaptive_norm",
    validates: bool = True,
) -> TrainingConfig:
    """Of one stage of the adapter, or of another fusion of the ablation."""
    return _config(
        stage=stage,
        output=output,
        base=base_file(out),
        adapter=adapter,
        fusion=fusion,
        motion_channels=MOTION_CHANNELS,
        data=_data(out),
        steps=steps,
        save_every=250,
        validation={
            "every": 250 if validates else 0,
            "clips": VALIDATION_SEEDS[1],
            "cache": out / "validation",
            "batch": VALIDATION_SEEDS[1],
            "steps": SAMPLING_STEPS,
            "guidance": GUIDANCE,
            "patience": None,
        },
    )


def seeds(span: tuple[int, int]) -> list[int]:
    first, count = span
    return list(range(first, first + count))


def score_toy(video: torch.Tensor, wanted: Trajectories, caption: str) -> float:
    return score_px(toy_error(video, wanted, caption))


def _config(**settings: Any) -> TrainingConfig:
    common = {
        "batch_size": BATCH,
        "learning_rate": 1e-3,
        "schedule": "cosine",
        "gradient_clip": 1.0,
        "ema": 0.995,
        "high_noise": 1.0,
        "points": (1, 16),
        "point_source": "centres",
        "workers": 0,
        "seed": SEED,
    }
    return parse_config(common | settings, "the toy's recipe")


def _data(out: Path) -> dict[str, Any]:
    return {
        "cache": out / "clips",
        "frames": FRAMES,
        "width": VIDEO.width,
        "height": VIDEO.height,
        "flow_stride": 1,
        "motion_draws": 2,
    }


def train_once(config: TrainingConfig, vae: Any = None) -> None:
    """One stage, unless it is done; goes on where it was interrupted."""
    if not any((config.output / "last").rglob("*.safetensors")):
        train(config, vae, score_toy)


def _clip_name(seed: int) -> str:
    return f"{seed:07d}"


def _clips(left: list[int]) -> Iterator[LabelledClip]:
    for seed in left:
        scene = random_scene(seed)
        yield LabelledClip(_clip_name(seed), render(scene), scene.prompt, exact_flow(scene), scene.trajectories)


if __name__ == "__main__":
    main()
