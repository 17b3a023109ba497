"""Tests that a real ComfyUI server on the GPU equals the reference, with each way of managing GPU memory."""

from __future__ import annotations

import shutil

import golden_data
import pytest
from golden_data import relative_error
from graphs import SamplingGraph, sampling_case, saved
from server import Server
from tiny import TIERS

OPTIONS = {
    "dynamic VRAM": [],
    "normal VRAM": ["--normalvram", "--disable-dynamic-vram"],
    "low VRAM": ["--lowvram", "--disable-dynamic-vram"],
    "no VRAM": ["--novram", "--disable-dynamic-vram"],
}


@pytest.mark.parametrize("options", OPTIONS)
def test_a_workflow_on_a_server_equals_the_reference(comfyui, tmp_path, options, record):
    server = Server(comfyui, tmp_path, OPTIONS[options])
    file = golden_data.SAMPLING[0]
    case, (checkpoint, _) = sampling_case(file), golden_data.load_sampling(file)
    try:
        shutil.copy(file, server.folder / "input")
        shutil.copytree(checkpoint, server.folder / "models" / "tora" / checkpoint.name)
        server.wait_until_ready()
        started = server.log.read_text()
        graph = SamplingGraph(case.folder, case.file)
        runs = {"cfg6_no_motion": graph.model}
        for tier in ("auto", *TIERS):
            runs[f"cfg6 {tier}"] = graph.apply(graph.golden_motion(), memory=tier)
        for name, model in runs.items():
            graph.sample(model, f"{name}.safetensors")
        server.run(graph.workflow)
        errors = {}
        for name in runs:
            latent = saved(server, f"{name}.safetensors")["latent"].transpose(1, 2)
            errors[name] = relative_error(latent, case.golden[f"latents.{name.split()[0]}"])
        log = server.log.read_text().removeprefix(started)
    finally:
        server.stop()
    record(f"largest error in a server, {options}", f"{max(errors.values()):.1e}")
    assert max(errors.values()) < 5e-3, (errors, log[-2000:])
    assert "Traceback" not in log, log
    assert ("DynamicVRAM support detected" in started) == (options == "dynamic VRAM"), started
