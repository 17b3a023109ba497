"""Videos and contact sheets are written and read back, and a broken file is a clear error."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from tora_lab.media.contact_sheet import SheetRow, make_contact_sheet
from tora_lab.media.files import write_safetensors, write_text
from tora_lab.media.video_reader import read_facts, read_first_frames, read_video
from tora_lab.media.video_writer import write_mp4


@pytest.fixture
def video():
    return torch.arange(4, dtype=torch.uint8)[:, None, None, None].expand(4, 32, 48, 3).contiguous() * 60


def test_a_sheet_has_a_row_for_each_clip():
    clip = torch.zeros(5, 16, 24, 3, dtype=torch.uint8)
    one, two = (make_contact_sheet("t", [SheetRow("a", "b", clip)] * n, columns=3) for n in (1, 2))
    assert one.width == two.width and two.height > one.height


def test_a_written_video_is_read_back(tmp_path, video):
    write_mp4(tmp_path / "x.mp4", video)
    read = read_video(tmp_path / "x.mp4")
    assert read.shape == video.shape and np.abs(read.numpy().astype(int) - video.numpy()).mean() < 4
    assert torch.equal(read_first_frames(tmp_path / "x.mp4", 2), read[:2])
    facts = read_facts(tmp_path / "x.mp4")
    assert (facts.width, facts.height, facts.fps) == (48, 32, 8)


@pytest.mark.parametrize("read", [read_video, read_facts, lambda path: read_first_frames(path, 2)])
def test_the_error_for_a_broken_video_names_the_file(tmp_path, video, read):
    (tmp_path / "text.mp4").write_bytes(b"no video at all")
    write_mp4(tmp_path / "whole.mp4", video)
    (tmp_path / "cut.mp4").write_bytes((tmp_path / "whole.mp4").read_bytes()[:900])
    for name in ("text.mp4", "cut.mp4"):
        with pytest.raises(ValueError, match=f"expected a video, got {name}"):
            read(tmp_path / name)


def test_a_failed_write_keeps_the_old_video(tmp_path, video):
    write_mp4(tmp_path / "x.mp4", video)
    before = (tmp_path / "x.mp4").read_bytes()
    with pytest.raises(Exception, match="33"):  # x264 rejects odd sides
        write_mp4(tmp_path / "x.mp4", torch.zeros(2, 33, 33, 3, dtype=torch.uint8))
    assert (tmp_path / "x.mp4").read_bytes() == before and len(list(tmp_path.iterdir())) == 1


@pytest.fixture
def small_files():
    """Lets no file grow over 1000 bytes, as on a full disk."""
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, hard))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_file_that_cannot_be_written_whole_is_an_error_and_leaves_nothing(tmp_path, small_files):
    noise = torch.randint(0, 256, (9, 64, 96, 3), dtype=torch.uint8, generator=torch.Generator().manual_seed(0))
    with pytest.raises(OSError, match="tensors"):
        write_safetensors(tmp_path / "tensors.safetensors", {"a": torch.zeros(1000)})
    with pytest.raises(OSError):
        write_mp4(tmp_path / "video.mp4", noise)
    with pytest.raises(OSError):
        write_text(tmp_path / "text.txt", "a" * 2000)
    assert not list(tmp_path.iterdir())
