"""The shipped toy follows paths that it was not trained on, and the demo shows this."""

from __future__ import annotations

import base64
import io
import json
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import PIL.Image
import pytest
import torch
from safetensors import safe_open

from tora_core.toy.models import TRANSFORMER_FILE, VAE_FILE, WEIGHTS
from tora_lab.media.video_reader import read_video
from tora_lab.toy.configs import DECODER_SEEDS, EVALUATION_SEEDS, TRAIN_SEEDS, VALIDATION_SEEDS, list_seeds
from tora_lab.toy.models import load_toy
from tora_lab.toy.recipe import RESULTS
from tora_lab.toy.sampling import sample_toy
from tora_lab.toy.vae_training import psnr_db
from tora_lab.toy.world import random_scene, render

ROOT = Path(__file__).parents[2]
CLIPS = 4


@pytest.fixture(scope="module")
def toy():
    return load_toy()


def test_tora_has_less_than_a_tenth_of_the_base_s_error_on_unseen_scenes(toy):
    steered, plain = [], []
    for seed in list_seeds(EVALUATION_SEEDS)[:CLIPS]:
        scene = random_scene(seed)
        runs = [sample_toy(toy, scene.prompt, scene.trajectories, seed, strength) for strength in (1.0, None)]
        assert all(run.error.l1_px is not None for run in runs), seed
        assert runs[0].error.coverage > 0.95, seed
        steered.append(runs[0].error.l1_px)
        plain.append(runs[1].error.l1_px)
    assert np.mean(steered) < np.mean(plain) / 10, (steered, plain)


def test_strength_0_equals_the_base_bit_for_bit(toy):
    scene = random_scene(EVALUATION_SEEDS[0])
    off, plain = (sample_toy(toy, scene.prompt, scene.trajectories, 1, strength) for strength in (0.0, None))
    assert torch.equal(off.latent, plain.latent)


def test_the_vae_restores_unseen_scenes_above_36_db(toy):
    unseen = torch.stack([render(random_scene(seed)) for seed in list_seeds(EVALUATION_SEEDS)])
    assert psnr_db(toy.vae, unseen) > 36


def test_no_scene_is_used_for_both_training_and_evaluation():
    spans = [set(list_seeds(span)) for span in (DECODER_SEEDS, TRAIN_SEEDS, VALIDATION_SEEDS, EVALUATION_SEEDS)]
    assert sum(map(len, spans)) == len(set().union(*spans))


def test_the_shipped_files_are_small_and_have_metadata():
    assert sum(file.stat().st_size for file in WEIGHTS.iterdir()) < 16e6
    for file in (TRANSFORMER_FILE, VAE_FILE):
        with safe_open(file, framework="pt") as opened:
            facts = opened.metadata()
        figures = json.loads(facts["figures"])
        assert figures["clips"] >= 64 and facts["seed"] and "recipe" in facts["trained by"]
        assert figures["traj_error_px"] < min(1.3, figures["traj_error_without_px"] / 20)
        assert figures["sprite_psnr_db"] > 26 and figures["shapes_told"] > 0.95
        assert figures["coverage"] > 0.99 and figures["vae_sprite_psnr_db"] > 30
        assert figures["vae_silhouette_overlap"] > 0.92 and figures["vae_shapes_told"] > 0.95


def test_the_training_log_has_every_stage_and_the_curves_are_a_png():
    logs = json.loads((RESULTS / "training_log.json").read_text())
    assert list(logs) == ["base", "detail", "dense", "sparse", "joint"]
    for stage, lines in logs.items():
        losses = [line["loss"] for line in lines if "loss" in line]
        if stage == "base":
            assert np.mean(losses[-10:]) < np.mean(losses[:10]) / 2
    assert (RESULTS / "training_curves.png").read_bytes().startswith(b"\x89PNG")


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    out = tmp_path_factory.mktemp("demo")
    command = [sys.executable, "-m", "tora_lab.toy", "--out", str(out)]
    return out, subprocess.check_output(command, cwd=ROOT, text=True)


def test_the_demo_writes_a_page_a_sheet_and_a_side_by_side_video_and_prints_their_paths(demo):
    out, printed = demo
    assert "strength 0 equals the plain run: True" in printed
    for name in ("tora_demo.html", "tora_demo.png", "tora_demo.mp4"):
        assert (out / name).stat().st_size > 10_000 and str(out / name) in printed
    video = read_video(out / "tora_demo.mp4")
    assert video.shape == (9, 320, 972, 3)
    halves = video[:, :, :480].float(), video[:, :, -480:].float()
    assert float((halves[0] - halves[1]).abs().mean()) > 3


def test_the_demo_prints_both_errors_and_tora_s_is_far_smaller(demo):
    lines = [line for line in demo[1].splitlines() if "TrajError" in line]
    assert len(lines) == 3
    for line, factor in zip(lines, (4, 4, 1.5), strict=True):  # the crossing is hard
        steered, plain = (float(part.split(": ")[1].split(" px")[0]) for part in line.split(";"))
        assert steered < plain / factor, line


def test_the_page_of_the_demo_holds_all_it_shows(demo):
    page = (demo[0] / "tora_demo.html").read_text(encoding="utf-8")
    clips = re.findall(r"data:image/webp;base64,([^\"]+)", page)
    assert len(clips) == 3 and not re.search(r"(src|href)=.(?!data:)", page)
    for clip in clips:
        picture = PIL.Image.open(io.BytesIO(base64.b64decode(clip)))
        assert (picture.n_frames, picture.size) == (9, (3 * 480 + 2 * 12, 320))
    assert page.count("<polyline") == 6 and "a crossing" in page.lower()


@pytest.mark.parametrize(
    "arguments, message",
    [(["--prompt", "a dragon"], "expected words of the toy world, got 'dragon'"), (["--path", "none.txt"], "none.txt")],
)
def test_the_demo_reports_wrong_arguments_in_one_line(tmp_path, arguments, message):
    command = [sys.executable, "-m", "tora_lab.toy", "--out", str(tmp_path), *arguments]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 1 and done.stderr.startswith("error: ") and message in done.stderr
