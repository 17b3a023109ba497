"""Raw videos become a filtered training set, and the manifest says what became of each clip."""

from __future__ import annotations

import json
import os
from collections import Counter
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from synthetic import FRAME, Layer, path_of, render

from tora_core.evaluation.metrics import Clip
from tora_core.evaluation.videos import read_video, write_mp4
from tora_core.paths.trajectories import Size
from tora_core.train.clips import clip_names, read_clips
from tora_core.train.prepare import models, workers
from tora_core.train.prepare.__main__ import main, prepare
from tora_core.train.prepare.footage import Facts, facts_of, frames_between, pixels_of, write_clip
from tora_core.train.prepare.scenes import Span, split_long
from tora_core.train.prepare.scores import camera_share
from tora_core.train.prepare.settings import Settings, read_settings
from tora_core.train.prepare.video import prepare_video

FRAMES = 11
FPS = 8
SMALL = Settings(min_side_px=160, min_seconds=1.0, max_seconds=4.0)
"""Thresholds that the paper's are too large for with clips as small as these."""


@pytest.fixture(scope="module")
def videos():
    """A disc that crosses a still ground; that and another scene; a still; a camera that pans."""
    disc = Layer(path_of(FRAMES, (70, 80), (9.0, 1.0)), seed=2, radii_px=(60, 60))
    mover = render([Layer(path_of(FRAMES), seed=1), disc]).video
    return {
        "mover": mover,
        "cut": torch.cat([mover, 255 - mover.flip(2)]),
        "still": mover[:1].expand(FRAMES, -1, -1, -1),
        "pan": render([Layer(path_of(FRAMES, step=(6.0, 2.0)), seed=5)]).video,
    }


@pytest.fixture
def raw(tmp_path):
    folder = tmp_path / "raw"
    folder.mkdir()
    return folder


def one(raw, video, settings=SMALL, fps=FPS, name="one.mp4"):
    """Records of a single raw video."""
    write_mp4(raw / name, video, fps)
    return prepare_video(raw / name, raw.parent / "out", settings)


def manifest(out):
    return [json.loads(line) for line in (out / "manifest.jsonl").read_text().splitlines()]


def words(record):
    return [reason.split(":")[0] for reason in record.dropped]


def test_an_object_that_moves_on_still_ground_is_kept(raw, videos):
    (record,) = one(raw, videos["mover"])
    assert record.kept and not record.dropped and (record.width, record.height) == FRAME
    # The disc covers about a third of the frame at 9 px of 240, which are 27 of 720.
    assert 4 < record.flow_score < 14 and record.camera_share < 0.2
    assert (record.frames, record.fps, record.start_s, record.end_s) == (FRAMES, FPS, 0, FRAMES / FPS)
    written = read_video(raw.parent / "out" / "videos" / f"{record.clip}.mp4")
    assert written.shape == videos["mover"].shape
    assert (written.float() - videos["mover"]).abs().mean() < 6


def test_a_cut_splits_a_video_in_two_clips_without_a_frame_of_the_other(raw, videos):
    first, second = one(raw, videos["cut"])
    assert (first.frames, second.frames) == (FRAMES, FRAMES) and first.clip != second.clip
    assert (first.end_s, second.start_s) == (FRAMES / FPS, FRAMES / FPS)
    for number, record in enumerate((first, second)):
        shown = read_video(raw.parent / "out" / "videos" / f"{record.clip}.mp4").float()
        meant = videos["cut"][number * FRAMES : (number + 1) * FRAMES]
        assert (shown - meant).abs().mean((1, 2, 3)).max() < 8


def test_a_static_clip_is_dropped_for_its_flow(raw, videos):
    (record,) = one(raw, videos["still"])
    assert words(record) == ["flow"] and not record.kept and record.flow_score < 0.5
    assert not (raw.parent / "out" / "videos").exists()


def test_a_panning_camera_is_dropped_for_its_camera(raw, videos):
    (record,) = one(raw, videos["pan"])
    assert words(record) == ["camera"] and record.camera_share > 0.8
    assert record.flow_score == pytest.approx(3 * np.hypot(6, 2), rel=0.1)


def test_too_small_too_short_and_too_slow_are_said_together(raw, videos):
    settings = Settings(min_seconds=2.0)
    (record,) = one(raw, videos["mover"], settings)
    assert record.dropped == ("size: 240x160 px, expected 720 px or more", "length: 1.38 s, expected 2 s or more")
    assert record.flow_score > 3  # scores are there all the same
    (record,) = one(raw, videos["mover"], SMALL, fps=4)
    assert words(record) == ["rate"]


