"""The demo runs from a path to files, and says the truth about them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path


def test_the_demo_writes_a_sheet_and_a_video_and_says_where(tmp_path):
    command = [sys.executable, "-m", "tora_core.toy", "--out", str(tmp_path)]
    said = subprocess.check_output(command, cwd=Path(__file__).parents[2], text=True)
    assert "strength 0 equals the plain run: True" in said
    for name in ("tora_demo.png", "tora_demo.mp4"):
        assert (tmp_path / name).stat().st_size > 10_000 and str(tmp_path / name) in said
