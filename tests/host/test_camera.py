"""A camera move with depth, from core's own depth picture to a flow video."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from graphs import Graph, saved

pytestmark = pytest.mark.server
WAY = {"width": 96, "height": 64, "frames": 9}
STILL = {"pan": 0.0, "tilt": 0.0, "zoom": 1.0, "roll": 0.0, "dolly": 0.0, "ease": "linear", "margin": 0.0}
FIT = {"width": 96, "height": 64, "upscale_method": "nearest-exact", "crop": "disabled"}


def depth_picture(graph):
    """A near square on a far ground, made of core's nodes: twice the size of the video."""
    far = graph.add("EmptyImage", width=192, height=128, batch_size=1, color=0)[0]
    near = graph.add("EmptyImage", width=64, height=64, batch_size=1, color=0xFFFFFF)[0]
    return graph.add("ImageCompositeMasked", destination=far, source=near, x=64, y=32, resize_source=False)[0]


def run(server, graph, tracks):
    graph.add("ProbeSave", file="camera.safetensors", tracks=tracks)
    server.run(graph.workflow)
    return saved(server, "camera.safetensors")


@pytest.mark.parametrize(("kind", "near_moves_more"), [("near is white", True), ("far is white", False)])
def test_near_points_move_more_than_far_ones(server, kind, near_moves_more):
    graph = Graph()
    move = {**STILL, "dolly": 0.1, "spacing": 8.0}
    tracks = graph.add(
        "ToraCameraTrajectory",
        depth=depth_picture(graph),
        depth_is=kind,
        far=4.0,
        field_of_view=60.0,
        preset="none",
        preset_strength=1.0,
        **WAY,
        **move,
    )[0]
    found = run(server, graph, tracks)
    start, end = found["tracks"][0], found["tracks"][-1]
    inside = ((start >= 0) & (start < torch.tensor([96, 64]))).all(dim=-1)
    near = ((start >= torch.tensor([32, 16])) & (start < torch.tensor([64, 48]))).all(dim=-1)
    grown = (end - torch.tensor([48, 32])).norm(dim=-1) / (start - torch.tensor([48, 32])).norm(dim=-1).clip(min=1)
    far = inside & ~near
    assert (grown[near].mean() > grown[far].mean()) == near_moves_more


@pytest.mark.parametrize("preset", ["orbit", "crane"])
def test_a_preset_needs_no_depth_and_no_other_number(server, preset):
    graph = Graph()
    tracks = graph.add("ToraCameraTrajectory", preset=preset, preset_strength=1.0, spacing=16.0, **WAY, **STILL)[0]
    found = run(server, graph, tracks)
    moved = np.linalg.norm(found["tracks"].diff(dim=0), axis=-1)
    assert found["tracks"].shape[0] == 9 and moved.max() > 0.1
    subject = (found["tracks"][0] - torch.tensor([48, 32])).norm(dim=-1).argmin()
    assert (found["tracks"][:, subject] - found["tracks"][0, subject]).norm(dim=-1).max() < 4
