"""Trains the toy's base and adapter together, after the stages of the adapter.

A frozen base holds the adapter back: at the highest noise, the adapter alone leaves three times the error of both
trained together. The base gets more blocks here, and a part of each batch has no motion, so that it stays a base.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor, nn

from tora_core.motion.adapter import ToraAdapter

from ..data.cache import ClipCache
from ..data.moving import weigh_moving
from ..media.files import write_whole
from ..train.fusion import AdaptiveNorm, calibrate_batch_norms, fuse_motion
from ..train.objective import VelocityObjective
from ..transformer import predict_velocity

BATCH = 48
_PLAIN = 0.25
"""Share of a batch without motion."""
FIRST_MOTIONS = 64
"""Motions that the batch norm statistics of new layers are measured on."""
_LEARNING_RATE, _WARM_UP, _DECAY = 1.5e-3, 300, 0.3
"""Peak of the learning rate, steps in which it rises, and share of the steps at the end in which it falls to 0."""
_TEXT_DROPOUT = 0.1
_HIGH_NOISE = 0.5
"""Share of the timesteps that are drawn in proportion to their noise. The others are drawn evenly."""
_MOTION_WEIGHT = 3.0
_AVERAGE_DECAY = 0.999
_SAVE_EVERY, _LOG_EVERY = 250, 10
_KEYS = "latent", "context", "motion_sparse"


class JointClips(NamedTuple):
    """Encoded clips in memory.

    Args:
        latents: ``[N, 16, T', h, w]``.
        contexts: text features ``[N, L, D]``.
        motions: motion latents of several draws, ``[N, draws, 16, T', h, w]``.
        weights: weight of each place in the loss, ``[N, 1, T', h, w]``.
        unconditional: text features of the empty caption, ``[L, D]``.
    """

    latents: Tensor
    contexts: Tensor
    motions: Tensor
    weights: Tensor
    unconditional: Tensor


def read_joint_clips(cache: ClipCache) -> JointClips:
    """Reads all clips of a cache."""
    clips = [cache.read(name) for name in cache.names]
    weights = [weigh_moving(cache.get_moving(clip), _MOTION_WEIGHT).half() for clip in clips]
    latents, contexts, motions = (torch.stack([clip[key] for clip in clips]) for key in _KEYS)
    return JointClips(latents, contexts, motions, torch.stack(weights), cache.read_unconditional())


def add_blocks(transformer: Any, blocks: int) -> Any:
    """Copies a transformer and adds copies of its last block with closed gates, so that its result stays the same."""
    grown = copy.deepcopy(transformer)
    for _ in range(blocks - len(grown.transformer_blocks)):
        block = copy.deepcopy(grown.transformer_blocks[-1])
        for linear in (block.norm1.linear, block.norm2.linear):
            nn.init.zeros_(linear.weight)
            nn.init.zeros_(linear.bias)
        grown.transformer_blocks.append(block)
    grown.register_to_config(num_layers=blocks)
    return grown


def add_fusers(adapter: ToraAdapter, blocks: int, motions: Tensor | None, seed: int) -> AdaptiveNorm:
    """Copies an adapter and adds new layers for more blocks. New layers do not change the base.

    Args:
        adapter: a trained adapter.
        blocks: blocks of the base to steer.
        motions: motion latents ``[N, 16, T', h, w]`` to measure the batch norm statistics on. None keeps them.
        seed: seed of the new layers.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        grown = AdaptiveNorm(replace(adapter.spec, layers=blocks))
    grown.load_state_dict(grown.state_dict() | adapter.state_dict())
    if motions is not None:
        calibrate_batch_norms(grown, motions)
    return grown.eval()


class Steered(nn.Module):
    """A base and its adapter, as one module to train."""

    def __init__(self, transformer: Any, adapter: AdaptiveNorm) -> None:
        super().__init__()
        self.transformer, self.adapter = transformer.train(), adapter.eval()
        self.requires_grad_(True)

    def forward(self, noisy: Tensor, context: Tensor, timestep: Tensor, motion: Tensor, steered: Tensor) -> Tensor:
        """Predicts velocities ``[B, 16, T', h, w]``. ``steered`` ``[B]`` says which clips get their motion."""
        mask = steered[:, None, None, None]
        conditions = [each._replace(gamma=each.gamma * mask, beta=each.beta * mask) for each in self.adapter(motion)]
        with fuse_motion(self.adapter, conditions, self.transformer):
            return predict_velocity(self.transformer, noisy, context, timestep)


def train_jointly(
    model: Steered,
    clips: JointClips,
    steps: int,
    seed: int,
    state: Path,
    progress: Callable[[int, float], object] | None = None,
) -> list[dict[str, float]]:
    """Trains base and adapter, and leaves their averaged weights in them.

    An interrupted training continues from ``state`` with the same result.

    Args:
        model: what to train.
        clips: what to train on.
        steps: training steps.
        seed: seed of clips, noise, timesteps and motions.
        state: file for the state of the training.
        progress: called with the step and the loss.

    Returns:
        Losses by step, as in the log of ``tora_lab.train``.
    """
    from diffusers.training_utils import EMAModel

    parameters = list(model.parameters())
    optimizer = torch.optim.AdamW(parameters, _LEARNING_RATE, betas=(0.9, 0.95), weight_decay=1e-4, fused=True)
    average = EMAModel(parameters, decay=_AVERAGE_DECAY, use_ema_warmup=True, power=0.75)
    objective = VelocityObjective()
    begin, log, recent = 0, [], []
    if state.is_file():
        saved = torch.load(state, weights_only=True)
        model.load_state_dict(saved["model"])
        optimizer.load_state_dict(saved["optimizer"])
        average.optimization_step, average.shadow_params = saved["average_step"], saved["average"]
        begin, log = saved["step"], saved["log"]
    for step in range(begin, steps):
        for group in optimizer.param_groups:
            group["lr"] = _LEARNING_RATE * min(1, (step + 1) / _WARM_UP, (steps - step) / (_DECAY * steps))
        loss = _compute_loss(model, clips, objective, np.random.default_rng((seed, step)))
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(parameters, 1.0)
        optimizer.step()
        average.step(parameters)
        recent.append(loss.item())
        if progress is not None:
            progress(step, recent[-1])
        if (step + 1) % _LOG_EVERY == 0:
            log.append({"step": step + 1, "loss": sum(recent) / len(recent)})
            recent = []
        if (step + 1) % _SAVE_EVERY == 0 or step + 1 == steps:
            saved = {
                "model": model.state_dict(),
                "optimizer": optimizer.state_dict(),
                "average": average.shadow_params,
                "average_step": average.optimization_step,
                "step": step + 1,
                "log": log,
            }
            write_whole(state, partial(torch.save, saved))
    average.copy_to(parameters)
    return log


def _compute_loss(
    model: Steered, clips: JointClips, objective: VelocityObjective, random: np.random.Generator
) -> Tensor:
    """Draws a batch and computes its loss."""
    chosen = torch.from_numpy(random.integers(len(clips.latents), size=BATCH))
    latent = clips.latents[chosen].float()
    motion = clips.motions[chosen, torch.from_numpy(random.integers(clips.motions.shape[1], size=BATCH))].float()
    context = clips.contexts[chosen].float()
    context[torch.from_numpy(random.random(BATCH) < _TEXT_DROPOUT)] = clips.unconditional.float()
    noise = torch.from_numpy(random.standard_normal(latent.shape, dtype=np.float32))
    timestep = torch.from_numpy(_draw_timesteps(random))
    steered = torch.from_numpy(random.permutation(BATCH) >= _PLAIN * BATCH).float()
    with torch.autocast("cpu", dtype=torch.bfloat16):
        velocity = model(objective.add_noise(latent, noise, timestep), context, timestep, motion, steered)
    return objective.compute_loss(velocity, latent, noise, timestep, clips.weights[chosen].float())


def _draw_timesteps(random: np.random.Generator) -> np.ndarray:
    """Draws a timestep per clip, 0..999, each from its own part of the range."""
    even = (random.permutation(BATCH) + random.random(BATCH)) / BATCH
    high = np.sqrt(even)  # density in proportion to the timestep
    return (np.where(random.random(BATCH) < _HIGH_NOISE, high, even) * 1000).astype(np.int64).clip(0, 999)
