"""Browser tests: Debian's Chromium on a real server's real frontend, in the classic canvas and in Nodes 2.0."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from comfyui import COMFYUI
from editor_page import Editor
from frontend import CHROMIUM, QUIET, READY, wait_until_still
from random_models import text_features, tiny_pipeline
from safetensors.torch import save_file
from server import Server
from synthetic import Layer, path_of, render

from tora_core.video import Size
from tora_lab.media.video_writer import write_mp4

OTHER_MODELS = (
    ("checkpoints", "ltx-2.3-22b-distilled-fp8.safetensors"),
    ("clip_vision", "clip_vision_h.safetensors"),
    ("diffusion_models", "Wan21-WanMove_fp8_scaled_e4m3fn_KJ.safetensors"),
    ("diffusion_models", "Wan2_1-I2V-ATI-14B_fp8_e4m3fn.safetensors"),
    ("loras", "ltx-2.3-22b-ic-lora-motion-track-control-ref0.5.safetensors"),
    ("text_encoders", "gemma_3_12B_it_fp4_mixed.safetensors"),
    ("text_encoders", "umt5_xxl_fp8_e4m3fn_scaled.safetensors"),
    ("vae", "wan_2.1_vae.safetensors"),
)
"""Names that the workflows for other models need in their lists. These files are never loaded."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    missing = [name for name, found in (("ComfyUI", COMFYUI), ("Chromium", CHROMIUM)) if found is None]
    if missing:
        for item in items:
            if Path(__file__).parent in item.path.parents:
                item.add_marker(pytest.mark.skip(reason=f"no {' and no '.join(missing)} here"))


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with tiny stand-ins under the published files' names, so that workflows validate and run."""
    assert COMFYUI is not None
    server = Server(COMFYUI, tmp_path_factory.mktemp("comfyui_browser"))
    try:
        write_stand_ins(server.folder)
        shutil.copy(COMFYUI / "input" / "example.png", server.folder / "input")
        moving = render([Layer(path_of(9, step=(2.0, 1.0)))], Size(120, 80)).video
        write_mp4(server.folder / "input" / "motion.mp4", moving)
        server.wait_until_ready()
        yield server
    finally:
        server.stop()


def write_stand_ins(folder: Path) -> None:
    models = folder / "models"
    for name in ("vae", "text_encoders"):
        (models / name).mkdir(exist_ok=True)
    for image_to_video, suffix in ((False, ""), (True, "_I2V")):
        pipeline = tiny_pipeline(image_to_video=image_to_video)
        base = {key: tensor.contiguous() for key, tensor in pipeline.transformer.state_dict().items()}
        if image_to_video:
            save_file(base, models / "diffusion_models" / "CogVideoX_1_0_5b_I2V_bf16.safetensors")
        else:
            for n, keys in enumerate((sorted(base)[::2], sorted(base)[1::2]), 1):
                shard = f"diffusion_pytorch_model-{n:05d}-of-00002.safetensors"
                save_file({key: base[key] for key in keys}, models / "diffusion_models" / shard)
        for part in ("fuser", "traj_extractor"):
            tensors = getattr(pipeline.adapter, part).state_dict()
            save_file(
                {key: t.contiguous() for key, t in tensors.items()}, models / "tora" / f"{part}{suffix}.safetensors"
            )
    prompts = {"positive": text_features(pipeline, 1), "negative": text_features(pipeline, 2)}
    save_file(prompts, folder / "input" / "prompts.safetensors")
    save_file({"not": torch.zeros(1)}, models / "text_encoders" / "t5xxl_fp16.safetensors")
    save_file({"a": torch.zeros(1)}, models / "vae" / "cogvideox_vae_bf16.safetensors")
    for folder_name, name in OTHER_MODELS:
        (models / folder_name).mkdir(exist_ok=True)
        save_file({"a": torch.zeros(1)}, models / folder_name / name)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        flags = ["--no-sandbox", "--no-first-run", *(f"--{flag}" for flag in QUIET)]
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=flags)
        yield browser
        browser.close()


@pytest.fixture(scope="session", params=[False, True], ids=["classic", "nodes-2.0"])
def page(request: pytest.FixtureRequest, server: Server, chromium: Any) -> Iterator[Any]:
    """The frontend, ready, in one of its two renderers."""
    server.post("/api/settings", {"Comfy.VueNodes.Enabled": request.param, "Comfy.TutorialCompleted": True})
    page = chromium.new_page(viewport={"width": 1900, "height": 1050})
    page.goto(f"http://{server.address}/")
    page.wait_for_function(READY, timeout=90_000)
    wait_until_still(page, "() => [...document.querySelectorAll('body *')].length")
    yield page
    page.close()


@pytest.fixture
def editor(page: Any) -> Editor:
    """A fresh graph with one trajectory editor."""
    return Editor(page)
