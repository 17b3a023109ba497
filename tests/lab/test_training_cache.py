"""Clips are encoded once. Broken clips are skipped with a warning."""

from __future__ import annotations

import logging
from dataclasses import replace

import numpy as np
import pytest
import torch
from PIL import Image
from training_set import DATA, make_training_set, tiny_config, tiny_vae, toy_clip

from tora_core.flow.flow_color import flow_video
from tora_core.flow.flow_map import flow_boxes
from tora_core.motion.motion_vae import encode_motion
from tora_core.toy.text import text_features
from tora_core.video import Size
from tora_lab.data.cache import ClipCache, ClipEncoder, build_cache
from tora_lab.data.clips import crop_to_cover, list_clips, read_clips
from tora_lab.data.dataset import TrainingClips
from tora_lab.data.draws import Draw
from tora_lab.data.motion_videos import colour_flow, make_motion_video
from tora_lab.media.video_reader import read_first_frames
from tora_lab.media.video_writer import write_mp4

SIZE = Size(96, 64)


@pytest.fixture
def folder(tmp_path):
    """A data set of two good clips and four bad ones."""
    videos, labels = tmp_path / "videos", tmp_path / "labels"
    videos.mkdir()
    labels.mkdir()
    for name in ("a", "b", "short", "unlabelled"):
        clip = toy_clip(ord(name[0]))
        write_mp4(videos / f"{name}.mp4", clip.video[: 5 if name == "short" else None])
        if name != "unlabelled":
            (labels / f"{name}.txt").write_text(clip.caption + "\n")
    (videos / "broken.mp4").write_bytes(b"no video at all")
    (videos / "cut.mp4").write_bytes((videos / "a.mp4").read_bytes()[:900])
    for name in ("broken", "cut"):
        (labels / f"{name}.txt").write_text("red disc on sand")
    return tmp_path


def test_broken_short_and_unlabelled_clips_are_skipped_with_a_warning(folder, caplog):
    clips = list(read_clips(folder, list_clips(folder), 9, SIZE, None))
    assert [clip.name for clip in clips] == ["a", "b"]
    assert clips[0].video.shape == (9, 64, 96, 3) and clips[0].caption == toy_clip(ord("a")).caption
    lines = [record.getMessage() for record in caplog.records if record.levelno == logging.WARNING]
    assert len(lines) == 4 and all(line.startswith("skipped ") for line in lines)
    for name, why in (("short", "got 5"), ("broken", "cannot be decoded"), ("unlabelled", "labels")):
        assert any(line.startswith(f"skipped {name}") and why in line for line in lines), name


def test_the_error_for_an_empty_data_set_names_the_folder(tmp_path):
    with pytest.raises(ValueError, match=f"expected a data set with videos/ and labels/ in {tmp_path}, got no videos/"):
        list_clips(tmp_path)
    (tmp_path / "videos").mkdir()
    with pytest.raises(ValueError, match="got none: add videos or check data.folder"):
        list_clips(tmp_path)


def test_a_frame_rate_is_taken_from_a_faster_video(tmp_path):
    video = torch.arange(24, dtype=torch.uint8).view(-1, 1, 1, 1).mul(10).expand(-1, 32, 32, 3).contiguous()
    write_mp4(tmp_path / "fast.mp4", video, fps=24)
    taken = read_first_frames(tmp_path / "fast.mp4", 8, fps=8)
    assert np.abs(taken.float().mean((1, 2, 3)).numpy() - np.arange(0, 240, 30)).max() < 4
    with pytest.raises(ValueError, match="at least 9 frames at 8 per second in fast.mp4, got 8"):
        read_first_frames(tmp_path / "fast.mp4", 9, fps=8)


@pytest.mark.parametrize("size", [(96, 64), (100, 64), (96, 80), (200, 100), (48, 32)])
def test_a_video_is_scaled_to_cover_the_clip_and_cropped_at_its_centre(size):
    width, height = size
    across = torch.linspace(0, 255, width).round().to(torch.uint8).view(1, 1, -1, 1).expand(2, height, -1, 3)
    clip = crop_to_cover(across, SIZE)
    assert clip.shape == (2, 64, 96, 3)
    assert abs(float(clip.float().mean()) - 127.5) < 1.5


def test_a_cache_is_built_once_and_resumes(tmp_path):
    encoder, config = ClipEncoder(tiny_vae(), text_features), tiny_config(tmp_path)

    def interrupted():
        yield toy_clip(0)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        build_cache(config, interrupted(), encoder)
    assert build_cache(config, [toy_clip(0), toy_clip(1)], encoder) == 1
    assert build_cache(config, [toy_clip(0), toy_clip(1)], encoder) == 0
    assert ClipCache(config).names == ["0000", "0001"]


def test_a_cache_of_other_settings_is_an_error_that_names_both(tmp_path):
    make_training_set(tmp_path, 1)
    with pytest.raises(ValueError, match="expected a cache with motion_draws 0, got motion_draws 1 in"):
        ClipCache(tiny_config(tmp_path, data={"cache": tmp_path / "clips", **DATA, "motion_draws": 0}))
    with pytest.raises(ValueError, match="expected a cache of clips"):
        ClipCache(tiny_config(tmp_path, data={"cache": tmp_path / "none", **DATA}))


def test_clips_are_not_added_to_a_cache_of_another_frame_rate(tmp_path):
    make_training_set(tmp_path, 1)
    config = tiny_config(tmp_path, data={"cache": tmp_path / "clips", **DATA, "fps": 16})
    with pytest.raises(ValueError, match=r"expected a cache with fps 16\.0, got fps 8\.0 in"):
        build_cache(config, [toy_clip(1)], ClipEncoder(tiny_vae(), text_features))