@pytest.mark.parametrize(("fps", "frames"), [(16, 2), (12, 1.5)])
def test_flow_is_that_of_training_s_rate_whatever_the_video_s(raw, videos, fps, frames):
    (record,) = one(raw, videos["pan"], fps=fps)
    assert record.flow_score == pytest.approx(3 * np.hypot(6, 2) * frames, rel=0.1)


def test_a_long_scene_becomes_equal_clips_that_miss_no_frame(raw, videos):
    assert split_long(Span(1, 10), 4) == [Span(1, 4), Span(4, 7), Span(7, 10)]
    assert split_long(Span(0, 4), 4) == [Span(0, 4)]
    path = raw / "long.mp4"
    write_mp4(path, torch.cat([videos["mover"], videos["mover"].flip(0)]), FPS)
    whole = read_video(path)
    for start in range(len(whole)):
        (seen,) = frames_between(path, start / FPS, (start + 1) / FPS, FPS)
        assert seen[0] == pytest.approx(start / FPS)
        assert np.array_equal(pixels_of(seen[1], 240), whole[start].numpy())


def test_odd_sides_and_turned_pictures_become_even_and_upright(raw, videos):
    import av

    path, clip = raw / "turned.mp4", raw / "clip.mp4"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=FPS, options={"crf": "1"})
        stream.width, stream.height, stream.pix_fmt = 238, 159, "yuv444p"
        stream.set_display_rotation(90)
        for frame in videos["mover"][:, :159, :238]:
            container.mux(stream.encode(av.VideoFrame.from_ndarray(frame.numpy(), format="rgb24")))
        container.mux(stream.encode())
    facts = facts_of(path)
    assert facts == Facts(159, 238, FPS)
    assert write_clip(clip, path, 0.0, 1.0, facts, 1) == FPS
    shown = read_video(clip).float()
    assert shown.shape == (FPS, 238, 158, 3)
    upright = videos["mover"][:FPS, :159, :238].rot90(1, (1, 2))[:, :, :158].float()
    assert (shown - upright).abs().mean() < 8


def test_a_clip_with_a_damaged_frame_is_dropped_and_the_one_before_it_stays(raw, videos):
    path = raw / "damaged.mp4"
    write_mp4(path, videos["cut"], FPS)
    whole = bytearray(path.read_bytes())
    begin = len(whole) * 3 // 4
    whole[begin : begin + 4000] = np.random.default_rng(0).bytes(4000)
    path.write_bytes(whole)
    first, second = prepare_video(path, raw.parent / "out", SMALL)
    assert first.kept and not second.kept
    assert words(second) == ["broken"] and "is damaged" in second.dropped[0]


def test_the_camera_s_share_of_known_flows():
    pan = torch.zeros(2, 48, 64, 2) + torch.tensor([4.0, 1.0])
    assert camera_share(pan) == pytest.approx(1, abs=1e-3) and camera_share(torch.zeros(1, 48, 64, 2)) == 0
    mover = torch.zeros(1, 48, 64, 2)
    mover[:, 10:30, 10:30] = 5
    assert camera_share(mover) == pytest.approx(0, abs=1e-3)
    half = mover + torch.tensor([4.0, 1.0])
    assert 0.4 < camera_share(half) < 0.9


@pytest.fixture(scope="module")
def captioner(tmp_path_factory):
    """A tiny BLIP with random weights, as save_pretrained writes it."""
    from transformers import (
        BertTokenizerFast,
        BlipConfig,
        BlipForConditionalGeneration,
        BlipImageProcessor,
        BlipProcessor,
    )

    folder = tmp_path_factory.mktemp("blip")
    vocabulary = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *"abcdefgh"]
    (folder / "vocab.txt").write_text("\n".join(vocabulary))
    sizes = {"hidden_size": 16, "intermediate_size": 24, "num_hidden_layers": 1, "num_attention_heads": 2}
    ids = {"pad_token_id": 0, "bos_token_id": 2, "eos_token_id": 3, "sep_token_id": 3}
    text = {**sizes, **ids, "vocab_size": len(vocabulary), "encoder_hidden_size": 16, "max_position_embeddings": 32}
    torch.manual_seed(0)
    config = BlipConfig(text_config=text, vision_config={**sizes, "image_size": 16, "patch_size": 8}, projection_dim=8)
    BlipForConditionalGeneration(config).save_pretrained(folder)
    images = BlipImageProcessor(size={"height": 16, "width": 16})
    BlipProcessor(images, BertTokenizerFast.from_pretrained(folder)).save_pretrained(folder)
    return str(folder)


