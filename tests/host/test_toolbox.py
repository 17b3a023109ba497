"""Trajectory nodes in a real server, on a rendered video with known motion and on bad input."""

from __future__ import annotations

import json

import numpy as np
import pytest
import torch
from graphs import Graph, saved
from safetensors import safe_open
from safetensors.torch import save_file
from server import WorkflowError
from synthetic import Layer, path_of, render

from tora_core.video import Size

FRAMES, SIZE = 13, Size(240, 160)
CLIP, STILL = "toolbox_clip.safetensors", "toolbox_still.safetensors"
WAY = {"width": SIZE.width, "height": SIZE.height, "frames": FRAMES}


@pytest.fixture(scope="module")
def clip(server):
    """Renders a textured disc that crosses a textured ground, and saves the clip with and without motion."""
    ground = Layer(path_of(FRAMES), seed=1)
    disc = Layer(path_of(FRAMES, (70, 80), (7.5, 1.25)), seed=2, radii_px=(30, 30), points=[(0, 0), (8, -6)])
    clip = render([ground, disc], SIZE)
    mask = torch.from_numpy(clip.top == 1).float()
    video = clip.video.float() / 255
    save_file({"video": video, "mask": mask}, server.folder / "input" / CLIP)
    still = {"video": video[:1].repeat(FRAMES, 1, 1, 1), "mask": mask[:1]}
    save_file({name: tensor.contiguous() for name, tensor in still.items()}, server.folder / "input" / STILL)
    return clip


def load_clip(graph, file=CLIP):
    video, mask, *_ = graph.add("ProbeImage", file=file)
    return video, mask


def line(graph, points):
    inputs = {**WAY, "canvas_width": SIZE.width, "canvas_height": SIZE.height, "mode": "exact", "file": "none"}
    return graph.add("ToraTrajectoryFromText", coordinates=json.dumps(points), **inputs)[0]


def preset(graph, name="line", **inputs):
    shape = {"centre_x": 0.5, "centre_y": 0.5, "extent_x": 0.3, "extent_y": 0.3, "rotation": 0.0, "turns": 0.0}
    return graph.add("ToraTrajectoryPreset", preset=name, **{**WAY, **shape, "direction": "forward", **inputs})[0]


def flow_map(graph, tracks, **inputs):
    return graph.add("ToraFlowMap", tracks=tracks, mode="exact", width=0, height=0, **inputs)[0]


def run(server, graph, **outputs):
    graph.add("ProbeSave", file="toolbox.safetensors", **outputs)
    server.run(graph.workflow)
    return saved(server, "toolbox.safetensors")


RETIME = {"frames": 0, "start": 0.0, "end": 1.0, "hold": 0.0, "ease": "linear", "curve": "0,0 1,1", "speed": "as it is"}
RETIME |= {"reverse": False, "repeat": "once", "passes": 2.0}
TRANSFORM = {"move_x": 0.0, "move_y": 0.0, "scale_x": 1.0, "scale_y": 1.0, "rotation": 0.0, "mirror": "none"}
TRANSFORM |= {"pivot": "own centre", "smoothing": "none", "smoothness": 0.3, "width": 0, "height": 0}
CAMERA = {"pan": 0.2, "tilt": 0.0, "zoom": 1.0, "roll": 0.0, "dolly": 0.0, "ease": "linear", "spacing": 48.0}
CAMERA |= {"margin": 8.0}
TRACKING = {"points": "grid", "spacing": 40.0, "count": 4, "start_frame": 0, "tolerance": 1.0}
DRAWING = {"tail": 0, "ahead": True, "dots": True, "arrows": False, "numbers": True, "line_width": 1.0}
DENSE = {"camera": "keep", "blur": 0.0, "strength": 1.0}


