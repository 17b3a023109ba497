"""Applies motions to a MODEL: prepared once a sampling run, injected at every step, gone when the run ends."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import comfy.model_management
import torch
from comfy.model_patcher import ModelPatcher
from comfy.patcher_extension import WrappersMP
from torch import Tensor

from ...tora_core.model.checkpoint import check_fit
from ...tora_core.model.injection import MotionInjector, Steering, Window, sampling_progress
from ...tora_core.motion.fuser import Modulation
from ...tora_core.motion.motion_vae import SPATIAL_COMPRESSION, TEMPORAL_COMPRESSION
from ..sockets import ToraMotion
from . import base
from .memory import Progress

logger = logging.getLogger(__name__)

MOTION_KEY = "tora_motion"


@dataclass(frozen=True)
class AppliedMotion:
    """One Tora Apply."""

    motion: ToraMotion
    strength: float
    window: Window


@dataclass(frozen=True)
class SamplingRun:
    """What one sampling run keeps, by transformer: each GPU's copy of the model has an entry of its own.

    It lives in the run's own transformer options, so it is gone when the run ends, however it ends.
    """

    injectors: dict[int, MotionInjector]


def apply_motion(
    patcher: ModelPatcher,
    motion: ToraMotion,
    strength: float,
    start_percent: float,
    end_percent: float,
    use_table: bool | None = None,
    say: Callable[[str], None] = logger.warning,
) -> ModelPatcher:
    """A clone of MODEL that is made right and steered; motions of an earlier Tora Apply stay and add up.

    Args:
        patcher: a CogVideoX MODEL.
        motion: made with an adapter for this MODEL.
        strength: 0 is the MODEL without motion.
        start_percent: when in sampling the motion begins to act, 0..1.
        end_percent: when it ends, 0..1.
        use_table: add the learned positions of an image-to-video model; None leaves it as the MODEL has it.
        say: takes what the user should know but need not stop for.

    Raises:
        ValueError: no CogVideoX, or not the one the adapter was trained on.
    """
    spec = base.base_spec(patcher)
    check_fit(motion.model.spec, spec)
    if motion.model.spec.task not in (None, spec.task):
        say(
            f"{motion.model.name} is a {motion.model.spec.task} adapter and the MODEL is {spec.task}: it runs, "
            "but it was not trained for it"
        )
    clone = base.make_right(patcher, use_table)
    applied = AppliedMotion(motion, strength, Window(start_percent, end_percent))
    if not applied.window.is_open and strength != 0:
        say(f"start_percent {start_percent:g} is not before end_percent {end_percent:g}: the motion never acts")
    motions: tuple[AppliedMotion, ...] = (*(clone.get_attachment(MOTION_KEY) or ()), applied)
    clone.set_attachments(MOTION_KEY, motions)
    adapters = {each.motion.model.patcher.clone_base_uuid: each.motion.model.patcher for each in motions}
    clone.set_additional_models(MOTION_KEY, list(adapters.values()))
    for kind, wrapper in _WRAPPERS.items():
        clone.remove_wrappers_with_key(kind, MOTION_KEY)
        clone.add_wrapper_with_key(kind, MOTION_KEY, wrapper)
    return clone


def _outer_sample(executor: Any, noise: Tensor, *args: Any, **kwargs: Any) -> Any:
    """Refuses a motion that does not fit the latent before anything is loaded.

    Here, and not where sampling is prepared: context windows tell the latter the shape of one window.
    """
    for applied in executor.class_obj.model_patcher.get_attachment(MOTION_KEY):
        _check_size(applied.motion, tuple(noise.shape))
    return executor(noise, *args, **kwargs)


def _prepare_sampling(
    executor: Any, model: ModelPatcher, noise_shape: Any, conds: Any, model_options: dict[str, Any], **kwargs: Any
) -> Any:
    """Evaluates the motions on each GPU that takes part, once the host has loaded what is needed."""
    prepared = executor(model, noise_shape, conds, model_options=model_options, **kwargs)
    motions: tuple[AppliedMotion, ...] = model.get_attachment(MOTION_KEY)
    copies = [model, *(each for each in prepared[2] if each.is_multigpu_base_clone)]
    # Two conditions of this batch are the most that the host runs at once on one device.
    shape = [2 * noise_shape[0], *noise_shape[1:]]
    injectors = {
        id(base.transformer_of(copy.model)): MotionInjector(_steerings(copy, motions, shape)) for copy in copies
    }
    model_options.setdefault("transformer_options", {})[MOTION_KEY] = SamplingRun(injectors)
    return prepared


def _apply_model(
    executor: Any,
    x: Tensor,
    sigma: Tensor,
    c_concat: Any = None,
    c_crossattn: Any = None,
    control: Any = None,
    transformer_options: dict[str, Any] | None = None,
    **kwargs: Any,
) -> Tensor:
    """One step: injects the motions that act at this sigma, and in a context window only its frames."""
    options = transformer_options or {}
    model = executor.class_obj
    transformer = base.transformer_of(model)
    run: SamplingRun | None = options.get(MOTION_KEY)
    if run is None or id(transformer) not in run.injectors:
        raise RuntimeError(
            "Tora Apply: no motion was prepared for this model: it was run without ComfyUI's sampling preparation, or "
            "as the second of two models in one guider; give both sides of the guider the same base model"
        )
    progress = sampling_progress(float(model.model_sampling.timestep(sigma[:1])))
    frames = _frames_of(options.get("context_window"), transformer.patch_size_t or 1)
    with run.injectors[id(transformer)].attached(transformer.blocks, progress, frames):
        return executor(x, sigma, c_concat, c_crossattn, control, options, **kwargs)


def _steerings(copy: ModelPatcher, motions: tuple[AppliedMotion, ...], shape: list[int]) -> list[Steering]:
    """Runs extractor and fusers of each motion once, on the device of this copy of the model."""
    adapters = {each.clone_base_uuid: each.model for each in copy.get_additional_models_with_key(MOTION_KEY)}
    steerings = []
    for applied in motions:
        if applied.strength == 0 or not applied.window.is_open:
            continue
        # In float32, whatever the weights are kept in: the host's operations cast them, and it happens once a run.
        latent = applied.motion.latent.to(copy.load_device, torch.float32)
        modulations: list[Modulation] = adapters[applied.motion.model.patcher.clone_base_uuid].modulations(
            latent, copy.model.get_dtype_inference(), _where_it_fits(copy, applied.motion, shape), Progress()
        )
        steerings.append(Steering(modulations, applied.strength, applied.window))
    return steerings


def _where_it_fits(copy: ModelPatcher, motion: ToraMotion, shape: list[int]) -> torch.device:
    """The model's device, or host memory where gamma and beta of all blocks would not leave room to sample."""
    spec = motion.model.spec
    _, _, frames, height, width = motion.latent.shape
    tokens = -(-frames // spec.patch_size_t) * height * width // spec.patch_size**2
    required = 2 * spec.layers * tokens * spec.width * copy.model.get_dtype_inference().itemsize
    sampling = copy.model.memory_required(shape) + comfy.model_management.minimum_inference_memory()
    fits = required + sampling < copy.get_free_memory(copy.load_device)
    return copy.load_device if fits else copy.offload_device


def _check_size(motion: ToraMotion, noise_shape: tuple[int, ...]) -> None:
    if len(noise_shape) == 5 and noise_shape[2:] == motion.latent.shape[2:]:
        return
    got = str(noise_shape)
    if len(noise_shape) == 5:
        _, _, frames, height, width = noise_shape
        got = (
            f"{TEMPORAL_COMPRESSION * (frames - 1) + 1} frames of "
            f"{width * SPATIAL_COMPRESSION}x{height * SPATIAL_COMPRESSION}"
        )
    raise ValueError(
        f"the motion is {motion.frames} frames of {motion.size}, the latent is {got}: "
        "give both the same frames, width and height"
    )


def _frames_of(window: Any, patch_size_t: int) -> list[int] | None:
    """The frames of tokens that a context window holds, as the host itself slices; None where all are there."""
    if window is None or window.dim != base.TIME_DIM:
        return None
    indices = window.get_tensor(torch.arange(window.total_frames), dim=0).tolist()
    return [index // patch_size_t for index in indices[::patch_size_t]]


_WRAPPERS = {
    WrappersMP.OUTER_SAMPLE: _outer_sample,
    WrappersMP.PREPARE_SAMPLING: _prepare_sampling,
    WrappersMP.APPLY_MODEL: _apply_model,
}
