"""The measures of how toy sprites look know the truth, a shift, a blur and another shape."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from tora_core.toy.text import SHAPES
from tora_lab.toy.fidelity import measure_fidelity, tell_shape
from tora_lab.toy.world import RADIUS_PX, random_scene, render, signed_distance_px

SCENES = [random_scene(seed, sprites=1) for seed in range(4)]


def silhouette(shape, x=40.3, y=30.6):
    down, across = np.mgrid[:64, :96].astype(float)
    return signed_distance_px(shape, RADIUS_PX, across - x, down - y) < 0


def test_the_truth_is_perfect():
    fidelity = measure_fidelity([render(scene) for scene in SCENES], SCENES)
    assert fidelity.psnr_db > 80 and fidelity.overlap > 0.95 and fidelity.shapes == 1


def test_a_shift_by_two_pixels_lowers_overlap_and_psnr_and_not_the_shape():
    moved = [render(scene).roll(2, dims=2) for scene in SCENES]
    fidelity = measure_fidelity(moved, SCENES)
    assert fidelity.psnr_db < 22 and fidelity.overlap < 0.85 and fidelity.shapes == 1


def test_a_video_without_sprites_overlaps_nowhere_and_has_no_shape():
    empty = [torch.full_like(render(scene), 128) for scene in SCENES]
    fidelity = measure_fidelity(empty, SCENES)
    assert fidelity.overlap == 0 and fidelity.shapes == 0


@pytest.mark.parametrize("shape", SHAPES)
def test_every_shape_is_told_wherever_it_is(shape):
    assert tell_shape(silhouette(shape)) == shape
    assert tell_shape(silhouette(shape, 70, 20)) == shape


def test_an_empty_silhouette_has_no_shape():
    assert tell_shape(np.zeros((64, 96), bool)) is None
