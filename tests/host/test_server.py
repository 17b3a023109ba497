"""Tests workflows on a real server: from drawn paths to steered latents that equal the reference."""

from __future__ import annotations

import re
import urllib.request

import golden_data
import pytest
import torch
from comfyui import PACK
from golden_data import relative_error
from graphs import VAE_FILE, Graph, SamplingGraph, sampling_case, saved
from safetensors.torch import save_file
from server import WorkflowError
from tiny import TIERS

pytestmark = pytest.mark.server
PATH = "[[40, 128], [128, 60], [216, 128]]"


@pytest.fixture(params=golden_data.SAMPLING, ids=golden_data.name_of)
def case(request):
    return sampling_case(request.param)


def test_every_node_is_there_with_its_help(server):
    known = server.get("/object_info")
    pages = {page.stem for page in (PACK / "web" / "docs").glob("*.md")}
    assert pages and pages <= known.keys()
    for name in pages:
        assert known[name]["description"], name
        with urllib.request.urlopen(f"http://{server.address}/extensions/ComfyUI-Tora/docs/{name}.md") as page:
            text = page.read().decode()
        assert text.startswith("# Tora") and f"](images/{name}.png)" in text
        for link in re.findall(r"\]\((images/[^)]+)\)", text):
            with urllib.request.urlopen(f"http://{server.address}/extensions/ComfyUI-Tora/docs/{link}") as picture:
                assert picture.read(4) in (b"\x89PNG", b"RIFF"), link


def drawn_tracks(graph, coordinates):
    """Adds paths that were drawn on Tora's canvas, for 5 frames of 96x64."""
    inputs = {"width": 96, "height": 64, "frames": 5, "canvas_width": 256, "canvas_height": 256}
    return graph.add("ToraTrajectoryFromText", coordinates=coordinates, file="none", mode="exact", **inputs)[0]


def test_a_workflow_reproduces_the_reference_with_the_stock_sampler(server, case):
    graph = SamplingGraph(case.folder, case.file)
    steered = graph.apply(graph.golden_motion())
    runs = {"cfg6": (steered, 6.0), "cfg6_no_motion": (graph.model, 6.0), "cfg1": (steered, 1.0)}
    for tier in TIERS:
        runs[f"cfg6 {tier}"] = (graph.apply(graph.golden_motion(), memory=tier), 6.0)
    for name, (model, cfg) in runs.items():
        graph.sample(model, f"{name}.safetensors", cfg)
    server.run(graph.workflow)
    for name in runs:
        latent = saved(server, f"{name}.safetensors")["latent"].transpose(1, 2)
        assert relative_error(latent, case.golden[f"latents.{name.split()[0]}"]) < 1e-3, name


def test_strength_zero_equals_the_base_in_a_graph(server, case):
    graph = SamplingGraph(case.folder, case.file)
    graph.sample(graph.model, "base.safetensors")
    graph.sample(graph.apply(graph.golden_motion(), strength=0.0), "zero.safetensors")
    graph.sample(graph.apply(graph.golden_motion(), start_percent=0.5, end_percent=0.5), "never.safetensors")
    server.run(graph.workflow)
    base = saved(server, "base.safetensors")["latent"]
    assert torch.equal(saved(server, "zero.safetensors")["latent"], base)
    assert torch.equal(saved(server, "never.safetensors")["latent"], base)


