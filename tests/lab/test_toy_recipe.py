"""The toy's recipe runs from an empty folder to the shipped files and resumes from any part, here with few steps."""

from __future__ import annotations

import json

import pytest
from safetensors import safe_open

from tora_core.toy import models as shipped
from tora_core.toy.models import TRANSFORMER_FILE, load_toy_vae
from tora_lab.pipeline import ToraPipeline
from tora_lab.toy import ablation, configs, joint_training, models, recipe, scenes_evaluation
from tora_lab.toy.recipe import RESULTS
from tora_lab.toy.sampling import sample_toy
from tora_lab.toy.world import random_scene


@pytest.fixture
def short_recipe(monkeypatch, tmp_path):
    """Reduces the recipe to a few steps and clips, and redirects its results to a temporary folder."""
    settings = {
        "VAE_SEEDS": (1_000_000, 8),
        "DECODER_SEEDS": (1_000_000, 4),
        "TRAIN_SEEDS": (2_000_000, 4),
        "VALIDATION_SEEDS": (3_000_000, 2),
        "EVALUATION_SEEDS": (4_000_000, 4),
        "VAE_STEPS": 5,
        "DECODER_STEPS": 5,
        "STEPS": dict.fromkeys(configs.STEPS, 10),
        "BATCH": 2,
        "SAMPLING_STEPS": 2,
        "RESULTS": tmp_path,
        "TRANSFORMER_FILE": tmp_path / TRANSFORMER_FILE.name,
    }
    for name, value in settings.items():
        # Each module that imports a name has a copy of its own.
        readers = [
            module for module in (configs, recipe, scenes_evaluation, joint_training, ablation) if hasattr(module, name)
        ]
        assert readers, name
        for module in readers:
            monkeypatch.setattr(module, name, value)
    for name in ("TRANSFORMER_FILE", "VAE_FILE"):
        for module in (shipped, models):
            monkeypatch.setattr(module, name, tmp_path / getattr(shipped, name).name)
    return tmp_path


def test_the_recipe_trains_a_toy_from_scratch_and_then_only_missing_parts(short_recipe):
    recipe.run_recipe(short_recipe / "run")
    with safe_open(models.TRANSFORMER_FILE, framework="pt") as opened:
        figures = json.loads(opened.metadata()["figures"])
    assert figures["clips"] == 4 and figures["vae_psnr_db"] > 3
    assert list(json.loads((short_recipe / "training_log.json").read_text())) == list(configs.STEPS)
    scene = random_scene(0)
    toy = ToraPipeline.from_checkpoint(models.TRANSFORMER_FILE, load_toy_vae())
    assert sample_toy(toy, scene.prompt, scene.trajectories, 0, 1.0).latent.isfinite().all()

    trained = [
        path for path in (short_recipe / "run").rglob("*.safetensors") if path.name != "unconditional.safetensors"
    ]
    made = {path: path.stat().st_mtime_ns for path in trained}
    (short_recipe / "run" / "sparse" / "last" / "fuser" / "fuser.safetensors").unlink()
    (short_recipe / "run" / "sparse" / "last" / "traj_extractor" / "traj_extractor.safetensors").unlink()
    recipe.run_recipe(short_recipe / "run")
    again = {path for path, time in made.items() if path.stat().st_mtime_ns != time}
    assert {path.relative_to(short_recipe / "run").parts[:2] for path in again} == {("sparse", "last")}


def test_the_ablation_trains_every_variant_on_the_recipe_s_base(short_recipe, monkeypatch):
    run = short_recipe / "run"
    vae = recipe.make_vae(run)
    recipe.make_clips(run, vae)
    recipe.make_base(run)
    monkeypatch.setattr(ablation, "STEPS", 4)
    monkeypatch.setattr(ablation, "DENSE_STEPS", 2)
    figures = ablation.run_ablation(run)
    assert set(figures) == set(json.loads((RESULTS / "ablation.json").read_text()))
