"""The toy's recipe, in a few steps: from an empty folder to the files that are shipped, and again from any part."""

from __future__ import annotations

import json

import pytest
from safetensors import safe_open

from tora_core.toy import models as shipped
from tora_core.toy.models import TRANSFORMER_FILE, load_toy_vae
from tora_lab.pipeline import ToraPipeline
from tora_lab.toy import models, recipe
from tora_lab.toy.sampling import sample_toy
from tora_lab.toy.world import random_scene


@pytest.fixture
def little(monkeypatch, tmp_path):
    """The recipe with next to nothing to do, which writes beside the weights that are shipped."""
    for name, value in {
        "VAE_SEEDS": (1_000_000, 8),
        "TRAIN_SEEDS": (2_000_000, 4),
        "VALIDATION_SEEDS": (3_000_000, 2),
        "EVALUATION_SEEDS": (4_000_000, 4),
        "VAE_STEPS": 5,
        "DECODER_STEPS": 5,
        "STEPS": dict.fromkeys(recipe.STEPS, 10),
        "BATCH": 2,
        "SAMPLING_STEPS": 2,
        "RESULTS": tmp_path,
        "TRANSFORMER_FILE": tmp_path / TRANSFORMER_FILE.name,
    }.items():
        monkeypatch.setattr(recipe, name, value)
    for name in ("TRANSFORMER_FILE", "VAE_FILE"):
        for module in (shipped, models):
            monkeypatch.setattr(module, name, tmp_path / getattr(shipped, name).name)
    return tmp_path


def test_the_recipe_makes_a_toy_out_of_nothing_and_again_only_what_is_missing(little):
    recipe.run_recipe(little / "run")
    with safe_open(models.TRANSFORMER_FILE, framework="pt") as opened:
        figures = json.loads(opened.metadata()["figures"])
    assert figures["clips"] == 4 and figures["vae_psnr_db"] > 3
    assert list(json.loads((little / "training_log.json").read_text())) == list(recipe.STEPS)
    scene = random_scene(0)
    toy = ToraPipeline.from_checkpoint(models.TRANSFORMER_FILE, load_toy_vae())
    assert sample_toy(toy, scene.prompt, scene.trajectories, 0, 1.0).latent.isfinite().all()

    trained = [path for path in (little / "run").rglob("*.safetensors") if path.name != "unconditional.safetensors"]
    made = {path: path.stat().st_mtime_ns for path in trained}
    (little / "run" / "sparse" / "last" / "fuser" / "fuser.safetensors").unlink()
    (little / "run" / "sparse" / "last" / "traj_extractor" / "traj_extractor.safetensors").unlink()
    recipe.run_recipe(little / "run")
    again = {path for path, time in made.items() if path.stat().st_mtime_ns != time}
    assert {path.relative_to(little / "run").parts[:2] for path in again} == {("sparse", "last")}