def test_a_drawn_path_gives_the_same_video_as_without_comfyui(server, vae, case):
    """Compares text, flow, VAE, adapter and sampler in the server with the same run on diffusers."""
    from tora_core.paths.coordinates import parse_coordinates
    from tora_core.paths.trajectories import TORA_CANVAS, Trajectories
    from tora_core.video import Size
    from tora_lab.pipeline import ToraPipeline

    frames, width, height = 5, 96, 64
    graph = SamplingGraph(case.folder, "drawn.safetensors")
    tracks = drawn_tracks(graph, PATH)
    flow_video = graph.add("ToraFlowMap", tracks=tracks, mode="exact", width=0, height=0)[0]
    loaded = graph.add("ProbeVAE", file=VAE_FILE)[0]
    motion = graph.add("ToraEncodeMotion", flow_video=flow_video, vae=loaded, tora_model=graph.tora_model, tiled=False)[
        0
    ]
    latent = graph.add("EmptyHunyuanLatentVideo", width=width, height=height, length=frames, batch_size=1)[0]
    generator = torch.Generator().manual_seed(7)
    noise = torch.randn(1, 2, 16, height // 8, width // 8, generator=generator)
    context = {name: case.golden[name] for name in ("positive", "negative")}
    save_file({"noise": noise, **context}, server.folder / "input" / "drawn.safetensors")
    graph.sample(graph.apply(motion), "drawn.safetensors", latent=latent)
    graph.add("ProbeSave", file="parts.safetensors", tracks=tracks, image=flow_video, motion=motion)
    server.run(graph.workflow)

    pipeline = ToraPipeline.from_checkpoint(server.folder / "models" / "tora" / case.folder, vae)
    trajectories = Trajectories.from_paths(parse_coordinates(PATH), TORA_CANVAS, frames, Size(width, height))
    motion_latent = pipeline.encode_motion(trajectories)
    expected = pipeline.sample(
        noise.transpose(1, 2), context["positive"], context["negative"], [pipeline.steering(motion_latent)], steps=8
    )
    parts = saved(server, "parts.safetensors")
    assert torch.equal(parts["tracks"], torch.from_numpy(trajectories.points_px).float())
    assert parts["image"].shape == (frames, height, width, 3)
    assert relative_error(parts["motion"], motion_latent) < 1e-5
    assert relative_error(saved(server, "drawn.safetensors")["latent"], expected) < 1e-3


def test_motion_is_encoded_again_only_when_it_changes(server, vae, case):
    """A new strength reruns only Tora Apply. Paths, flow video and encoded motion come from the host's cache."""

    def run(strength):
        graph = SamplingGraph(case.folder, case.file)
        tracks = drawn_tracks(graph, PATH)
        flow_video = graph.add("ToraFlowMap", tracks=tracks, mode="exact", width=0, height=0)[0]
        loaded = graph.add("ProbeVAE", file=VAE_FILE)[0]
        motion = graph.add("ToraEncodeMotion", flow_video=flow_video, vae=loaded, tora_model=graph.tora_model, tiled=0)
        latent = graph.add("EmptyHunyuanLatentVideo", width=96, height=64, length=5, batch_size=1)[0]
        save_file(
            {**case.golden, "noise": torch.zeros(1, 2, 16, 8, 12)}, server.folder / "input" / "strength.safetensors"
        )
        graph.file = "strength.safetensors"
        graph.sample(graph.apply(motion[0], strength), "strength.safetensors", latent=latent)
        history = server.run(graph.workflow)
        cached = next(data for kind, data in history["status"]["messages"] if kind == "execution_cached")
        return {graph.workflow[node]["class_type"] for node in cached["nodes"]}

    prepared = {"ToraTrajectoryFromText", "ToraFlowMap", "ToraEncodeMotion"}
    run(0.51)
    again = run(0.52)
    assert prepared <= again and "ToraApply" not in again and "KSampler" not in again


def test_core_tracks_connect(server):
    graph = Graph()
    tracks = graph.add(
        "GenerateTracks",
        width=96,
        height=64,
        start_x=0.1,
        start_y=0.5,
        end_x=0.9,
        end_y=0.5,
        num_frames=9,
        num_tracks=3,
        track_spread=0.1,
        bezier=False,
        mid_x=0.5,
        mid_y=0.5,
        interpolation="linear",
    )[0]
    flow_video = graph.add("ToraFlowMap", tracks=tracks, mode="exact", width=96, height=64)[0]
    graph.add("ProbeSave", file="core.safetensors", image=flow_video)
    server.run(graph.workflow)
    image = saved(server, "core.safetensors")["image"]
    assert image.shape == (9, 64, 96, 3) and image.min() < 0.9


def test_unloading_all_models_and_running_again_gives_the_same(server, case):
    def run(file, seed):
        graph = SamplingGraph(case.folder, case.file)
        graph.sample(graph.apply(graph.golden_motion()), file, cfg=5.5)
        next(node for node in graph.workflow.values() if node["class_type"] == "KSampler")["inputs"]["seed"] = seed
        server.run(graph.workflow)
        return saved(server, file)["latent"]

    before = run("loaded.safetensors", 1)
    server.post("/free", {"unload_models": True, "free_memory": True})
    assert torch.equal(run("reloaded.safetensors", 2), before)  # another seed, so that the host does not use its cache


def test_the_dynamic_guider_reproduces_the_reference_with_sampler_custom_advanced(server, case):
    graph = SamplingGraph(case.folder, case.file)
    model = graph.from_noise(graph.apply(graph.golden_motion()))
    positive, negative = graph.prompts()
    guider = graph.add(
        "ToraDynamicCFGGuider", model=model, positive=positive, negative=negative, cfg=6.0, schedule="reference"
    )[0]
    sampled = graph.add(
        "SamplerCustomAdvanced",
        noise=graph.add("RandomNoise", noise_seed=0)[0],
        guider=guider,
        sampler=graph.add("KSamplerSelect", sampler_name="ddim")[0],
        sigmas=graph.add("BasicScheduler", model=model, scheduler="simple", steps=8, denoise=1.0)[0],
        latent_image=graph.empty_latent(),
    )[0]
    graph.add("ProbeSave", file="dynamic.safetensors", model=model, latent=sampled)
    server.run(graph.workflow)
    latent = saved(server, "dynamic.safetensors")["latent"].transpose(1, 2)
    assert relative_error(latent, case.golden["latents.dynamic6"]) < 1e-3


def test_the_server_still_works_after_an_interrupt(server, case):
    def workflow(file):
        graph = SamplingGraph(case.folder, case.file)
        graph.sample(graph.apply(graph.golden_motion(), strength=0.5), file, cfg=5.0)
        return graph.workflow

    server.run(workflow("expected.safetensors"))
    wait = server.interrupt_at_step(3)
    interrupted = workflow("interrupted.safetensors")
    next(node for node in interrupted.values() if node["class_type"] == "KSampler")["inputs"]["steps"] = 200
    with pytest.raises(WorkflowError, match="execution_interrupted"):
        server.run(interrupted)
    wait()
    server.run(workflow("again.safetensors"))
    assert torch.equal(saved(server, "again.safetensors")["latent"], saved(server, "expected.safetensors")["latent"])


def test_a_motion_of_another_size_is_an_error_before_sampling(server, case):
    graph = SamplingGraph(case.folder, case.file)
    latent = graph.add("EmptyHunyuanLatentVideo", width=128, height=128, length=17, batch_size=1)[0]
    graph.sample(graph.apply(graph.golden_motion()), "never.safetensors", latent=latent)
    with pytest.raises(WorkflowError, match="the latent is 17 frames of 128x128"):
        server.run(graph.workflow)


@pytest.mark.parametrize(
    ("coordinates", "why"),
    [
        ("", "empty"),
        ("[[1, 2]]", "at least two points"),
        ("[[9, 9], [9000, 9]]", "256x256 canvas"),
        ("[[Infinity, 1], [2, 3]]", "inf"),
    ],
)
def test_wrong_coordinates_give_a_readable_error(server, coordinates, why):
    graph = Graph()
    tracks = drawn_tracks(graph, coordinates)
    graph.add("ProbeSave", file="never.safetensors", tracks=tracks)
    with pytest.raises(WorkflowError, match=why):
        server.run(graph.workflow)
