"""Raw videos become a filtered training set, and the manifest records every clip."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from raw_videos import FPS, FRAMES, SMALL, one, words
from synthetic import FRAME

from tora_lab.media.video_reader import VideoFacts, read_facts, read_frames_between, read_video, scale_frame
from tora_lab.media.video_writer import write_clip, write_mp4
from tora_lab.prepare.scenes import Span, split_long
from tora_lab.prepare.scores import camera_share
from tora_lab.prepare.settings import PrepareSettings
from tora_lab.prepare.video import prepare_video


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


def test_a_static_clip_is_dropped_because_of_its_flow(raw, videos):
    (record,) = one(raw, videos["still"])
    assert words(record) == ["flow"] and not record.kept and record.flow_score < 0.5
    assert not (raw.parent / "out" / "videos").exists()


def test_a_panning_clip_is_dropped_because_of_its_camera(raw, videos):
    (record,) = one(raw, videos["pan"])
    assert words(record) == ["camera"] and record.camera_share > 0.8
    assert record.flow_score == pytest.approx(3 * np.hypot(6, 2), rel=0.1)


def test_all_reasons_to_drop_a_clip_are_listed(raw, videos):
    settings = PrepareSettings(min_seconds=2.0)
    (record,) = one(raw, videos["mover"], settings)
    assert record.dropped == ("size: 240x160 px, expected 720 px or more", "length: 1.38 s, expected 2 s or more")
    assert record.flow_score > 3  # dropped clips have scores too
    (record,) = one(raw, videos["mover"], SMALL, fps=4)
    assert words(record) == ["rate"]


@pytest.mark.parametrize(("fps", "frames"), [(16, 2), (12, 1.5)])
def test_flow_is_measured_at_the_rate_of_training(raw, videos, fps, frames):
    (record,) = one(raw, videos["pan"], fps=fps)
    assert record.flow_score == pytest.approx(3 * np.hypot(6, 2) * frames, rel=0.1)


def test_a_long_scene_is_split_into_equal_clips_without_losing_a_frame(raw, videos):
    assert split_long(Span(1, 10), 4) == [Span(1, 4), Span(4, 7), Span(7, 10)]
    assert split_long(Span(0, 4), 4) == [Span(0, 4)]
    path = raw / "long.mp4"
    write_mp4(path, torch.cat([videos["mover"], videos["mover"].flip(0)]), FPS)
    whole = read_video(path)
    for start in range(len(whole)):
        (seen,) = read_frames_between(path, start / FPS, (start + 1) / FPS, FPS)
        assert seen[0] == pytest.approx(start / FPS)
        assert np.array_equal(scale_frame(seen[1], 240), whole[start].numpy())


def test_odd_sides_become_even_and_rotated_videos_upright(raw, videos):
    import av

    path, clip = raw / "turned.mp4", raw / "clip.mp4"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=FPS, options={"crf": "1"})
        stream.width, stream.height, stream.pix_fmt = 238, 159, "yuv444p"
        stream.set_display_rotation(90)
        for frame in videos["mover"][:, :159, :238]:
            container.mux(stream.encode(av.VideoFrame.from_ndarray(frame.numpy(), format="rgb24")))
        container.mux(stream.encode())
    facts = read_facts(path)
    assert facts == VideoFacts(159, 238, FPS)
    assert write_clip(clip, path, 0.0, 1.0, facts, 1) == FPS
    shown = read_video(clip).float()
    assert shown.shape == (FPS, 238, 158, 3)
    upright = videos["mover"][:FPS, :159, :238].rot90(1, (1, 2))[:, :, :158].float()
    assert (shown - upright).abs().mean() < 8


def test_a_clip_with_a_damaged_frame_is_dropped_and_the_clip_before_it_is_kept(raw, videos):
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
