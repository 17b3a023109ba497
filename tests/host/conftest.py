"""Fixtures of the host tests: ComfyUI's modules in this process, or a real server in another process."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import golden_data
import pytest
import torch
from comfyui import COMFYUI
from graphs import VAE_FILE
from loaded_pack import comfyui, pack
from safetensors.torch import save_file
from server import Server
from tiny import TIERS, Tiny

from benchmarks.checkpoint import new_vae

__all__ = ["comfyui", "pack"]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if COMFYUI is None:
        why = pytest.mark.skip(reason="no ComfyUI at COMFYUI_PATH, two folders up or ~/comfy/ComfyUI")
        for item in items:
            if Path(__file__).parent in item.path.parents:
                item.add_marker(why)


@pytest.fixture(scope="module", params=golden_data.SAMPLING, ids=golden_data.name_of)
def loaded(pack: SimpleNamespace, request: pytest.FixtureRequest) -> Tiny:
    return Tiny(pack, request.param)


@pytest.fixture(params=TIERS)
def tiny(loaded: Tiny, request: pytest.FixtureRequest) -> Tiny:
    """Loads a tiny golden checkpoint once per module, and samples it in each tier."""
    loaded.tier = request.param
    return loaded


@pytest.fixture(scope="session")
def server(comfyui: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Starts a real server with every golden sampling case in its folders."""
    server = Server(comfyui, tmp_path_factory.mktemp("comfyui"))
    try:
        for file in golden_data.SAMPLING:
            checkpoint, _ = golden_data.load_sampling(file)
            shutil.copy(file, server.folder / "input")
            shutil.copytree(checkpoint, server.folder / "models" / "tora" / checkpoint.name)
        server.wait_until_ready()
        yield server
    finally:
        server.stop()


@pytest.fixture(scope="session")
def vae(server: Server) -> Any:
    """Creates diffusers' VAE in CogVideoX's real shape with random weights, and saves it where the server loads it."""
    with torch.random.fork_rng():
        torch.manual_seed(0)
        vae = new_vae()
    save_file(
        {key: tensor.contiguous() for key, tensor in vae.state_dict().items()}, server.folder / "input" / VAE_FILE
    )
    return vae.eval()