def test_preset_retime_transform_combine_and_camera_make_one_flow_video(server, clip):
    graph = Graph()
    wave = preset(graph, "wave")
    slow = graph.add("ToraTrajectoryRetime", tracks=wave, **{**RETIME, "ease": "custom", "curve": "0,0 0.5,0.8 1,1"})[0]
    moved = graph.add("ToraTrajectoryTransform", tracks=slow, **{**TRANSFORM, "move_y": 0.2, "rotation": 15.0})[0]
    both = graph.add("ToraTrajectoryCombine", **{"several.tracks0": moved, "several.tracks1": preset(graph, "bounce")})
    _, mask = load_clip(graph)
    filmed = graph.add("ToraCameraTrajectory", objects=both[0], mask=mask, **WAY, **CAMERA)[0]
    video = flow_map(graph, filmed, normalisation="fixed speed", full_colour=8.0)
    found = run(server, graph, tracks=filmed, image=video)
    assert found["tracks"].shape[1] > 2 + 6 and found["image"].shape == (FRAMES, SIZE.height, SIZE.width, 3)
    grid = found["tracks"][:, 2:]
    torch.testing.assert_close(grid.diff(dim=0)[..., 0], torch.full_like(grid[1:, :, 0], -0.2 * SIZE.width / 12))
    assert found["image"][0].min() == 1.0 and found["image"][1:].amin((1, 2, 3)).max() < 0.9


def test_points_of_a_mask_move_together_along_its_own_motion_or_along_tracks(server, clip):
    graph = Graph()
    _, mask = load_clip(graph)
    own = graph.add("ToraTrajectoryFromMask", mask=mask, points=4)[0]
    found = run(server, graph, tracks=own)["tracks"]
    wanted = torch.from_numpy(np.diff(clip.points_px[:, :1], axis=0)).float().expand(-1, 4, -1)
    assert (found.diff(dim=0) - wanted).abs().max() < 0.5
    graph = Graph()
    _, single = load_clip(graph, STILL)
    way = graph.add("ToraTrajectoryFromMask", mask=single, points=3, tracks=preset(graph, "circle"))[0]
    found = run(server, graph, tracks=way)["tracks"]
    assert found.shape == (FRAMES, 3, 2)
    torch.testing.assert_close(found[:, 1] - found[:, 0], (found[:1, 1] - found[:1, 0]).expand(FRAMES, 2))


@pytest.mark.parametrize("points", ["tracks", "mask"])
def test_points_are_followed_through_a_video_and_drawn_over_it(server, clip, points):
    graph = Graph()
    video, mask = load_clip(graph)
    starts = line(graph, np.stack([clip.points_px[0, 0], clip.points_px[0, 0] + 30]).tolist())
    inputs = {"mask": mask} if points == "mask" else {"tracks": starts}
    tracked = graph.add("ToraTrajectoryFromVideo", video=video, **{**TRACKING, "points": points}, **inputs)[0]
    drawn = graph.add("ToraDrawTrajectories", tracks=tracked, video=video, **DRAWING)[0]
    found = run(server, graph, tracks=tracked, image=drawn)
    steps = torch.from_numpy(np.diff(clip.points_px[:, :1], axis=0)).float()
    seen = found["visible"].bool().all(dim=0)
    assert seen.any() and (found["tracks"].diff(dim=0) - steps)[:, seen].abs().max() < 0.5
    assert found["image"].shape == (FRAMES, SIZE.height, SIZE.width, 3)
    assert (found["image"] - clip.video.float() / 255).abs().amax((1, 2, 3)).min() > 0.2


def test_tracks_shorter_than_the_start_frame_give_their_last_points(server, clip):
    graph = Graph()
    video, _ = load_clip(graph)
    short = preset(graph, frames=5, extent_x=0.1)
    late = graph.add(
        "ToraTrajectoryFromVideo", video=video, tracks=short, **{**TRACKING, "points": "tracks", "start_frame": 10}
    )[0]
    found = run(server, graph, tracks=late)["tracks"]
    torch.testing.assert_close(found[10, 0], torch.tensor([120.0 + 16.0, 80.0]))


def test_a_grid_of_points_stands_still_on_a_still_ground(server, clip):
    graph = Graph()
    video, _ = load_clip(graph, STILL)
    found = run(server, graph, tracks=graph.add("ToraTrajectoryFromVideo", video=video, **TRACKING)[0])
    assert found["tracks"].shape[1] >= 12 and found["tracks"].diff(dim=0).abs().max() < 0.1


