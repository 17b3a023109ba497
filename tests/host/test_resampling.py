"""One drawing serves core's own trajectory nodes: Wan-Move reads our TRACKS, ATI our text."""

from __future__ import annotations

import json
import sys

import numpy as np
import pytest
import torch
from graphs import Graph, saved
from server import WorkflowError

pytestmark = pytest.mark.server
FIT = {"frames": 0, "width": 0, "height": 0, "most_paths": 0}
WAY = {"width": 720, "height": 480, "frames": 49, "canvas_width": 720, "canvas_height": 480, "mode": "exact"}
LINE = "100,240\n300,240\n\n400,100\n400,400"
HIDDEN = json.dumps(
    {"track_path": [[[100 + 9 * t, 240]] for t in range(9)], "track_visibility": [[t < 6] for t in range(9)]}
)


def run(server, graph, **outputs):
    graph.add("ProbeSave", file="resampled.safetensors", **outputs)
    server.run(graph.workflow)
    return saved(server, "resampled.safetensors")


def fit(graph, model, text=LINE, **changes):
    tracks = graph.add("ToraTrajectoryFromText", coordinates=text, file="none", **WAY)[0]
    return graph.add("ToraTrajectoryResample", tracks=tracks, model=model, **FIT | changes)


@pytest.mark.parametrize(
    ("model", "changes", "frames", "centre"),
    [
        ("Wan-Move", {}, 81, 240),
        ("Wan ATI", {}, 121, 240),
        ("custom", {"frames": 33, "width": 360, "height": 240}, 33, 120),
    ],
)
def test_a_drawing_gets_the_frames_and_the_size_of_a_model(server, model, changes, frames, centre):
    graph = Graph()
    found = run(server, graph, tracks=fit(graph, model, **changes)[0])
    assert found["tracks"].shape == (frames, 2, 2)
    assert (found["tracks"][:, 0, 1] - centre).abs().max() < 1
    assert found["tracks"][0, 0, 0] < found["tracks"][-1, 0, 0] and found["visible"].all()


def test_core_s_wan_move_draws_our_tracks_at_its_own_frames(server):
    graph = Graph()
    tracks = fit(graph, "Wan-Move", width=416, height=240)[0]
    picture = graph.add("EmptyImage", width=416, height=240, batch_size=1, color=0)[0]
    look = {"line_resolution": 24, "circle_size": 12, "opacity": 0.75, "line_width": 16}
    drawn = graph.add("WanMoveVisualizeTracks", images=picture, tracks=tracks, **look)[0]
    found = run(server, graph, image=drawn, tracks=tracks)
    assert found["image"].shape == (81, 240, 416, 3)
    for frame in (0, 40, 80):
        x, y = (round(float(value)) for value in found["tracks"][frame, 0])
        assert found["image"][frame, y, x].max() > 0.3, frame


def test_core_reads_our_text_as_tracks_again(server):
    graph = Graph()
    again = graph.add("WanMoveTracksFromCoords", track_coords=fit(graph, "Wan-Move")[1])[0]
    read = run(server, graph, tracks=again)["tracks"]
    graph = Graph()
    sent = run(server, graph, tracks=fit(graph, "Wan-Move")[0])["tracks"]
    torch.testing.assert_close(read, sent, atol=1e-3, rtol=0)


def test_ati_of_core_hides_what_we_hide(comfyui, pack):
    sys.path.insert(0, str(comfyui))
    from comfy_extras.nodes_wan import pad_pts, parse_json_tracks

    resampling, video = pack.part("tora_core.paths.resampling"), pack.part("tora_core.video")
    tracks = pack.part("tora_core.paths.exports").parse_trajectories(
        HIDDEN, video.Size(720, 480), 9, video.Size(720, 480)
    )
    fitted = resampling.resample_trajectories(tracks, resampling.TARGETS["Wan ATI"])
    (path,) = parse_json_tracks(
        pack.part("tora_core.paths.coordinates_text").coordinates_text(fitted, ends_when_hidden=True)
    )
    padded = pad_pts(path)  # [121, 1, 3]: x, y, visible
    assert np.array_equal(padded[:, 0, 2] > 0, fitted.visible[:, 0])
    np.testing.assert_allclose(padded[: len(path), 0, :2], fitted.points_px[: len(path), 0], atol=1e-3)


def test_paths_outside_the_part_that_is_kept_are_an_error(server):
    graph = Graph()
    graph.add("ProbeSave", file="never.safetensors", tracks=fit(graph, "Wan-Move", "100,2\n300,3")[0])
    with pytest.raises(WorkflowError, match="expected paths in the middle part of the picture"):
        server.run(graph.workflow)
