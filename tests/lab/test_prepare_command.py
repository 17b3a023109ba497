"""``python -m tora_lab.prepare RAW OUT`` turns a folder into a training set, in one process or many."""

from __future__ import annotations

import errno
import os
from collections import Counter

import pytest
import torch
from raw_videos import FPS, SMALL, manifest, one

from tora_core.video import Size
from tora_lab.data.clips import list_clips, read_clips
from tora_lab.media.video_reader import read_video
from tora_lab.media.video_writer import write_mp4
from tora_lab.prepare import workers
from tora_lab.prepare.__main__ import main, prepare
from tora_lab.prepare.settings import read_settings
from tora_lab.prepare.video import prepare_video


@pytest.fixture
def mixed(raw, videos):
    """A realistic folder: subfolders, two files with one stem, captions for some videos, broken videos, other files."""
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
    assert sorted(f"{name}.mp4" for name in kept) == list_clips(out) and len(kept) == 3
    assert sorted(kept.values()) == ["file", "file", "missing"]
    broken = {record["source"]: record["dropped"] for record in records if "broken" in str(record["dropped"])}
    assert set(broken) == {"noise.mp4", "half.mp4", "empty.mkv"}
    clips = list(read_clips(out, list_clips(out), 9, Size(96, 64), FPS))
    assert [clip.caption for clip in clips] == ["a disc crosses"] * 2  # the third clip has no label yet
    assert clips[0].video.shape == (9, 64, 96, 3)
    assert not [path for path in out.rglob("*") if path.name.endswith(".part")]


def test_a_second_run_does_nothing_and_an_interrupted_run_resumes(mixed, tmp_path, monkeypatch):
    whole, out = tmp_path / "whole", tmp_path / "out"
    prepare(mixed, whole, SMALL)
    seen = []

    def count_calls(path, *rest):
        seen.append(path.name)
        if len(seen) == 3:
            raise KeyboardInterrupt
        return prepare_video(path, *rest)

    monkeypatch.setattr(workers, "prepare_video", count_calls)
    with pytest.raises(KeyboardInterrupt):
        prepare(mixed, out, SMALL)
    assert not (out / "manifest.jsonl").exists() and len(list((out / "manifest").iterdir())) == 2
    prepare(mixed, out, SMALL)
    assert len(seen) == 3 + 4  # the two finished videos are not prepared again
    prepare(mixed, out, SMALL)
    assert len(seen) == 7
    assert (out / "manifest.jsonl").read_bytes() == (whole / "manifest.jsonl").read_bytes()
    assert list_clips(out) == list_clips(whole)


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
        assert list_clips(other) == list_clips(first)
        for name in list_clips(first):
            assert torch.equal(read_video(other / "videos" / name), read_video(first / "videos" / name))


@pytest.mark.parametrize("code", ["ENOSPC", "EROFS", "EFBIG", "EIO", "EMFILE", "ENFILE", "ENOMEM", None])
def test_an_error_of_the_machine_stops_the_run_instead_of_blaming_the_video(raw, videos, monkeypatch, code):
    from tora_lab.prepare import video

    error = OSError(getattr(errno, code), "the machine's fault") if code else MemoryError("the machine's fault")

    def fail(*arguments):
        raise error

    monkeypatch.setattr(video, "write_clip", fail)
    with pytest.raises((OSError, MemoryError), match="the machine's fault"):
        one(raw, videos["mover"])
    assert not (raw.parent / "out" / "manifest").exists()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("min_side: 3", "min_side: there is no such key; known keys are min_side_px"),
        ("min_seconds: -1", "min_seconds: .*greater than 0, got -1"),
        ("min_seconds: 30", "expected min_seconds up to max_seconds, got 30 > 20"),
        ("aesthetic_model: x", "expected aesthetic_model and aesthetic_head together"),
        ("a: [", "expected valid YAML"),
    ],
)
def test_an_error_in_the_config_names_its_key(tmp_path, text, message):
    file = tmp_path / "prepare.yaml"
    file.write_text(text)
    with pytest.raises(ValueError, match=message):
        read_settings(file)


def test_the_command_reports_wrong_folders(raw, videos, tmp_path, capsys):
    def read_error(*arguments):
        with pytest.raises(SystemExit):
            main([str(argument) for argument in arguments])
        return capsys.readouterr().err

    assert "which is not a folder: check the path" in read_error(tmp_path / "nowhere", tmp_path / "out")
    assert "got none: check the folder" in read_error(raw, tmp_path / "out")
    write_mp4(raw / "one.mp4", videos["still"], FPS)
    assert "outside of" in read_error(raw, raw / "out")
    assert "cannot be read" in read_error(raw, tmp_path / "out", "--config", tmp_path / "none.yaml")
    main([str(raw), str(tmp_path / "out")])
    assert "0 of 1 clips kept" in capsys.readouterr().out
    config = tmp_path / "other.yaml"
    config.write_text("min_flow_score: 1")
    assert "min_flow_score was 3.0, is 1.0" in read_error(raw, tmp_path / "out", "--config", config)