def test_the_motion_of_a_video_becomes_a_flow_video(server, clip):
    """Inside the mask, the flow video has the colours of the disc's known motion."""
    from tora_core.flow.flow_color import flow_video

    graph = Graph()
    video, mask = load_clip(graph)
    dense = graph.add(
        "ToraFlowFromVideo", video=video, mask=mask, **DENSE, normalisation="fixed speed", full_colour=10.0
    )[0]
    image = run(server, graph, image=dense)["image"]
    truth = flow_video(clip.flow, torch.float32, full_colour_px=10.0)
    inside = torch.from_numpy((clip.top[1:] == 1) & (clip.top[:-1] == 1))
    assert (image[0] == 1).all()
    assert (image[1:] - truth[1:])[inside].abs().median() < 0.05


def test_raft_connects_where_the_host_has_it(server, clip):
    """With random weights, the node returns the same flow as the model itself."""
    from torchvision.models.optical_flow import raft_large

    from tora_core.flow.flow_color import flow_video

    torch.manual_seed(0)
    model = raft_large(weights=None, progress=False).eval()
    folder = server.folder / "models" / "optical_flow"
    folder.mkdir(parents=True, exist_ok=True)
    save_file({name: tensor.contiguous() for name, tensor in model.state_dict().items()}, folder / "raft.safetensors")
    graph = Graph()
    video, _ = load_clip(graph)
    short = graph.add("ImageFromBatch", image=video, batch_index=0, length=2)[0]
    raft = graph.add("OpticalFlowLoader", model_name="raft.safetensors")[0]
    dense = graph.add("ToraFlowFromVideo", video=short, optical_flow=raft, **DENSE)[0]
    image = run(server, graph, image=dense)["image"]
    first, second = (clip.video[index].permute(2, 0, 1)[None].float() / 127.5 - 1 for index in (0, 1))
    with torch.no_grad():
        flow = model(first, second)[-1].permute(0, 2, 3, 1)  # [1, H, W, 2]
    expected = flow_video(torch.cat([torch.zeros_like(flow), flow]), torch.float32)
    assert (image - expected).abs().mean() < 1e-2


def error_of(server, graph, video, wanted, **inputs):
    _, plot, text, tracked = graph.add("ToraTrajectoryError", video=video, wanted=wanted, **inputs)
    found = run(server, graph, image=plot, text=text, tracks=tracked)
    assert found["image"].shape[0] == 1 and min(found["image"].shape[1:3]) >= 100
    with safe_open(server.folder / "output" / "toolbox.safetensors", "pt") as file:
        return json.loads(file.metadata()["text"])


def test_the_error_is_small_for_a_clip_that_follows_its_path_and_the_mean_distance_for_a_still_clip(server, clip):
    path = clip.points_px[:, 0]
    for file, low, high in ((CLIP, 0.0, 0.5), (STILL, *[np.abs(path - path[0]).sum(-1).mean()] * 2)):
        graph = Graph()
        video, _ = load_clip(graph, file)
        error = error_of(server, graph, video, line(graph, path.tolist()))
        assert low - 0.1 < error["traj_error_px"] < high + 0.1, file
        assert error["canvas"] == list(SIZE) and error["coverage"] == 1.0


def test_tracks_of_another_tracker_are_compared_unchanged(server, clip):
    graph = Graph()
    video, _ = load_clip(graph)
    wanted = preset(graph)
    tracked = graph.add("ToraTrajectoryTransform", tracks=wanted, **{**TRANSFORM, "move_x": 0.1})[0]
    error = error_of(server, graph, video, wanted, tracked=tracked)
    assert error["traj_error_px"] == pytest.approx(0.1 * SIZE.width, abs=1e-3)


def test_paths_are_drawn_on_a_picture_and_on_white(server, clip):
    graph = Graph()
    video, _ = load_clip(graph)
    picture = graph.add("ImageFromBatch", image=video, batch_index=0, length=1)[0]
    drawn = graph.add("ToraDrawTrajectories", tracks=preset(graph, "circle"), video=picture, **DRAWING)[0]
    assert run(server, graph, image=drawn)["image"].shape == (FRAMES, SIZE.height, SIZE.width, 3)
    graph = Graph()
    white = graph.add("ToraDrawTrajectories", tracks=preset(graph, "circle"), **DRAWING)[0]
    assert run(server, graph, image=white)["image"].amax() == 1.0


