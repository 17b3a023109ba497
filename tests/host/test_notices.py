"""Where nothing will happen, or something was left out, the node says so. A browser sees it through a real server."""

from __future__ import annotations

import json

import golden_data
import pytest
from graphs import Graph, SamplingGraph
from safetensors.torch import load_file, save_file

FILE = golden_data.SAMPLING[0]
CHECKPOINT, _ = golden_data.load_sampling(FILE)

SIZE = {"width": 96, "height": 64, "frames": 9}
PATH = [[10, 20], [80, 50]]


class PathGraph(Graph):
    """Paths from text, and their flow map."""

    def text(self, coordinates, **options):
        inputs = {"file": "none", **SIZE, "canvas_width": 96, "canvas_height": 64, "mode": "exact", **options}
        return self.add("ToraTrajectoryFromText", coordinates=json.dumps(coordinates), **inputs)[0]

    def moved(self, tracks, **options):
        numbers = {"move_x": 0.0, "move_y": 0.0, "scale_x": 1.0, "scale_y": 1.0, "rotation": 0.0, "mirror": "none"}
        numbers |= {"pivot": "own centre", "smoothing": "none", "smoothness": 0.0, "width": 0, "height": 0}
        return self.add("ToraTrajectoryTransform", tracks=tracks, **{**numbers, **options})[0]

    def flow(self, tracks, **options):
        flow = self.add("ToraFlowMap", tracks=tracks, mode="exact", width=0, height=0, **options)[0]
        self.add("PreviewImage", images=flow)
        return str(len(self.workflow) - 1)


@pytest.mark.server
@pytest.mark.parametrize(
    ("coordinates", "words"),
    [
        ([[*PATH, [-100, -100], [-100, -100]]], "are hidden"),
        ([PATH, [[30, 30]]], "1 of 2 paths have one point"),
        ([[{"frame": 0, "x": 10, "y": 20}, {"frame": 20, "x": 80, "y": 50}]], "after the last frame 8"),
        ([[[0, 10], [120, 10], [90, 20]]], "lie outside the 96x64 frame"),
    ],
)
def test_what_was_hidden_or_guessed_is_said_under_the_text_node(server, coordinates, words):
    graph = PathGraph()
    graph.flow(graph.text(coordinates))
    assert words in server.run_with_notices(graph.workflow)["1"]


@pytest.mark.server
def test_a_flow_without_motion_is_said_under_its_node(server):
    graph = PathGraph()
    node = graph.flow(graph.moved(graph.text([PATH]), scale_x=0.0, scale_y=0.0))
    assert "no visible point moves: the flow video is white" in server.run_with_notices(graph.workflow)[node]


@pytest.mark.server
def test_hidden_clamped_and_colliding_points_are_said_together_under_the_flow_map(server):
    graph = PathGraph()
    lost = [[10, 20], [80, 50], [-100, -100], [-100, -100]]
    node = graph.flow(graph.text([lost, PATH, PATH, [[0, 10], [110, 10], [90, 20]]]))
    text = server.run_with_notices(graph.workflow)[node]
    assert "points are hidden" in text and "share a pixel" in text and "moved to its edge" in text


@pytest.mark.server
def test_paths_in_order_give_no_notice(server):
    graph = PathGraph()
    graph.flow(graph.text([[[12, 20], [70, 40]]]))
    assert not server.run_with_notices(graph.workflow)


@pytest.mark.server
@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"strength": 0.0}, "strength is 0: the motion has no effect"),
        ({"start_percent": 0.7, "end_percent": 0.3}, "start_percent 0.7 is not before end_percent 0.3"),
        ({"start_percent": 0.51, "end_percent": 0.52}, "no step lies between start_percent 0.51 and end_percent 0.52"),
    ],
)
def test_a_motion_that_never_acts_is_said_under_tora_apply(server, options, words):
    graph = SamplingGraph(CHECKPOINT.name, FILE.name)
    applied = graph.apply(graph.golden_motion(), **options)
    graph.sample(applied, "notices.safetensors")
    assert words in server.run_with_notices(graph.workflow)[applied[0]]


@pytest.mark.server
def test_a_motion_that_acts_gives_no_notice(server):
    graph = SamplingGraph(CHECKPOINT.name, FILE.name)
    graph.sample(graph.apply(graph.golden_motion(), start_percent=0.3), "notices.safetensors")
    assert not server.run_with_notices(graph.workflow)


def graph_with_77_tokens(server):
    """Sampling with prompts cut to 77 tokens."""
    tensors = load_file(FILE)
    cut = {name: tensors[name][:, :77].contiguous() for name in ("positive", "negative")}
    save_file({**tensors, **cut}, server.folder / "input" / "text_77.safetensors")
    return SamplingGraph(CHECKPOINT.name, "text_77.safetensors")


@pytest.mark.server
def test_text_of_another_length_is_said_under_tora_apply(server):
    """CLIP type sd3 gives 77 or 154 tokens, and the host samples with them."""
    graph = graph_with_77_tokens(server)
    applied = graph.apply(graph.golden_motion())
    graph.sample(applied, "notices.safetensors")
    said = server.run_with_notices(graph.workflow)[applied[0]]
    assert "the prompt has 77 tokens, the model was trained on 226: load the text encoder with type cogvideox" in said


@pytest.mark.server
def test_notices_while_sampling_stand_below_each_other(server):
    graph = graph_with_77_tokens(server)
    applied = graph.apply(graph.golden_motion(), start_percent=0.51, end_percent=0.52)
    graph.sample(applied, "notices.safetensors")
    said = server.run_with_notices(graph.workflow)[applied[0]]
    assert "the prompt has 77 tokens" in said and "no step lies between" in said


@pytest.mark.server
def test_a_white_flow_video_is_said_under_the_node_that_encodes_it(server):
    graph = Graph()
    _, vae, tora_model, _ = graph.add("ToraLoadToy", prompt="red disc on sand")
    white = graph.add("EmptyImage", width=96, height=64, batch_size=9, color=0xFFFFFF)[0]
    motion = graph.add("ToraEncodeMotion", flow_video=white, vae=vae, tora_model=tora_model, tiled=False)[0]
    graph.add("ProbeSave", file="white.safetensors", motion=motion)
    assert "the flow video is white" in server.run_with_notices(graph.workflow)[motion[0]]
