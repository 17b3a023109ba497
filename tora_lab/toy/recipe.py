"""Trains the toy from scratch with the pack's own training code: ``python -m tora_lab.toy.recipe --out runs/toy``.

The parts are VAE, clips, base, adapter stage dense, adapter stage sparse, both together, evaluation and packing. A part
is skipped if its result exists, so an interrupted command resumes when it is run again.
"""

from __future__ import annotations

import argparse
import json
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file

from tora_core.checkpoints.layouts import load_adapter, open_checkpoint
from tora_core.toy.text import text_features
from tora_core.toy.vae import ToyVAE

from ..data.cache import ClipCache, ClipEncoder, build_cache, is_cached
from ..data.clips import LabelledClip
from ..media.files import write_safetensors, write_text
from ..train.config import TrainingConfig
from ..train.trainer import train
from ..transformer import load_transformer
from .configs import (
    DECODER_SEEDS,
    EVALUATION_SEEDS,
    SEED,
    STEPS,
    TRAIN_SEEDS,
    VAE_SEEDS,
    VALIDATION_SEEDS,
    adapter_config,
    base_config,
    list_seeds,
    locate_base,
)
from .curves import draw_curves
from .decoder_training import encode_scenes, train_decoder
from .joint_training import FIRST_MOTIONS, Steered, add_blocks, add_fusers, read_joint_clips, train_jointly
from .models import JOINT_LAYERS, new_transformer, save_toy
from .scenes_evaluation import evaluate_toy, score_toy
from .vae_training import psnr_db, standardise, train_encoder, vae_clips
from .world import exact_flow, random_scene, render

logger = logging.getLogger(__name__)

RESULTS = Path(__file__).parent / "results"
"""Folder with the training log, curves and ablation of the shipped toy."""
VAE_STEPS, DECODER_STEPS = 6000, 12000
_JOINT_LOG = "log.jsonl"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tora_lab.toy.recipe", description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("runs/toy"), help="folder for all results (default: runs/toy)")
    options = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    run_recipe(options.out)


def run_recipe(out: Path) -> None:
    """Runs all parts, from the VAE to the files that the pack ships."""
    vae = make_vae(out)
    make_clips(out, vae)
    make_base(out)
    train_once(adapter_config(out, "dense", out / "dense", STEPS["dense"]), vae)
    train_once(adapter_config(out, "sparse", out / "sparse", STEPS["sparse"], out / "dense" / "last"), vae)
    train_both(out)
    pack(out, vae)


def make_vae(out: Path) -> ToyVAE:
    """Trains the encoder and then the decoder, unless their files exist, and loads them."""
    from tqdm.auto import tqdm

    vae = ToyVAE().eval().requires_grad_(False)
    file = out / "encoder.safetensors"
    if not file.is_file():
        with tqdm(total=VAE_STEPS, desc="encoder") as bar:
            encoder = train_encoder(vae_clips(*VAE_SEEDS), VAE_STEPS, SEED, lambda step, loss: bar.update())
        standardise(encoder, torch.stack([render(random_scene(seed)) for seed in list_seeds(VALIDATION_SEEDS)]))
        write_safetensors(file, encoder.state_dict())
    vae.encoder.load_state_dict(load_file(file))
    file = out / "decoder.safetensors"
    if not file.is_file():
        clips = encode_scenes(vae, list_seeds(DECODER_SEEDS))
        with tqdm(total=DECODER_STEPS, desc="decoder") as bar:
            state = out / "decoder_state.pt"
            decoder = train_decoder(clips, DECODER_STEPS, SEED, state, lambda step, loss: bar.update(step + 1 - bar.n))
        write_safetensors(file, decoder.state_dict())
        vae.decoder = decoder
        unseen = torch.stack([render(random_scene(seed)) for seed in list_seeds(EVALUATION_SEEDS)])
        logger.info("VAE: PSNR %.1f dB on clips that it was not trained on", psnr_db(vae, unseen))
    vae.decoder.load_state_dict(load_file(file))
    return vae


