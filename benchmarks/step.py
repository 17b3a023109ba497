"""Measures a sampling step with motion, against a step without motion and against a plain implementation.

The plain implementation runs every fuser at every step.
"""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from tora_core.cogvideox.positions import TEXT_TOKENS, rotary_embedding
from tora_core.cogvideox.spec import HEAD_DIM
from tora_core.motion.adapter import ToraAdapter, ToraSpec
from tora_core.motion.footprint import TIERS, Tier
from tora_core.steering.injection import MotionInjector, Steering, replace_attribute

from . import naive
from .figure import Figure
from .memory import find_device_peak
from .timing import compute_overheads, time_rounds

GOALS: dict[Tier, str] = {"gpu": "at most 1 %", "cpu": "at most 2 %", "recompute": "at most 4 %"}
GOALS_ON_CPU: dict[Tier, str] = {"gpu": "a quarter of naive", "recompute": "(only if memory is short)"}
BATCH = 2
"""Both guidance branches run in one batch."""


@dataclass(frozen=True)
class Scale:
    """Size of the CogVideoX: the real one on a GPU, few narrow layers and a small picture on a CPU."""

    layers: int
    heads: int
    latent: tuple[int, int, int]
    dtype: torch.dtype
    device: torch.device

    @classmethod
    def for_device(cls, device: torch.device) -> Scale:
        if device.type == "cuda":
            return cls(42, 48, (13, 60, 90), torch.bfloat16, device)
        return cls(2, 8, (13, 30, 44), torch.float32, device)

    @property
    def width(self) -> int:
        return self.heads * HEAD_DIM

    @property
    def text(self) -> str:
        frames, height, width = self.latent
        dtype = str(self.dtype).removeprefix("torch.")
        return f"{self.layers} blocks of {self.width}, {4 * frames - 3}x{8 * height}x{8 * width}, {dtype}"