@pytest.fixture
def clip_model(monkeypatch):
    """A tiny CLIP with random weights instead of one that is loaded."""
    from transformers import CLIPConfig, CLIPImageProcessor, CLIPModel

    sizes = {"hidden_size": 16, "intermediate_size": 24, "num_hidden_layers": 1, "num_attention_heads": 2}
    torch.manual_seed(3)
    vision = {**sizes, "image_size": 16, "patch_size": 8}
    model = CLIPModel(CLIPConfig(text_config={**sizes, "vocab_size": 9}, vision_config=vision, projection_dim=5)).eval()
    images = CLIPImageProcessor(size={"shortest_edge": 16}, crop_size={"height": 16, "width": 16})
    monkeypatch.setattr(models, "load_clip", lambda name, device: Clip(model, SimpleNamespace(image_processor=images)))
    return model, images


def test_an_aesthetic_score_is_the_head_s_of_unit_embeddings(clip_model, tmp_path):
    model, images = clip_model
    weights = [torch.randn(3, 5), torch.randn(3), torch.randn(1, 3), torch.randn(1)]
    keys = ["layers.2.weight", "layers.2.bias", "layers.10.weight", "layers.10.bias"]
    torch.save(dict(sorted(zip(keys, weights, strict=True))), tmp_path / "head.pth")  # 10 before 2
    stills = [np.random.default_rng(seed).integers(0, 256, (24, 32, 3), dtype=np.uint8) for seed in range(3)]
    expected = []
    for still in stills:
        with torch.no_grad():
            seen = model.vision_model(images(images=still, return_tensors="pt")["pixel_values"]).pooler_output
            unit = torch.nn.functional.normalize(model.visual_projection(seen)[0], dim=0)
        expected.append(float(weights[2] @ (weights[0] @ unit + weights[1]) + weights[3]))
    found = models.Aesthetic("tiny", tmp_path / "head.pth", "cpu").score(stills)
    assert found == pytest.approx(np.mean(expected), abs=1e-4)
    torch.save({"weight": torch.randn(1, 7), "bias": torch.randn(1)}, tmp_path / "other.pth")
    with pytest.raises(ValueError, match=r"from 5 \(embeddings of tiny\) to 1 in .*other.pth, got \[\[1, 7\]\]"):
        models.Aesthetic("tiny", tmp_path / "other.pth", "cpu")


@pytest.mark.parametrize(("beauty", "kept"), [(7.0, True), (2.0, False)])
def test_named_models_score_and_caption_what_passes_all_else(
    raw, videos, clip_model, captioner, tmp_path, beauty, kept
):
    head = tmp_path / "head.pth"
    torch.save({"weight": torch.zeros(1, 5), "bias": torch.tensor([beauty])}, head)
    named = {"aesthetic_model": "tiny", "aesthetic_head": head, "captioner": captioner, "caption_tokens": 5}
    (raw / "one.txt").write_text("of the whole video")
    (record,) = one(raw, videos["mover"], SMALL.model_copy(update=named))
    assert record.aesthetic == beauty and record.kept == kept
    if not kept:
        assert record.dropped == ("aesthetic: 2.00, expected 5.5",) and record.caption_source is None
        return
    assert record.caption_source == "captioner"
    label = (raw.parent / "out" / "labels" / f"{record.clip}.txt").read_text().strip()
    assert label and set(label) <= set("abcdefgh ")


@pytest.fixture
def mixed(raw, videos):
    """A folder as they are: subfolders, two files of one stem, texts beside some videos, broken ones, other files."""
    (raw / "more").mkdir()
    write_mp4(raw / "cut.mp4", videos["cut"], FPS)
    (raw / "cut.txt").write_text("a disc crosses\n")
    write_mp4(raw / "more" / "cut.mp4", videos["mover"], FPS)
    write_mp4(raw / "still.mp4", videos["still"], FPS)
    (raw / "noise.mp4").write_bytes(bytes(range(256)) * 40)
    (raw / "half.mp4").write_bytes((raw / "cut.mp4").read_bytes()[:9000])
    (raw / "empty.mkv").touch()
    (raw / "notes.md").write_text("not a video")
    return raw