def make_clips(out: Path, vae: Any) -> None:
    """Renders and encodes the clips for training, validation and evaluation."""
    from tqdm.auto import tqdm

    encoder = ClipEncoder(vae, text_features)
    config = adapter_config(out, "sparse", out / "sparse", STEPS["sparse"])
    for name, span in (("clips", TRAIN_SEEDS), ("validation", VALIDATION_SEEDS), ("evaluation", EVALUATION_SEEDS)):
        missing = [seed for seed in list_seeds(span) if not is_cached(out / name, _clip_name(seed))]
        with tqdm(total=span[1], initial=span[1] - len(missing), desc=name) as bar:
            build_cache(config, _render_clips(missing), encoder, out / name, lambda clip: bar.update())


def make_base(out: Path) -> None:
    """Trains the transformer without motion."""
    start = out / "start.safetensors"
    if not start.is_file():
        write_safetensors(start, new_transformer(SEED).state_dict())
    train_once(base_config(out, "base", start, learning_rate=3e-3))
    train_once(base_config(out, "detail", locate_base(out, "base"), learning_rate=2e-3, high_noise=0.0))


def train_once(config: TrainingConfig, vae: Any = None) -> None:
    """Trains one stage unless its weights exist. An interrupted stage resumes."""
    if not any((config.output / "last").rglob("*.safetensors")):
        train(config, vae, score_toy)


def train_both(out: Path) -> None:
    """Adds blocks to the base and trains it together with the adapter, unless the result exists."""
    from tqdm.auto import tqdm

    folder = out / "joint"
    if (folder / _JOINT_LOG).is_file():
        return
    clips = read_joint_clips(ClipCache(adapter_config(out, "sparse", out / "sparse", STEPS["sparse"])))
    adapter = load_adapter(open_checkpoint(out / "sparse" / "last"), torch.float32)
    first_motions = clips.motions[:FIRST_MOTIONS, 0].float()
    model = Steered(
        add_blocks(load_transformer(open_checkpoint(locate_base(out))), JOINT_LAYERS),
        add_fusers(adapter, JOINT_LAYERS, first_motions, SEED),
    )
    folder.mkdir(parents=True, exist_ok=True)
    with tqdm(total=STEPS["joint"], desc="joint") as bar:
        state = folder / "state.pt"
        log = train_jointly(model, clips, STEPS["joint"], SEED, state, lambda step, loss: bar.update(step + 1 - bar.n))
    write_safetensors(folder / "transformer.safetensors", model.transformer.state_dict())
    write_safetensors(folder / "adapter.safetensors", model.adapter.state_dict())
    write_text(folder / _JOINT_LOG, "".join(json.dumps(line) + "\n" for line in log))


def pack(out: Path, vae: Any) -> None:
    """Writes the shipped weights, evaluates them, and writes the figures, the training log and its curves."""
    base, adapter = (load_file(out / "joint" / f"{part}.safetensors") for part in ("transformer", "adapter"))
    weights = base, adapter, vae.state_dict()
    facts = {"trained by": "python -m tora_lab.toy.recipe", "seed": str(SEED)}
    save_toy(*weights, facts)  # the figures must come from these files, so they are written twice
    facts["figures"] = json.dumps(evaluate_toy(out))
    save_toy(*weights, facts)
    logs = {stage: [json.loads(line) for line in (out / stage / "log.jsonl").open()] for stage in STEPS}
    write_text(RESULTS / "training_log.json", json.dumps(logs, indent=0))
    draw_curves(logs, RESULTS / "training_curves.png")
    logger.info("figures of the toy: %s", facts["figures"])


def _clip_name(seed: int) -> str:
    return f"{seed:07d}"


def _render_clips(seeds: list[int]) -> Iterator[LabelledClip]:
    for seed in seeds:
        scene = random_scene(seed)
        yield LabelledClip(_clip_name(seed), render(scene), scene.prompt, exact_flow(scene), scene.trajectories)


if __name__ == "__main__":
    main()
