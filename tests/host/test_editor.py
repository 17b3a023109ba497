"""The trajectory editor's node in a real server: what its preview shows."""

from __future__ import annotations

import json

import PIL.Image
import pytest
import torch
from graphs import Graph, saved

pytestmark = pytest.mark.server


def run(server, graph, preview):
    graph.add("ProbeSave", file="editor.safetensors", image=preview)
    server.run(graph.workflow)
    return saved(server, "editor.safetensors")["image"]


def edited(graph, bg, **options):
    """The preview of an editor with one path and a stored picture."""
    track = {"id": "t1", "points": [[0.2, 0.2], [0.8, 0.2]]}
    value = json.dumps({"version": 2, "canvas": [96, 64], "tracks": [track], "bg": bg})
    return graph.add("ToraTrajectoryEditor", width=96, height=64, frames=9, trajectory=value, **options)[2]


def test_the_preview_of_the_editor_shows_the_picture_that_was_chosen_there(server):
    (server.folder / "input" / "tora").mkdir(exist_ok=True)
    PIL.Image.new("RGB", (96, 64), (0, 90, 200)).save(server.folder / "input" / "tora" / "blue.png")
    bg = {"filename": "blue.png", "subfolder": "tora", "type": "input"}
    graph = Graph()
    shown = run(server, graph, edited(graph, bg))
    assert torch.allclose(shown[0, 60, 5], torch.tensor([0, 90, 200]) / 255, atol=0.01)
    graph = Graph()
    red = graph.add("EmptyImage", width=96, height=64, batch_size=1, color=0xFF0000)[0]
    connected = run(server, graph, edited(graph, bg, image=red))
    assert torch.allclose(connected[0, 60, 5], torch.tensor([1.0, 0, 0]), atol=0.01)


def test_a_stored_picture_that_is_gone_is_said_and_the_preview_is_white(server):
    graph = Graph()
    preview = edited(graph, {"filename": "gone.png", "subfolder": "", "type": "input"})
    graph.add("ProbeSave", file="preview.safetensors", image=preview)
    assert "gone.png is not in ComfyUI's input folder" in server.run_with_notices(graph.workflow)[preview[0]]
