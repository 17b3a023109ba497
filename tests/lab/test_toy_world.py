"""Sprites of the toy world are exactly on their paths, and the tracker finds them there."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
import torch

from tora_core.motion.motion_vae import to_vae_input
from tora_core.paths.trajectories import Trajectories
from tora_core.toy.models import VIDEO
from tora_core.toy.text import SHAPES, TEXT_CHANNELS, TEXT_TOKENS, text_features
from tora_core.toy.vae import Encoder, ToyVAE
from tora_lab.toy import decoder_training
from tora_lab.toy.decoder_training import CELLS, draw_crops, encode_scenes, train_decoder
from tora_lab.toy.tracker import prompt_colours, toy_error
from tora_lab.toy.vae_training import psnr_db, standardise
from tora_lab.toy.world import RADIUS_PX, exact_flow, random_scene, render, signed_distance_px

SCENES = [random_scene(seed) for seed in range(24)]


def test_equal_seeds_give_equal_scenes_and_other_seeds_differ():
    assert torch.equal(render(random_scene(7)), render(random_scene(7)))
    assert len({scene.prompt for scene in SCENES}) > 20
    assert {len(scene.sprites) for scene in SCENES} == {1, 2, 3}


def test_sprites_stay_inside_the_frame_and_apart():
    for scene in SCENES:
        points = scene.trajectories.points_px
        assert (points - RADIUS_PX >= 0).all() and (points + RADIUS_PX <= np.array(VIDEO) - 1).all()
        for one, other in itertools.combinations(range(len(scene.sprites)), 2):
            assert (np.linalg.norm(points[:, one] - points[:, other], axis=-1) > 2 * RADIUS_PX).all()


@pytest.mark.parametrize("shape", SHAPES)
def test_a_shape_has_its_centre_of_area_at_its_centre_and_the_size_of_a_disc(shape):
    y, x = np.mgrid[-20:20:0.25, -20:20:0.25]
    inside = signed_distance_px(shape, 9.0, x, y) < 0
    assert abs(x[inside].mean()) < 0.2 and abs(y[inside].mean()) < 0.2
    assert 0.6 < inside.sum() / 16 / (np.pi * 81) < 1.1


def test_the_tracker_finds_sprites_to_a_tenth_of_a_pixel():
    errors = [toy_error(render(scene), scene.trajectories, scene.prompt) for scene in SCENES]
    assert all(error.coverage == 1 for error in errors)
    assert np.mean([error.l1_px for error in errors]) < 0.1


def test_the_first_sprite_of_a_prompt_belongs_to_the_leftmost_path_in_any_order_of_paths():
    scene = next(scene for scene in SCENES if len(scene.sprites) == 3)
    wanted, video = scene.trajectories, render(scene)
    turned = Trajectories(wanted.points_px[:, [1, 2, 0]], wanted.visible, wanted.canvas)
    expected = toy_error(video, wanted, scene.prompt).path_l1_px
    assert toy_error(video, turned, scene.prompt).path_l1_px == (expected[1], expected[2], expected[0])
    first, _, third = prompt_colours(scene.prompt)
    swapped = scene.prompt.replace(first, "?").replace(third, first).replace("?", third)
    assert toy_error(video, wanted, swapped).l1_px > 5


def test_more_paths_than_sprites_are_an_error():
    scene = next(scene for scene in SCENES if len(scene.sprites) == 2)
    with pytest.raises(ValueError, match="expected a sprite for each of 2 paths, got 'red disc on sand'"):
        toy_error(render(scene), scene.trajectories, "red disc on sand")


def test_a_missing_sprite_is_lost():
    scene = next(scene for scene in SCENES if len(scene.sprites) == 1)
    colour = next(name for name in ("red", "blue") if name not in scene.prompt)
    error = toy_error(render(scene), scene.trajectories, scene.prompt.replace(scene.sprites[0].colour, colour))
    assert error.l1_px is None and error.coverage == 0


def test_flow_links_a_sprite_s_pixels_in_two_frames():
    for scene in SCENES[:8]:
        video, flow = render(scene).float(), exact_flow(scene)
        assert not flow[0].any()
        y, x = torch.nonzero(flow[3].any(-1), as_tuple=True)
        ends = torch.stack([x, y], -1) + flow[3, y, x]
        unit = ends / (torch.tensor(VIDEO) - 1) * 2 - 1
        read = torch.nn.functional.grid_sample(
            video[3].permute(2, 0, 1)[None], unit[None, None], align_corners=True, mode="bicubic"
        )[0, :, 0].T
        error = (read - video[2, y, x]).abs().mean(-1)
        assert float(error.median()) < 6  # of 255, because of the interpolation between pixels


def test_text_features_have_one_token_per_thing_and_never_change():
    features = text_features("a red disc and the blue star, on sand")
    assert features.shape == (TEXT_TOKENS, TEXT_CHANNELS)
    assert torch.equal(features[0], text_features("red disc")[0])
    assert not features[3].any() and features[:3].any(1).all()
    assert not torch.equal(text_features("red disc, blue star"), text_features("blue disc, red star"))
    assert not text_features("").any()
    assert features[0, :3].tolist() == pytest.approx([0.5066, 1.4138, 0.2990], abs=1e-4)


def test_the_order_of_sprites_changes_the_set_of_tokens():
    one, other = (text_features(prompt) for prompt in ("red disc, blue star", "blue star, red disc"))
    assert not torch.equal(one.sum(0), other.sum(0))  # CogVideoX reads tokens as a set, without their order


def test_sprites_are_named_from_left_to_right_and_keep_that_order():
    scenes = [random_scene(seed, sprites=3) for seed in range(6)]
    across = np.stack([[sprite.path_px[:, 0] for sprite in scene.sprites] for scene in scenes])
    assert (np.diff(across, axis=1) > 4.99).all()


def test_an_unknown_word_and_too_many_sprites_are_errors():
    with pytest.raises(ValueError, match="got 'dragon': colours red, yellow"):
        text_features("a red dragon on sand")
    with pytest.raises(ValueError, match="expected at most 3 sprites"):
        text_features("red disc, blue disc, green disc, pink disc on sand")


def test_standardised_latents_have_deviation_1():
    clips = torch.stack([render(scene) for scene in SCENES[:6]])
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        encoder = Encoder().eval().requires_grad_(False)
    standardise(encoder, clips)
    latents = encoder(to_vae_input(clips))[0][:, :16]
    assert torch.allclose(0.7 * latents.transpose(0, 1).flatten(1).std(1), torch.ones(16), atol=1e-4)


def test_the_vae_encodes_chunks_as_it_encodes_the_whole_clip():
    clip = to_vae_input(torch.cat([render(SCENES[0]), render(SCENES[1])[1:]])[None])  # 17 frames
    vae = ToyVAE().eval()
    first, cache = vae.encoder(clip[:, :, :9])
    rest, _ = vae.encoder(clip[:, :, 9:], cache)
    torch.testing.assert_close(torch.cat([first, rest], 2), vae.encoder(clip)[0], atol=1e-5, rtol=1e-5)
    assert vae.decode(first[:, :16]).sample.shape == (1, 3, 9, 64, 96)
    assert psnr_db(vae, torch.stack([render(SCENES[0])])) < 25


@pytest.fixture(scope="module")
def encoded():
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        vae = ToyVAE().eval().requires_grad_(False)
    return encode_scenes(vae, [0, 1, 2])


def test_crops_hold_the_same_place_of_the_latent_and_of_the_video(encoded):
    latent, video = draw_crops(encoded, np.random.default_rng(0), spread=0.0)
    assert latent.shape == (8, 16, 3, CELLS, CELLS) and video.shape == (8, 3, 9, 8 * CELLS, 8 * CELLS)
    wholes = to_vae_input(encoded.videos)
    for crop, picture in zip(latent, video, strict=True):
        places = [
            (number, top, left)
            for number in range(3)
            for top in range(3)
            for left in range(7)
            if torch.equal(encoded.latents[number, :, :, top : top + CELLS, left : left + CELLS], crop)
        ]
        ((number, top, left),) = places
        side = 8 * CELLS
        assert torch.equal(wholes[number, :, :, 8 * top : 8 * top + side, 8 * left : 8 * left + side], picture)


def test_an_interrupted_training_of_the_decoder_ends_with_the_same_weights(encoded, tmp_path, monkeypatch):
    monkeypatch.setattr(decoder_training, "_SAVE_EVERY", 2)
    whole = train_decoder(encoded, 6, 0, tmp_path / "whole.pt")

    def stop(step, loss):
        if step == 4:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train_decoder(encoded, 6, 0, tmp_path / "parts.pt", stop)
    again = train_decoder(encoded, 6, 0, tmp_path / "parts.pt")
    assert all(torch.equal(again.state_dict()[name], tensor) for name, tensor in whole.state_dict().items())
