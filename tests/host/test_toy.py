"""Tests the shipped toy in a real server, with the nodes that the real model uses."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from diffusers.schedulers import scheduling_ddim_cogvideox
from golden_data import relative_error
from graphs import Graph, saved
from safetensors.torch import save_file
from server import WorkflowError

from tora_core.cogvideox.latents import COGVIDEOX_1_0
from tora_core.paths.coordinates_text import coordinates_text
from tora_core.paths.trajectories import Trajectories
from tora_core.toy.models import FRAMES, VIDEO
from tora_lab.toy.configs import EVALUATION_SEEDS
from tora_lab.toy.models import load_toy
from tora_lab.toy.sampling import GUIDANCE, STEPS, sample_toy
from tora_lab.toy.tracker import toy_error
from tora_lab.toy.world import random_scene

SEED = 5
NOISE = "toy_noise.safetensors"
LAST_SIGMA = 4518
pytestmark = pytest.mark.server


def as_the_host_ends(alphas_cumprod, rescaled=scheduling_ddim_cogvideox.rescale_zero_terminal_snr):
    """Sets the host's last noise level: 4518, not infinite. Without a path, the result depends on it."""
    alphas = rescaled(alphas_cumprod)
    alphas[-1] = 1 / (LAST_SIGMA**2 + 1)
    return alphas


@pytest.fixture(scope="module")
def toy():
    return load_toy()


def add_toy(graph, prompt):
    """Adds the toy. Returns links to its six outputs."""
    (number, _), *_ = graph.add("ToraLoadToy", prompt=prompt)
    return [[number, output] for output in range(6)]


def sampled(graph, toy, model, name):
    loaded, vae, _, positive, negative, latent = toy
    latents = graph.add(
        "KSampler",
        model=graph.add("ProbeNoise", model=model, file=NOISE, name="noise")[0],
        positive=positive,
        negative=negative,
        latent_image=latent,
        **{"seed": 0, "steps": STEPS, "cfg": GUIDANCE, "sampler_name": "ddim", "scheduler": "simple", "denoise": 1.0},
    )[0]
    image = graph.add("VAEDecode", samples=latents, vae=vae)[0]
    graph.add("ProbeSave", file=name, model=loaded, latent=latents, image=image)


@pytest.fixture(scope="module", params=[0, 1, 2])
def runs(request, server, toy):
    """Samples one clip with and without Tora, in the server and outside it, from the same path and noise."""
    scene = random_scene(EVALUATION_SEEDS[0] + request.param)
    noise = torch.randn(COGVIDEOX_1_0.latent_shape(FRAMES, VIDEO), generator=torch.Generator().manual_seed(SEED))
    save_file({"noise": noise.transpose(1, 2).contiguous()}, server.folder / "input" / NOISE)  # [B, T', C, h, w]
    # Coordinates text has three decimals, and TRACKS have single precision.
    points_px = np.round(scene.trajectories.points_px, 3).astype(np.float32).astype(np.float64)
    path = Trajectories(points_px, scene.trajectories.visible, VIDEO)
    graph = Graph()
    loaded = add_toy(graph, scene.prompt)
    size = {"frames": FRAMES, "width": VIDEO.width, "height": VIDEO.height}
    tracks = graph.add(
        "ToraTrajectoryFromText",
        coordinates=coordinates_text(path),
        file="none",
        mode="exact",
        canvas_width=VIDEO.width,
        canvas_height=VIDEO.height,
        **size,
    )[0]
    flow = graph.add("ToraFlowMap", tracks=tracks, mode="exact", width=0, height=0)[0]
    motion = graph.add("ToraEncodeMotion", flow_video=flow, vae=loaded[1], tora_model=loaded[2], tiled=False)[0]
    steered = graph.add("ToraApply", model=loaded[0], motion=motion, strength=1.0, start_percent=0.0, end_percent=1.0)[
        0
    ]
    sampled(graph, loaded, steered, "toy_steered.safetensors")
    sampled(graph, loaded, loaded[0], "toy_plain.safetensors")
    server.run(graph.workflow)
    headless = {"steered": sample_toy(toy, scene.prompt, path, SEED, 1.0)}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(scheduling_ddim_cogvideox, "rescale_zero_terminal_snr", as_the_host_ends)
        headless["plain"] = sample_toy(toy, scene.prompt, path, SEED, None)
    return scene, {name: (saved(server, f"toy_{name}.safetensors"), headless[name]) for name in headless}


def test_comfyui_s_latents_equal_those_of_the_run_without_it(runs):
    for name, limit in (("steered", 1e-3), ("plain", 1e-4)):
        hosted, headless = runs[1][name]
        assert relative_error(hosted["latent"], headless.latent) < limit, name


def test_comfyui_s_video_equals_that_of_the_run_without_it_and_follows_the_path(runs):
    scene, both = runs
    errors = {}
    for name, (hosted, headless) in both.items():
        video = (hosted["image"] * 255).round().to(torch.uint8)
        assert int((video.int() - headless.video.int()).abs().max()) <= 1
        errors[name] = toy_error(video, scene.trajectories, scene.prompt).l1_px
    assert errors["steered"] < errors["plain"] / 4


def test_an_unknown_word_is_an_error_that_names_the_word(server):
    graph = Graph()
    loaded = add_toy(graph, "a red dragon")
    graph.add("ProbeSave", file="none.safetensors", conditioning=loaded[3])
    with pytest.raises(WorkflowError, match="expected words of the toy world, got 'dragon'"):
        server.run(graph.workflow)


def test_a_video_is_encoded_and_decoded_by_the_toy_s_vae(server, toy):
    from tora_lab.toy.world import render

    video = render(random_scene(EVALUATION_SEEDS[0])).float() / 255
    save_file({"video": video, "mask": video[..., 0].clone()}, server.folder / "input" / "toy_video.safetensors")
    graph = Graph()
    vae = add_toy(graph, "")[1]
    image = graph.add("ProbeImage", file="toy_video.safetensors")[0]
    latent = graph.add("VAEEncode", pixels=image, vae=vae)[0]
    decoded = graph.add("VAEDecode", samples=latent, vae=vae)[0]
    tiled = graph.add(
        "VAEDecodeTiled", samples=latent, vae=vae, tile_size=512, overlap=64, temporal_size=64, temporal_overlap=8
    )[0]
    graph.add("ProbeSave", file="toy_back.safetensors", image=decoded)
    graph.add("ProbeSave", file="toy_tiled.safetensors", image=tiled)
    server.run(graph.workflow)
    back = saved(server, "toy_back.safetensors")["image"]
    assert float((back - video).square().mean()) < 3e-3  # 25 dB
    assert torch.equal(saved(server, "toy_tiled.safetensors")["image"], back)