def test_a_cache_without_first_frames_cannot_serve_an_image_to_video_base(tmp_path):
    config = tiny_config(tmp_path)
    build_cache(config, [toy_clip(0)], ClipEncoder(tiny_vae(), text_features))
    cache = ClipCache(config, with_image=True)
    with pytest.raises(ValueError, match="built for a text-to-video base"):
        cache.get_image_condition(cache.read("0000"))
    build_cache(config, [toy_clip(1)], ClipEncoder(tiny_vae(), text_features, with_image=True))
    cache = ClipCache(config)
    assert "image" in cache.read("0001") and cache.get_image_condition(cache.read("0001")) is None


def test_mask_centres_are_followed_and_a_clip_without_a_mask_is_skipped(folder, caplog):
    clip = toy_clip(ord("a"))
    assert clip.tracks is not None
    mask = np.zeros((64, 96), dtype=np.uint8)
    y, x = np.mgrid[:64, :96]
    for number, (centre_x, centre_y) in enumerate(clip.tracks.points_px[0], 1):
        mask[np.hypot(x - centre_x, y - centre_y) < 5] = 80 * number
    (folder / "masks").mkdir()
    Image.fromarray(mask).resize((192, 128), Image.Resampling.NEAREST).save(folder / "masks" / "a.png")
    found = list(read_clips(folder, ["a.mp4", "b.mp4"], 9, SIZE, None, masks=True))
    assert [each.name for each in found] == ["a"] and "expected a mask at" in caplog.text
    centres_px = found[0].centres_px
    assert centres_px is not None
    assert np.abs(centres_px - clip.tracks.points_px[0]).max() < 0.6
    config = tiny_config(folder)
    build_cache(config, [replace(clip, tracks=None, centres_px=centres_px)], ClipEncoder(tiny_vae(), text_features))
    tracks = ClipCache(config).get_tracks(ClipCache(config).read(clip.name))
    assert tracks is not None and tracks.visible.all()
    assert np.abs(tracks.points_px - clip.tracks.points_px).max() < 1.2


def test_missing_mask_centres_are_an_error(tmp_path):
    with pytest.raises(ValueError, match="expected mask centres, got none in the cache: add masks/"):
        build_cache(tiny_config(tmp_path), [replace(toy_clip(0), tracks=None)], ClipEncoder(tiny_vae(), text_features))


def test_a_cache_without_clips_is_an_error(tmp_path):
    config = tiny_config(tmp_path)
    build_cache(config, [], ClipEncoder(tiny_vae(), text_features))
    with pytest.raises(ValueError, match="expected clips in .*, got none because no clip was encoded"):
        ClipCache(config)


def test_the_cache_stores_what_inference_would_encode(tmp_path):
    config, vae, clip = tiny_config(tmp_path, points=(9, 9)), tiny_vae(), toy_clip(0)
    build_cache(config, [clip], ClipEncoder(vae, text_features))
    tensors = ClipCache(config).read("0000")
    wanted = encode_motion(vae, flow_video(flow_boxes(clip.tracks)))[0]
    torch.testing.assert_close(tensors["motion_sparse"][0].float(), wanted, atol=2e-3, rtol=2e-3)
    torch.testing.assert_close(tensors["latent"].float(), encode_motion(vae, clip.video)[0], atol=2e-3, rtol=2e-3)
    assert ClipCache(config).read_caption("0000") == clip.caption


@pytest.mark.parametrize("stride", [1, 2])
def test_each_step_draws_new_motion_if_the_cache_stores_flows(tmp_path, stride):
    data = {"cache": tmp_path / "clips", **DATA, "motion_draws": 0, "flow_stride": stride}
    config = tiny_config(tmp_path, data=data, point_source="flow", point_stride=4)
    build_cache(config, [toy_clip(0)], ClipEncoder(tiny_vae(), text_features))
    clips = TrainingClips(ClipCache(config), ["0000"])
    first, again, later = (clips[Draw(0, step, 0, 1, 0)] for step in (0, 0, 1))
    assert first["motion_video"].shape == (9, 64, 96, 3) and first["motion_video"].dtype == torch.uint8
    assert torch.equal(first["motion_video"], again["motion_video"])
    assert not torch.equal(first["motion_video"], later["motion_video"])
    truth = toy_clip(0).flow
    assert truth is not None
    error = (ClipCache(config).get_flow(ClipCache(config).read("0000")) - truth).abs()
    assert float(error.mean()) < (0.002 if stride == 1 else 0.05)


def test_a_clip_without_motion_is_white_in_every_stage(tmp_path):
    for stage in ("dense", "sparse"):
        config = tiny_config(tmp_path, point_source="flow")
        video = make_motion_video(torch.zeros(5, 32, 48, 2), None, stage, config, np.random.default_rng(0))
        assert (video == 255).all()


def test_colour_pair_gives_every_frame_full_colour():
    flow = torch.zeros(3, 16, 16, 2)
    flow[1, 8, 8, 0], flow[2, 8, 8, 0] = 8.0, 2.0
    by_clip, by_pair = colour_flow(flow, "clip"), colour_flow(flow, "pair")
    assert torch.equal(by_pair[1], by_clip[1]) and torch.equal(by_pair[2], by_pair[1])
    assert by_clip[2, 8, 8].min() > by_clip[1, 8, 8].min()
