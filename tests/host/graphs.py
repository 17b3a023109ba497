"""Builds workflows in the API format with method calls."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import golden_data
from safetensors.torch import load_file
from server import Server
from torch import Tensor

VAE_FILE = "vae.safetensors"
WHOLE = "diffusion_pytorch_model.safetensors"
Link = list[Any]


class Graph:
    """A workflow. ``outputs = graph.add("KSampler", model=model, ...)`` adds a node and returns its outputs."""

    def __init__(self) -> None:
        self.workflow: dict[str, Any] = {}

    def add(self, class_type: str, **inputs: Any) -> list[Link]:
        number = str(len(self.workflow) + 1)
        self.workflow[number] = {"class_type": class_type, "inputs": inputs}
        return [[number, output] for output in range(4)]


class SamplingGraph(Graph):
    """Loads a tiny checkpoint and samples it from tensors of a file in the input folder.

    Args:
        folder: folder in models/tora with a whole transformer.
        file: contains ``noise``, ``positive`` and ``negative``, like golden ``sampling_*`` files.
    """

    def __init__(self, folder: str, file: str) -> None:
        super().__init__()
        self.file = file
        whole = f"{folder}/{WHOLE}"
        self.model, self.tora_model, *_ = self.add("ToraLoadCogVideoX", name=whole, weight_dtype="fp32")

    def golden_motion(self) -> Link:
        return self.add("ProbeMotion", tora_model=self.tora_model, file=self.file, name="flow_latent")[0]

    def apply(self, motion: Link, strength: float = 1.0, **inputs: Any) -> Link:
        inputs = {"model": self.model, "start_percent": 0.0, "end_percent": 1.0, **inputs}
        return self.add("ToraApply", motion=motion, strength=strength, **inputs)[0]

    def prompts(self) -> tuple[Link, Link]:
        positive, negative = (
            self.add("ProbeConditioning", file=self.file, name=name)[0] for name in ("positive", "negative")
        )
        return positive, negative

    def empty_latent(self) -> Link:
        return self.add("ProbeLatent", file=self.file, name="noise")[0]

    def from_noise(self, model: Link) -> Link:
        return self.add("ProbeNoise", model=model, file=self.file, name="noise")[0]

    def sample(
        self,
        model: Link,
        save_as: str,
        cfg: float = 6.0,
        latent: Link | None = None,
        prompts: tuple[Link, Link] | None = None,
    ) -> None:
        """Adds the stock KSampler, and saves its latents."""
        positive, negative = prompts or self.prompts()
        model = self.from_noise(model)
        sampled = self.add(
            "KSampler",
            model=model,
            positive=positive,
            negative=negative,
            latent_image=latent or self.empty_latent(),
            seed=0,
            steps=8,
            cfg=cfg,
            sampler_name="ddim",
            scheduler="simple",
            denoise=1.0,
        )[0]
        self.add("ProbeSave", file=save_as, model=model, latent=sampled)


def sampling_case(file: Any) -> SimpleNamespace:
    """Loads a golden ``sampling_*`` file: its name, its checkpoint's folder, its tensors."""
    checkpoint, golden = golden_data.load_sampling(file)
    return SimpleNamespace(file=file.name, folder=checkpoint.name, golden=golden)


def saved(server: Server, file: str) -> dict[str, Tensor]:
    return load_file(server.folder / "output" / file)