def test_paths_are_scaled_to_an_enlarged_video_or_the_video_to_the_paths(server, clip):
    large = {"upscale_method": "bicubic", "width": 2 * SIZE.width, "height": 2 * SIZE.height, "crop": "disabled"}
    for size_of, factor in (("tracks", 1), ("video", 2)):
        graph = Graph()
        video = graph.add("ImageScale", image=load_clip(graph)[0], **large)[0]
        tracks = preset(graph, "circle")
        drawn = graph.add("ToraDrawTrajectories", tracks=tracks, video=video, size_of=size_of, **DRAWING)[0]
        found = run(server, graph, image=drawn, tracks=tracks)
        assert found["image"].shape == (FRAMES, factor * SIZE.height, factor * SIZE.width, 3)
        for frame, (x, y) in enumerate((found["tracks"][:, 0] + 0.5) * factor - 0.5):
            red, green, _ = found["image"][frame, round(float(y)), round(float(x))]
            assert red - green > 0.3, frame  # the dot of the first path


def short_video(graph):
    return graph.add("ImageFromBatch", image=load_clip(graph)[0], batch_index=0, length=5)[0]


def one_frame(graph):
    return graph.add("ImageFromBatch", image=load_clip(graph)[0], batch_index=0, length=1)[0]


def empty_mask(graph):
    return graph.add("SolidMask", value=0.0, width=SIZE.width, height=SIZE.height)[0]


def other_size(graph):
    return preset(graph, width=320)


BAD = {
    "an empty mask": (lambda g: g.add("ToraTrajectoryFromMask", mask=empty_mask(g), points=1), "got an empty mask"),
    "a single mask without tracks": (
        lambda g: g.add("ToraTrajectoryFromMask", mask=load_clip(g, STILL)[1], points=1),
        "at least 2 masks, one per frame, got 1",
    ),
    "one frame to track": (
        lambda g: g.add("ToraTrajectoryFromVideo", video=one_frame(g), **TRACKING),
        "at least 2 frames",
    ),
    "one frame of flow": (
        lambda g: g.add("ToraFlowFromVideo", video=one_frame(g), **DENSE),
        "at least 2 frames",
    ),
    "a video shorter than the tracks": (
        lambda g: g.add("ToraTrajectoryError", video=short_video(g), wanted=preset(g))[1:],
        "13.*5|5.*13",
    ),
    "tracks of another size": (
        lambda g: g.add("ToraTrajectoryError", video=load_clip(g)[0], wanted=other_size(g))[1:],
        "320x160.*240x160",
    ),
    "tracks of other lengths": (
        lambda g: g.add(
            "ToraTrajectoryCombine", **{"several.tracks0": preset(g), "several.tracks1": preset(g, frames=9)}
        ),
        "13 frames.*9 frames",
    ),
    "nothing connected to start from": (
        lambda g: g.add("ToraTrajectoryFromVideo", video=load_clip(g)[0], **{**TRACKING, "points": "mask"}),
        "connect mask",
    ),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input_shows_an_error_message(server, clip, case):
    make, why = BAD[case]
    graph = Graph()
    made = make(graph)[0]
    is_picture = case in ("one frame of flow", "a video shorter than the tracks", "tracks of another size")
    graph.add("ProbeSave", file="never.safetensors", **{"image" if is_picture else "tracks": made})
    with pytest.raises(WorkflowError, match=why):
        server.run(graph.workflow)


def test_a_tracker_that_loses_every_point_warns_and_returns_finite_paths(server, clip):
    graph = Graph()
    blank = graph.add("EmptyImage", width=SIZE.width, height=SIZE.height, batch_size=5, color=0x808080)[0]
    tracked = graph.add("ToraTrajectoryFromVideo", video=blank, **TRACKING)[0]
    found = run(server, graph, tracks=tracked)
    assert found["tracks"].isfinite().all() and not found["visible"][1:].any()
    assert "no point of" in server.log.read_text()
