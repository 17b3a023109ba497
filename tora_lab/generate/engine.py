"""Loads the models once, and samples videos with them: the toy, or CogVideoX with a Tora adapter."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

import torch
from torch import Tensor

from tora_core.checkpoints.layouts import Checkpoint, check_fit, load_adapter, open_checkpoint
from tora_core.cogvideox.latents import LatentGrid
from tora_core.flow.flow_color import flow_video
from tora_core.flow.flow_map import flow_boxes
from tora_core.motion.adapter import ToraSpec
from tora_core.motion.modulation import Modulation
from tora_core.motion.motion_vae import encode_motion
from tora_core.motion.tiers import KeptModulations
from tora_core.paths.trajectories import Trajectories
from tora_core.steering.injection import Steering, Window
from tora_core.toy.models import TRANSFORMER_FILE, load_toy_vae
from tora_core.video import Size

from ..pipeline import ToraPipeline
from .jobs import Job

TOY = "toy"
DTYPES = {"fp32": torch.float32, "bf16": torch.bfloat16, "fp16": torch.float16}


@dataclass(frozen=True)
class ModelChoice:
    """Which models a run uses.

    Args:
        checkpoint: a base, or base and adapter in one file; ``toy`` is the model in this package.
        adapter: file of the adapter. None: it is in the checkpoint. With the toy it replaces the toy's own.
        vae: folder of a diffusers VAE. ``toy`` is the toy's, for a checkpoint that was trained like the toy.
        text_encoder: folder of a transformers T5 with its tokenizer.
        dtype: type of the transformer, one of ``DTYPES``.
        offload: keeps the transformer in system RAM and copies one block at a time (diffusers' group offloading).
        tiling: decodes in tiles.
        compile: compiles the transformer's blocks with torch.compile.
    """

    checkpoint: str = TOY
    adapter: str | None = None
    vae: str | None = None
    text_encoder: str | None = None
    dtype: str = "bf16"
    offload: bool = False
    tiling: bool = False
    compile: bool = False

    @property
    def is_toy(self) -> bool:
        """Whether the toy's VAE and its words are used, and float32."""
        return TOY in (self.checkpoint, self.vae)

    def open_files(self) -> tuple[Checkpoint, Checkpoint]:
        """Opens base and adapter, without reading weights. They may be the same file."""
        base = open_checkpoint(TRANSFORMER_FILE if self.checkpoint == TOY else self.checkpoint)
        return base, open_checkpoint(self.adapter) if self.adapter else base


class Inputs(NamedTuple):
    """What a job's video is sampled from.

    Args:
        job: the settings.
        positive: features of the prompt, ``[N, D]``.
        negative: features of the negative prompt, ``[N, D]``.
        motion: motion latent ``[1, 16, T', h, w]``, or None.
        image: first frame ``[H, W, 3]`` uint8 in the video's size, or None.
    """

    job: Job
    positive: Tensor
    negative: Tensor
    motion: Tensor | None = None
    image: Tensor | None = None


class Engine:
    """The models of one worker. Files are checked at once, weights are loaded at their first use.

    Raises:
        ValueError: a file is missing or does not fit.
    """

    def __init__(self, choice: ModelChoice) -> None:
        self.device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        self._encode_text: Callable[[str], Tensor] | None = None
        self._given = choice
        self.grid: LatentGrid
        self._take(choice)

    def use_checkpoint(self, checkpoint: str) -> None:
        """Changes the base and frees the one before. An empty text is the run's own checkpoint.

        Raises:
            ValueError: a file is missing or does not fit.
        """
        choice = replace(self._given, checkpoint=checkpoint or self._given.checkpoint)
        if choice != self.choice:
            self._take(choice)
            for weights in ("pipeline", "vae"):
                self.__dict__.pop(weights, None)

    def _take(self, choice: ModelChoice) -> None:
        self.grid = _check_files(choice, self.device).grid
        self.choice = choice

    @cached_property
    def pipeline(self) -> ToraPipeline:
        return _load_pipeline(self.choice, self.vae, self.device)

    @cached_property
    def vae(self) -> Any:
        if self.choice.is_toy:
            return load_toy_vae().to(self.device)
        from ..data.encoding import load_cogvideox_vae

        vae: Any = load_cogvideox_vae(_folder(self.choice.vae)).to(self.device)
        if self.choice.tiling:
            vae.enable_tiling()
        return vae

    def encode_text(self, prompt: str) -> Tensor:
        """Encodes a prompt as ``[N, D]``. The text encoder is loaded at the first call."""
        if self.choice.is_toy:
            from tora_core.toy.text import text_features

            return text_features(prompt)
        if self._encode_text is None:
            from ..data.encoding import load_t5

            self._encode_text = load_t5(_folder(self.choice.text_encoder), self.device)
        return self._encode_text(prompt)

    def free_text_encoder(self) -> None:
        """Frees the text encoder, which is as large as the transformer."""
        if self._encode_text is None:
            return
        self._encode_text = None
        if self.device.type == "cuda":
            torch.cuda.empty_cache()

    @torch.no_grad()
    def encode_motion(self, trajectories: Trajectories, job: Job) -> Tensor:
        """Encodes a job's paths as a motion latent ``[1, 16, T', h, w]``."""
        return encode_motion(self.vae, flow_video(flow_boxes(trajectories, job.mode)), self.grid)

    @torch.no_grad()
    def sample(self, batch: Sequence[Inputs]) -> list[Tensor]:
        """Samples the videos of jobs with the same ``shape``, each ``[T, H, W, 3]`` uint8.

        Each noise comes from its own seed, so a batch gives the same videos as single jobs, up to rounding.
        """
        job, pipeline = batch[0].job, self.pipeline
        shape = self.grid.latent_shape(job.frames, job.video)
        seeds = [torch.Generator().manual_seed(each.job.seed) for each in batch]
        noise = torch.cat([torch.randn(shape, generator=seed) for seed in seeds])
        transformer: Any = pipeline.transformer
        dtype = transformer.dtype
        positive, negative = (
            torch.stack(texts).to(self.device, dtype)
            for texts in ([each.positive for each in batch], [each.negative for each in batch])
        )
        steerings = [self._steer(batch)] if batch[0].motion is not None and job.strength != 0 else []
        latents = pipeline.sample(
            noise.to(self.device, dtype),
            positive,
            negative,
            steerings,
            job.steps,
            job.guidance,
            job.schedule,
            self._encode_images(batch),
        )
        videos = [pipeline.decode(latent[None]) for latent in latents]
        return [(video * 255).round().to(torch.uint8).cpu() for video in videos]

    def _steer(self, batch: Sequence[Inputs]) -> Steering:
        """Computes the modulations of each job's own motion."""
        job, adapter = batch[0].job, self.pipeline.adapter
        window = Window(job.start_percent, job.end_percent)
        motions = [each.motion for each in batch if each.motion is not None]
        if len(motions) == 1:
            return self.pipeline.steering(motions[0], job.strength, window)
        latents = torch.cat(motions).to(self.device, torch.float32)
        dtype = self.pipeline.transformer.dtype
        parts = [Modulation(*(part.to(dtype) for part in each)) for each in adapter(latents)]
        return Steering(KeptModulations(parts), job.strength, window)

    def _encode_images(self, batch: Sequence[Inputs]) -> Tensor | None:
        """Encodes first frames as the condition ``[B, 16, T', h, w]`` of an image-to-video base."""
        if batch[0].image is None:
            return None
        conditions = []
        for each in batch:
            assert each.image is not None
            first = encode_motion(self.vae, each.image[None], self.grid)  # [1, 16, 1, h, w]
            rest = self.grid.latent_frames(each.job.frames) - 1
            conditions.append(torch.cat([first, first.new_zeros(*first.shape[:2], rest, *first.shape[3:])], dim=2))
        return torch.cat(conditions).to(self.device, self.pipeline.transformer.dtype)


def read_image(path: Path, size: Size) -> Tensor:
    """Reads a picture, scaled and cropped to the video, ``[H, W, 3]`` uint8.

    Raises:
        ValueError: the file is no picture.
    """
    import numpy as np
    from PIL import Image, ImageOps

    try:
        with Image.open(path) as picture:
            fitted = ImageOps.fit(ImageOps.exif_transpose(picture).convert("RGB"), size, Image.Resampling.LANCZOS)
    except (OSError, ValueError) as error:
        raise ValueError(f"expected a picture, got {path.name}, which cannot be read: check image") from error
    return torch.from_numpy(np.asarray(fitted).copy())


def _check_files(choice: ModelChoice, device: torch.device) -> ToraSpec:
    """Checks all files without loading weights, and returns the shape of the adapter."""
    from ..transformer import require_base

    if choice.offload and not choice.is_toy and device.type != "cuda":
        raise ValueError("expected a GPU for --offload, got none: leave it out")
    for name, folder in (("--vae", choice.vae), ("--text-encoder", choice.text_encoder)):
        if not choice.is_toy and (folder is None or not (Path(folder) / "config.json").is_file()):
            raise ValueError(f"expected a folder with config.json for {name}, got {folder or 'none'}: check {name}")
    base, source = choice.open_files()
    if source.adapter is None:
        raise ValueError(f"expected a Tora adapter in {source.path}, got none: set --adapter to fuser.safetensors")
    check_fit(source.adapter, require_base(base))
    return source.adapter


def _load_pipeline(choice: ModelChoice, vae: Any, device: torch.device) -> ToraPipeline:
    """Loads base and adapter to the device. The toy is always float32, without offloading and compiling."""
    from ..transformer import load_transformer

    base, source = choice.open_files()
    adapter = load_adapter(source, dtype=torch.float32).to(device)
    if choice.is_toy:
        return ToraPipeline(load_transformer(base, torch.float32).to(device), adapter, vae)
    transformer = load_transformer(base, DTYPES[choice.dtype])
    if choice.offload:
        from diffusers.hooks import apply_group_offloading

        apply_group_offloading(
            transformer, onload_device=device, offload_type="block_level", num_blocks_per_group=1, use_stream=True
        )
    else:
        transformer.to(device)
    if choice.compile:
        for block in transformer.transformer_blocks:
            block.compile()
    return ToraPipeline(transformer, adapter, vae)


def _folder(path: str | None) -> Path | None:
    return Path(path) if path else None
