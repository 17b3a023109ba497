"""Measures a run at the real size in ComfyUI: CogVideoX-5B, VAE and adapter with random weights.

The files take 12.9 GB in ``runs/full_size`` and are written once. On a CPU the video is 9 frames of 96x64, and only
memory counts. Each type of weights runs in a process of its own. Memory includes pages of the mapped files.
"""

from __future__ import annotations

import itertools
import json
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

import torch

from tora_core.cogvideox.latents import COGVIDEOX_1_0
from tora_core.cogvideox.positions import TEXT_TOKENS
from tora_core.motion.footprint import TIERS, Tier
from tora_core.video import Size

from .checkpoint import TEXT_CHANNELS, Files, is_written, write_checkpoint
from .figure import Figure
from .host import PACK, find_comfyui, import_pack
from .memory import clear_resident_peak, read_resident_peak
from .timing import synchronize

DTYPES = ("bf16", "fp8_e4m3fn")
FOLDER = PACK / "runs" / "full_size"
NEEDED_GB = 12.9
_GUIDANCE = 6.0
_WARM_STEPS = 1


def measure(quick: bool) -> Iterator[Figure]:
    """Measures each type of weights. ``quick`` samples fewer steps."""
    if find_comfyui() is None:
        raise SystemExit(
            "expected ComfyUI at COMFYUI_PATH, two folders up or ~/comfy/ComfyUI, found none: set the path"
        )
    FOLDER.mkdir(parents=True, exist_ok=True)
    if not is_written(FOLDER):
        free_gb = shutil.disk_usage(FOLDER).free / 1e9
        if free_gb < NEEDED_GB + 1:
            raise SystemExit(f"expected {NEEDED_GB + 1} GB of free disk for {FOLDER}, got {free_gb:.1f} GB: make room")
        sys.stderr.write(f"writes {NEEDED_GB} GB to {FOLDER}\n")
        write_checkpoint(FOLDER)
    steps = (3 if quick else 6) if torch.cuda.is_available() else _WARM_STEPS + 1
    for dtype in DTYPES:
        command = [sys.executable, "-m", "benchmarks.full_size", dtype, str(steps)]
        done = subprocess.run(command, cwd=PACK, stdout=subprocess.PIPE, text=True, check=True)
        for facts in json.loads(done.stdout.splitlines()[-1]):
            yield Figure(**facts)


class FullSize:
    """The models in ComfyUI, and random inputs for one video.

    Args:
        files: the checkpoint.
        weight_dtype: type of the base's weights, as in Tora Load CogVideoX.
    """

    def __init__(self, files: Files, weight_dtype: str) -> None:
        import tempfile

        comfyui = find_comfyui()
        assert comfyui is not None
        self.on_gpu = torch.cuda.is_available()
        self.pack = import_pack(comfyui, Path(tempfile.mkdtemp()), cpu=not self.on_gpu)
        self.model = self.pack.loading.load_cogvideox(files.base, weight_dtype)[0]
        self.tora = self.pack.loading.load_tora_model(files.adapter, "random")
        self.device: torch.device = self.model.load_device
        frames, size = (COGVIDEOX_1_0.trained_frames, COGVIDEOX_1_0.trained_size) if self.on_gpu else (9, Size(96, 64))
        self.text = f"{weight_dtype}, {frames}x{size.height}x{size.width}"
        self._files = files
        torch.manual_seed(0)
        shape = COGVIDEOX_1_0.latent_shape(frames, size)
        self._noise, latent = torch.randn(shape), torch.randn(shape)
        self._texts = torch.randn(2, 1, TEXT_TOKENS, TEXT_CHANNELS)
        self.motion = self.pack.sockets.ToraMotion(latent, self.tora, frames, size)

    def encode_motion(self) -> None:
        """Encodes a random flow video with the host's VAE."""
        import comfy.sd
        from safetensors.torch import load_file

        vae = comfy.sd.VAE(sd=load_file(self._files.vae))
        video = torch.rand(self.motion.frames, self.motion.size.height, self.motion.size.width, 3)
        self.pack.encoding.encode_motion(vae, video, self.tora.spec.grid, False)

    def evaluate_motion(self, tier: Tier) -> None:
        """Evaluates the 42 fusers and frees the result."""
        tiers = self.pack.part("nodes.host.tiers")
        with torch.inference_mode():
            _, modulations = tiers.keep(tier, self.model, self.motion.adapter, self.motion.latent, sys.stderr.write)
            synchronize(self.device)
            modulations.close()

    def sample(self, tier: Tier | None, steps: int, seconds: list[float]) -> None:
        """Samples with the stock sampler. Appends the seconds of each step; the first one includes preparing."""
        import comfy.sample

        model = (
            self.model
            if tier is None
            else self.pack.steering.apply_motion(self.model, self.motion, 1.0, 0.0, 1.0, tier=tier)
        )
        positive, negative = ([[text, {}]] for text in self._texts)
        ends = [time.perf_counter()]

        def end_step(*_: Any) -> None:
            synchronize(self.device)
            ends.append(time.perf_counter())

        comfy.sample.sample(
            model, self._noise, steps, _GUIDANCE, "ddim", "simple", positive, negative,
            torch.zeros_like(self._noise), callback=end_step, disable_pbar=True, seed=0,
        )  # fmt: skip
        seconds += [stop - start for start, stop in itertools.pairwise(ends)]


def measure_dtype(weight_dtype: str, steps: int) -> Iterator[Figure]:
    """Measures one type of weights in this process."""
    start = time.perf_counter()
    full = FullSize(Files.inside(FOLDER), weight_dtype)
    yield Figure(f"load base and adapter, {full.text}", time.perf_counter() - start, unit="s")
    yield from _measure(full, "encode the motion", full.encode_motion)
    for tier in TIERS:
        full.evaluate_motion(tier)  # warm
        yield from _measure(full, f"evaluate 42 fusers, tier {tier}", partial(full.evaluate_motion, tier))
    base: float | None = None
    for mode in (None, *TIERS):
        name = "without motion" if mode is None else f"with motion, tier {mode}"
        found: list[float] = []
        peaks = list(_measure(full, name, partial(full.sample, mode, steps, found)))
        seconds = statistics.median(found[_WARM_STEPS:])
        base = seconds if mode is None else base
        assert base is not None
        if full.on_gpu:
            yield Figure(f"first step {name}, {full.text}", found[0], unit="s")
            reached = "" if mode is None else f"{seconds / base - 1:+.1%}"
            yield Figure(f"step {name}, {full.text}", seconds, base=base, unit="s", reached=reached)
        yield from peaks[1:]


def _measure(full: FullSize, name: str, run: Callable[[], object]) -> Iterator[Figure]:
    """Runs once. Gives the time, and the peaks of GPU and of system RAM of this process."""
    if full.on_gpu:
        torch.cuda.empty_cache()
        torch.cuda.reset_peak_memory_stats(full.device)
    clear_resident_peak()
    synchronize(full.device)
    start = time.perf_counter()
    run()
    synchronize(full.device)
    yield Figure(f"{name}, {full.text}", time.perf_counter() - start, unit="s")
    if full.on_gpu:
        yield Figure(f"GPU peak: {name}, {full.text}", torch.cuda.max_memory_allocated(full.device) / 1e9, unit="GB")
    yield Figure(f"RAM peak: {name}, {full.text}", read_resident_peak(), unit="GB")


if __name__ == "__main__":
    weight_dtype, steps = sys.argv[1], int(sys.argv[2])
    with torch.no_grad():
        sys.stdout.write(json.dumps([asdict(figure) for figure in measure_dtype(weight_dtype, steps)]) + "\n")
