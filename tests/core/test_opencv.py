"""Without OpenCV the main road runs, and what needs it names the repair in one sentence."""

from __future__ import annotations

import sys
from types import ModuleType

import numpy as np
import pytest
import torch
from random_models import tiny_pipeline

from tora_core.flow.flow_color import flow_video
from tora_core.flow.flow_map import flow_boxes
from tora_core.flow.optical_flow import adjust_flow, optical_flow, split_camera
from tora_core.motion.motion_vae import encode_motion
from tora_core.opencv import import_opencv
from tora_core.paths.coordinates import parse_coordinates
from tora_core.paths.drawing import parse_drawing
from tora_core.paths.drawn_motion import sample_drawing
from tora_core.paths.masks import interior_points
from tora_core.paths.presets import PRESETS, preset
from tora_core.paths.tracking import track_points
from tora_core.paths.trajectories import TORA_CANVAS, Trajectories
from tora_core.video import Size

SIZE = Size(32, 32)
VIDEO = torch.zeros(3, 32, 32, 3, dtype=torch.uint8)
DRAWING = '{"version": 1, "canvas": [32, 32], "tracks": [{"points": [[0.1, 0.1], [0.5, 0.9], [0.9, 0.2]]}]}'


class Broken(ModuleType):
    """A cv2 that other packages have overwritten in part."""

    def __getattr__(self, name: str) -> None:
        raise AttributeError(f"module 'cv2' has no attribute {name!r}")


@pytest.fixture(params=["missing", "empty folder", "half overwritten"])
def no_opencv(request, monkeypatch):
    found = {"missing": None, "empty folder": ModuleType("cv2"), "half overwritten": Broken("cv2")}[request.param]
    monkeypatch.setitem(sys.modules, "cv2", found)


def test_the_main_road_runs_without_opencv(no_opencv):
    """Text, editor and preset -> flow map -> motion latent -> modulation, as the nodes call them."""
    drawn = sample_drawing(parse_drawing(DRAWING), 5, SIZE)
    written = Trajectories.from_paths(parse_coordinates("20,200\n128,60"), TORA_CANVAS, 5, SIZE)
    named = preset(next(iter(PRESETS)), 5, SIZE)
    pipeline = tiny_pipeline()
    for trajectories in (drawn, written, named):
        latent = encode_motion(pipeline.vae, flow_video(flow_boxes(trajectories)))
        modulations = pipeline.adapter.modulations(latent)
        assert modulations.at(0).gamma.isfinite().all()


@pytest.mark.parametrize(
    "call",
    [
        lambda: track_points(VIDEO, np.array([[4.0, 4.0]])),
        lambda: optical_flow(VIDEO),
        lambda: split_camera(torch.ones(2, 32, 32, 2), "remove"),
        lambda: adjust_flow(torch.zeros(2, 32, 32, 2), blur_sigma_px=1.0),
        lambda: interior_points(np.ones((32, 32), dtype=bool), 2),
    ],
)
def test_what_needs_opencv_names_the_repair_in_one_sentence(no_opencv, call):
    with pytest.raises(ImportError, match=r"needs OpenCV.*pip install opencv-python-headless") as told:
        call()
    assert "\n" not in str(told.value)


def test_a_mask_and_a_strength_need_no_opencv(no_opencv):
    assert not adjust_flow(torch.ones(2, 8, 8, 2), mask=np.zeros((8, 8), dtype=bool), strength=2.0).any()


def test_a_working_opencv_is_returned():
    assert hasattr(import_opencv(), "DISOpticalFlow_create")
