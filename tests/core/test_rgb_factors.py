"""Colours of latents: exact where they are linear, close on the toy's VAE, and cheap."""

from __future__ import annotations

import pytest
import torch

from tora_core.cogvideox.latents import COGVIDEOX_1_0
from tora_core.cogvideox.rgb_factors import RgbFactors, colour_chart
from tora_core.motion.motion_vae import encode_motion
from tora_core.toy.models import load_toy_vae

CHANNELS, PICTURE_AND_VIDEO = COGVIDEOX_1_0.channels, 2


def linear_latent(chart):
    """A latent whose channels are linear in the mean colour of each latent pixel."""
    means = torch.nn.functional.avg_pool2d(chart[0].movedim(-1, 0), COGVIDEOX_1_0.spatial)  # [3, h, w]
    mixed = torch.einsum("cr,rhw->chw", torch.randn(CHANNELS, 3, generator=torch.Generator().manual_seed(0)), means)
    return mixed[None, :, None].repeat(1, 1, PICTURE_AND_VIDEO, 1, 1) + 0.3, means


def test_a_linear_latent_is_painted_in_its_colours():
    chart = colour_chart()
    latent, means = linear_latent(chart)
    factors = RgbFactors.fit(latent, chart)
    painted = factors.paint(latent[0])  # [T', h, w, 3]
    assert factors.r2 == pytest.approx(1)
    assert (painted.float() - 255 * means.movedim(0, -1)).abs().max() < 1


def test_channels_without_information_do_not_disturb_the_fit():
    chart = colour_chart()
    latent, _ = linear_latent(chart)
    latent[:, 3:] = 0
    assert RgbFactors.fit(latent, chart).r2 == pytest.approx(1)
    assert RgbFactors.fit(torch.zeros_like(latent), chart).r2 == pytest.approx(0, abs=1e-9)


def test_the_toys_latents_show_a_picture_that_is_not_the_chart():
    vae, chart = load_toy_vae(), colour_chart()
    factors = RgbFactors.fit(encode_motion(vae, chart), chart)
    picture = torch.full((1, 64, 96, 3), 0.8)
    picture[:, 16:48, 16:48] = torch.tensor([0.1, 0.7, 0.2])  # a green square on light grey
    painted = factors.paint(encode_motion(vae, picture)[0])[0].float() / 255
    assert factors.r2 > 0.99
    assert (painted[3:5, 3:5] - torch.tensor([0.1, 0.7, 0.2])).abs().max() < 0.15
    assert (painted[:, 8:] - 0.8).abs().max() < 0.15


def test_the_chart_covers_the_colours_and_holds_less_than_a_hundredth_of_a_videos_pixels():
    chart = colour_chart()
    width, height = COGVIDEOX_1_0.trained_size
    assert chart.shape[:3].numel() < 0.01 * COGVIDEOX_1_0.trained_frames * width * height
    COGVIDEOX_1_0.check_dimensions(len(chart), COGVIDEOX_1_0.trained_size)
    counts, _ = torch.histogramdd(chart[0].reshape(-1, 3), bins=[4, 4, 4], range=[0.0, 1.0] * 3)
    assert (counts > 0).all()  # every corner of the RGB cube, and its middle


def test_paint_stays_in_range():
    factors = RgbFactors(torch.ones(CHANNELS, 3), torch.zeros(3), 1.0)
    painted = factors.paint(torch.tensor([-9.0, 0.0, 9.0]).expand(CHANNELS, 1, 1, 3))
    assert painted[0, 0, :, 0].tolist() == [0, 128, 255]