def test_a_folder_becomes_a_set_that_training_reads(mixed, tmp_path):
    out = tmp_path / "out"
    counts = prepare(mixed, out, SMALL)
    assert counts == Counter(clips=7, kept=3, broken=3, flow=1) + Counter({"missing caption": 1})
    records = manifest(out)
    kept = {record["clip"]: record["caption_source"] for record in records if record["kept"]}
    assert sorted(f"{name}.mp4" for name in kept) == clip_names(out) and len(kept) == 3
    assert sorted(kept.values()) == ["file", "file", "missing"]
    broken = {record["source"]: record["dropped"] for record in records if "broken" in str(record["dropped"])}
    assert set(broken) == {"noise.mp4", "half.mp4", "empty.mkv"}
    clips = list(read_clips(out, clip_names(out), 9, Size(96, 64), FPS))
    assert [clip.caption for clip in clips] == ["a disc crosses"] * 2  # the third waits for its label
    assert clips[0].video.shape == (9, 64, 96, 3)
    assert not [path for path in out.rglob("*") if path.name.endswith(".part")]


def test_a_second_run_does_nothing_and_an_interrupted_one_goes_on(mixed, tmp_path, monkeypatch):
    whole, out = tmp_path / "whole", tmp_path / "out"
    prepare(mixed, whole, SMALL)
    seen = []

    def counted(path, *rest):
        seen.append(path.name)
        if len(seen) == 3:
            raise KeyboardInterrupt
        return prepare_video(path, *rest)

    monkeypatch.setattr(workers, "prepare_video", counted)
    with pytest.raises(KeyboardInterrupt):
        prepare(mixed, out, SMALL)
    assert not (out / "manifest.jsonl").exists() and len(list((out / "manifest").iterdir())) == 2
    prepare(mixed, out, SMALL)
    assert len(seen) == 3 + 4  # the two that were done are not done again
    prepare(mixed, out, SMALL)
    assert len(seen) == 7
    assert (out / "manifest.jsonl").read_bytes() == (whole / "manifest.jsonl").read_bytes()
    assert clip_names(out) == clip_names(whole)


def test_several_processes_and_ray_give_the_same_set(mixed, tmp_path, monkeypatch):
    ray = pytest.importorskip("ray")
    folders = [tmp_path / name for name in ("here", "processes", "ray")]
    prepare(mixed, folders[0], SMALL)
    prepare(mixed, folders[1], SMALL, workers=2)
    monkeypatch.setitem(os.environ, "RAY_USAGE_STATS_ENABLED", "0")
    ray.init(num_cpus=1, include_dashboard=False, object_store_memory=100 * 2**20, log_to_driver=False)
    try:
        prepare(mixed, folders[2], SMALL, ray="")
    finally:
        ray.shutdown()
    first, *others = folders
    for other in others:
        assert (other / "manifest.jsonl").read_bytes() == (first / "manifest.jsonl").read_bytes()
        assert clip_names(other) == clip_names(first)
        for name in clip_names(first):
            assert torch.equal(read_video(other / "videos" / name), read_video(first / "videos" / name))


def test_a_full_disk_stops_the_run_instead_of_dropping_clips(raw, videos, monkeypatch):
    from tora_core.train.prepare import video

    def full(*arguments):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(video, "write_clip", full)
    with pytest.raises(OSError, match="No space left"):
        one(raw, videos["mover"])
    assert not (raw.parent / "out" / "manifest").exists()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("min_side: 3", "min_side: there is no such key; known are min_side_px"),
        ("min_seconds: -1", "min_seconds: .*greater than 0, got -1"),
        ("min_seconds: 30", "expected min_seconds up to max_seconds, got 30 > 20"),
        ("aesthetic_model: x", "expected aesthetic_model and aesthetic_head together"),
        ("a: [", "expected YAML"),
    ],
)
def test_a_wrong_config_is_said_by_key(tmp_path, text, said):
    file = tmp_path / "prepare.yaml"
    file.write_text(text)
    with pytest.raises(ValueError, match=said):
        read_settings(file)


def test_the_command_says_what_is_wrong_with_its_folders(raw, videos, tmp_path, capsys):
    def refused(*arguments):
        with pytest.raises(SystemExit):
            main([str(argument) for argument in arguments])
        return capsys.readouterr().err

    assert "which is none: check the path" in refused(tmp_path / "nowhere", tmp_path / "out")
    assert "got none: check the folder" in refused(raw, tmp_path / "out")
    write_mp4(raw / "one.mp4", videos["still"], FPS)
    assert "outside of" in refused(raw, raw / "out")
    assert "cannot be read" in refused(raw, tmp_path / "out", "--config", tmp_path / "none.yaml")
    main([str(raw), str(tmp_path / "out")])
    assert "0 of 1 clips kept" in capsys.readouterr().out
    config = tmp_path / "other.yaml"
    config.write_text("min_flow_score: 1")
    assert "min_flow_score was 3.0, is 1.0" in refused(raw, tmp_path / "out", "--config", config)
