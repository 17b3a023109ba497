"""Paths are saved in the output folder of a real server, and read again by the node for text."""

from __future__ import annotations

import shutil

import pytest
import torch
from graphs import Graph, saved
from server import WorkflowError

pytestmark = pytest.mark.server
WAY = {"width": 720, "height": 480, "frames": 49, "canvas_width": 720, "canvas_height": 480, "mode": "exact"}
LINE = "100,240\n300,240\n\n400,100\n400,400"
SAVE = {"fps": 8.0, "width": 0, "height": 0}
SUFFIX = {"TRACKS": "_.json", "CSV": "_.csv", "After Effects": "_.txt", "Wan-Move": "_tracks.npy", "ATI": "_.pth"}


def read(graph, file="none"):
    return graph.add("ToraTrajectoryFromText", coordinates=LINE, file=file, **WAY)[0]


@pytest.mark.parametrize("prefix", ["folder/", "", "a/../b"])
def test_no_file_is_ever_overwritten(server, prefix):
    before = set((server.folder / "output").rglob("*.csv"))
    for _ in range(2):
        graph = Graph()
        tracks = read(graph)
        graph.add("ToraTrajectorySave", tracks=tracks, form="CSV", filename_prefix=prefix, **SAVE | {"fps": 8.0})
        server.run(graph.workflow)
        graph.workflow["1"]["inputs"]["coordinates"] = LINE.replace("300", "310")
        server.run(graph.workflow)
    assert len(set((server.folder / "output").rglob("*.csv")) - before) >= 2


@pytest.mark.parametrize("form", SUFFIX)
def test_a_saved_path_comes_back(server, form):
    prefix = f"tora/{form.replace(' ', '_')}"
    graph = Graph()
    graph.add("ToraTrajectorySave", tracks=read(graph), form=form, filename_prefix=prefix, **SAVE)
    server.run(graph.workflow)
    name = f"{form.replace(' ', '_')}_00001{SUFFIX[form]}"
    for file in (server.folder / "output" / "tora").glob(f"{form.replace(' ', '_')}_00001*"):
        shutil.copy(file, server.folder / "input")
    graph = Graph()
    graph.add("ProbeSave", file="again.safetensors", tracks=read(graph, name))
    graph.add("ProbeSave", file="before.safetensors", tracks=read(graph))
    server.run(graph.workflow)
    again, before = (saved(server, f"{each}.safetensors")["tracks"] for each in ("again", "before"))
    torch.testing.assert_close(again, before, atol=0.2 if form == "ATI" else 2e-3, rtol=0)


def test_a_second_run_does_not_overwrite_the_first(server):
    for coordinates in (LINE, LINE.replace("300", "350")):
        graph = Graph()
        tracks = graph.add("ToraTrajectoryFromText", coordinates=coordinates, file="none", **WAY)[0]
        graph.add("ToraTrajectorySave", tracks=tracks, form="CSV", filename_prefix="twice", **SAVE)
        server.run(graph.workflow)
    first, second = sorted((server.folder / "output").glob("twice_*.csv"))
    assert first.read_text() != second.read_text()


def test_a_prefix_that_leaves_the_output_folder_is_an_error(server):
    graph = Graph()
    graph.add("ToraTrajectorySave", tracks=read(graph), form="CSV", filename_prefix="../../out", **SAVE)
    with pytest.raises(WorkflowError, match="inside ComfyUI's output folder"):
        server.run(graph.workflow)