class Step:
    """One forward pass of both guidance branches, with random weights."""

    def __init__(self, scale: Scale) -> None:
        from diffusers import CogVideoXTransformer3DModel

        torch.manual_seed(0)
        self.scale = scale
        frames, height, width = scale.latent
        with torch.device(scale.device):
            self.transformer: Any = CogVideoXTransformer3DModel(
                num_attention_heads=scale.heads,
                num_layers=scale.layers,
                text_embed_dim=64,
                use_rotary_positional_embeddings=True,
            )
            self.adapter = ToraAdapter(ToraSpec(scale.layers, scale.width))
            for fuser in self.adapter.fuser:
                for parameter in fuser.parameters():
                    torch.nn.init.normal_(parameter, std=0.02)
        if scale.dtype != torch.float32:
            self.transformer.to(scale.dtype)
        self.transformer.eval()
        self.adapter.eval()
        self.latent = torch.randn(BATCH, frames, 16, height, width, device=scale.device, dtype=scale.dtype)
        self.motion = torch.randn(1, 16, frames, height, width, device=scale.device)
        self.context = torch.randn(BATCH, TEXT_TOKENS, 64, device=scale.device, dtype=scale.dtype)
        self.timestep = torch.full((BATCH,), 500, device=scale.device)
        self.rotary = rotary_embedding(height // 2, width // 2, frames, 1, scale.device)

    def forward(self) -> Tensor:
        return self.transformer(self.latent, self.context, self.timestep, image_rotary_emb=self.rotary)[0]

    def run_steered(self, injector: MotionInjector) -> Tensor:
        with injector.inject(self.transformer.transformer_blocks, 0.0):
            return self.forward()

    def create_injector(self, tier: Tier) -> MotionInjector:
        return MotionInjector([Steering(self.adapter.modulations(self.motion, tier, self.scale.dtype))])

    @contextmanager
    def convert_adapter(self) -> Iterator[tuple[list[naive.Fuser], list[Tensor]]]:
        """Converts the adapter to the model's dtype; yields plain fusers, and motion patches for both branches."""
        state = self.adapter.state_dict()
        self.adapter.to(self.scale.dtype)
        patches = self.adapter.traj_extractor(self.motion.to(self.scale.dtype))
        fusers = [naive.Fuser(self.adapter, block) for block in range(self.scale.layers)]
        try:
            yield fusers, [patch.repeat(BATCH, 1, 1, 1) for patch in patches]
        finally:
            self.adapter.float().load_state_dict(state)

    def run_naive(self, fusers: Sequence[naive.Fuser], patches: Sequence[Tensor]) -> Tensor:
        """Runs a forward pass in which each block computes its fuser again."""
        with ExitStack() as stack:
            for block, fuser, patch in zip(self.transformer.transformer_blocks, fusers, patches, strict=True):
                norm1 = block.norm1

                def forward(*inputs: Tensor, norm1=norm1.forward, fuser=fuser, patch=patch) -> tuple[Tensor, ...]:
                    hidden, *rest = norm1(*inputs)
                    return (fuser(hidden, patch), *rest)

                stack.enter_context(replace_attribute(norm1, "forward", forward))
            return self.forward()


@torch.inference_mode()
def measure(quick: bool) -> Iterator[Figure]:
    """Measures time and memory of each tier. ``quick`` repeats less often."""
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    step, repeats = Step(Scale.for_device(device)), 3 if quick else 15
    on_gpu = device.type == "cuda"
    # On a GPU only one tier at a time, because all tiers together do not fit.
    injectors = {tier: step.create_injector(tier) for tier in (TIERS[:1] if on_gpu else ("gpu", "recompute"))}
    with step.convert_adapter() as (fusers, patches):
        ways = {"base": step.forward, "naive": lambda: step.run_naive(fusers, patches)}
        ways |= {tier: lambda injector=injector: step.run_steered(injector) for tier, injector in injectors.items()}
        times = time_rounds(ways, repeats, device)
    plain = compute_overheads(times)["naive"]
    yield from _compare_tiers(times, plain, injectors, step.scale)
    for tier in TIERS[1:] if on_gpu else ():
        for each in injectors.values():
            each.close()
        injectors = {tier: step.create_injector(tier)}
        ways = {"base": step.forward, tier: lambda injector=injectors[tier]: step.run_steered(injector)}
        yield from _compare_tiers(time_rounds(ways, repeats, device), plain, injectors, step.scale)
    for each in injectors.values():
        each.close()
    if not on_gpu:
        yield Figure("step with motion, tier cpu", None, goal=GOALS["cpu"], reached="needs a GPU")
    yield from _compare_memory(step)


def _compare_tiers(
    times: dict[str, list[float]], plain: float, tiers: Iterable[Tier], scale: Scale
) -> Iterator[Figure]:
    """Compares the times of tiers. ``plain`` is the time of the plain implementation beyond the base."""
    base = statistics.median(times["base"])
    more = compute_overheads(times)
    for tier in tiers:
        yield Figure(
            f"step with motion, tier {tier}: {scale.text}",
            base + more[tier],
            base + plain,
            base,
            goal=GOALS[tier] if scale.device.type == "cuda" else GOALS_ON_CPU[tier],
            reached=f"{more[tier] / base:+.1%} against {plain / base:+.1%} naive: {more[tier] / plain:.2f} of naive",
        )


def _compare_memory(step: Step) -> Iterator[Figure]:
    """Measures the memory that motion adds to the peak of a step on a GPU. Plain fusers stay on the GPU."""
    device = step.scale.device
    for tier in TIERS[1:]:
        name, goal = f"extra device memory, tier {tier}: {step.scale.text}", "at most 0.6 GB"
        if device.type != "cuda":
            yield Figure(name, None, unit="GB", goal=goal, reached="needs a GPU")
            continue
        step.adapter.cpu()
        base = find_device_peak(step.forward, device)

        def run(tier: Tier = tier) -> None:
            injector = step.create_injector(tier)
            step.run_steered(injector)
            injector.close()

        more = find_device_peak(run, device) - base
        step.adapter.to(device)
        with step.convert_adapter() as (fusers, patches):
            fusers_gb = sum(tensor.nbytes for fuser in fusers for tensor in fuser.state_dict().values()) / 1e9
            naive_more = fusers_gb + find_device_peak(lambda: step.run_naive(fusers, patches), device) - base
        yield Figure(name, more, naive_more, unit="GB", goal=goal, reached=f"{more:.2f} GB")
