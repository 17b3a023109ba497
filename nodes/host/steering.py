"""Applies motions to a MODEL: evaluated once per sampling run, injected at every step, freed at the end of the run."""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack, nullcontext
from dataclasses import dataclass
from typing import Any

import comfy.model_management
import torch
from comfy.model_patcher import ModelPatcher
from comfy.patcher_extension import WrappersMP
from torch import Tensor

from ...tora_core.checkpoints.layouts import check_fit
from ...tora_core.cogvideox.schedule import sampling_progress
from ...tora_core.evaluation.preview import PreviewClip
from ...tora_core.motion.footprint import TIERS, Tier
from ...tora_core.paths.trajectories import Trajectories
from ...tora_core.steering.injection import MotionInjector, Steering, Window
from . import base
from .device import is_out_of_memory, pause_recording
from .preview import Callback, PreviewChoice, show_previews
from .sockets import ToraMotion
from .tiers import TierChoice, choose_tier, keep, next_tier

logger = logging.getLogger(__name__)

MOTION_KEY = "tora_motion"
_CALLBACK = 4
"""Place of the callback among the sampler's arguments ``latent_image, sampler, sigmas, denoise_mask, callback, …``."""


@dataclass(frozen=True)
class AppliedMotion:
    """Settings of one Tora Apply node."""

    motion: ToraMotion
    strength: float
    window: Window
    tier: TierChoice
    say: Callable[[str], None]
    preview: PreviewChoice = "moving"
    paths: Trajectories | None = None


class SteeredCopy:
    """Motions of one run on one copy of the model. If memory runs out, they switch to the next tier.

    Args:
        copy: the copy of the model; each GPU has its own.
        motions: the applied motions.
        shape: shape of the largest batch that the host samples at once.
    """

    def __init__(self, copy: ModelPatcher, motions: tuple[AppliedMotion, ...], shape: list[int]) -> None:
        self._copy = copy
        self._motions = [each for each in motions if each.strength != 0 and each.window.is_open]
        self._steerings: list[Steering] = []
        self._tiers: list[Tier] = []
        self.injector = MotionInjector(())
        try:
            for each in self._motions:
                self._keep(each, choose_tier(each.tier, copy, each.motion.adapter, each.motion.latent, shape))
        except BaseException:  # also after an interrupt
            self.close()
            raise

    def step_down(self) -> bool:
        """Moves the motions of the largest tier to the next one. Returns False if all are in the last tier."""
        held = min(self._tiers, key=TIERS.index, default=TIERS[-1])
        following = next_tier(held)
        if following is None:
            return False
        wanted = [following if tier == held else tier for tier in self._tiers]
        self.close()
        comfy.model_management.soft_empty_cache()
        for each, tier in zip(self._motions, wanted, strict=True):
            if tier == following:
                each.say(f"out of memory while sampling: the memory mode changes from {held!r} to {following!r}")
            self._keep(each, tier)
        return True

    def close(self) -> None:
        """Frees the memory of all motions."""
        self.injector.close()
        self._steerings, self._tiers = [], []

    def _keep(self, applied: AppliedMotion, tier: Tier) -> None:
        tier, modulations = keep(tier, self._copy, applied.motion.adapter, applied.motion.latent, applied.say)
        self._tiers.append(tier)
        self._steerings.append(Steering(modulations, applied.strength, applied.window))
        self.injector = MotionInjector(self._steerings, pause_recording)


@dataclass(frozen=True)
class SamplingRun:
    """State of one sampling run per transformer, stored in the run's own transformer options."""

    copies: dict[int, SteeredCopy]

    def close(self) -> None:
        """Frees the memory of all copies."""
        with ExitStack() as stack:  # closes all, even if one fails
            for copy in self.copies.values():
                stack.callback(copy.close)


def apply_motion(
    patcher: ModelPatcher,
    motion: ToraMotion,
    strength: float,
    start_percent: float,
    end_percent: float,
    use_table: bool | None = None,
    say: Callable[[str], None] = logger.warning,
    tier: TierChoice = "auto",
    preview: PreviewChoice = "moving",
    paths: Trajectories | None = None,
) -> ModelPatcher:
    """Returns a corrected, steered clone of a MODEL. Motions of an earlier Tora Apply stay, and add up.

    Args:
        patcher: a CogVideoX MODEL.
        motion: a motion for this MODEL's adapter.
        strength: 0 gives the MODEL without motion.
        start_percent: sampling percent at which the motion starts to act, 0..1.
        end_percent: sampling percent at which it stops, 0..1.
        use_table: add the learned positions of an image-to-video model. None keeps the MODEL's choice.
        say: shows a notice to the user, now and while sampling.
        tier: where the motion is stored between steps.
        preview: how the video is shown while it is sampled. The last Tora Apply decides.
        paths: drawn over the moving preview, for a video of the motion's size.

    Raises:
        ValueError: the MODEL is not the CogVideoX that the adapter was trained on.
    """
    spec = base.read_base_spec(patcher)
    check_fit(motion.model.spec, spec)
    if motion.model.spec.task not in (None, spec.task):
        say(
            f"{motion.model.name} is a {motion.model.spec.task} adapter and the MODEL is {spec.task}: sampling runs, "
            "but results may be poor; load the adapter for this MODEL"
        )
    clone = base.correct_base(patcher, use_table, say)
    applied = AppliedMotion(motion, strength, Window(start_percent, end_percent), tier, say, preview, paths)
    if strength == 0:
        say("strength is 0: the motion has no effect")
    elif not applied.window.is_open:
        say(f"start_percent {start_percent:g} is not before end_percent {end_percent:g}: the motion never acts")
    motions: tuple[AppliedMotion, ...] = (*(clone.get_attachment(MOTION_KEY) or ()), applied)
    clone.set_attachments(MOTION_KEY, motions)
    for kind, wrapper in _WRAPPERS.items():
        clone.remove_wrappers_with_key(kind, MOTION_KEY)
        clone.add_wrapper_with_key(kind, MOTION_KEY, wrapper)
    return clone


def _outer_sample(executor: Any, noise: Tensor, *args: Any, **kwargs: Any) -> Any:
    """Checks that each motion fits the latent before anything is loaded, and frees the motions afterwards.

    The check is here and not in ``_prepare_sampling``, because context windows pass the shape of one window there.
    """
    guider = executor.class_obj
    motions: tuple[AppliedMotion, ...] = guider.model_patcher.get_attachment(MOTION_KEY)
    for applied in motions:
        _check_size(applied.motion, tuple(noise.shape))
        sampling = guider.model_patcher.get_model_object("model_sampling")
        steps = [sampling_progress(float(sampling.timestep(sigma))) for sigma in _sigmas(args, kwargs)[:-1]]
        if steps and applied.strength != 0 and applied.window.is_open and not any(map(applied.window.contains, steps)):
            places = ", ".join(f"{step:.2f}" for step in steps[:12])
            applied.say(
                f"no step lies between start_percent {applied.window.start:g} and end_percent {applied.window.end:g}: "
                f"the motion never acts. The {len(steps)} steps are at {places}"
            )
    callback = kwargs.get("callback", next(iter(args[_CALLBACK:]), None))
    try:
        with _show_previews(guider.model_patcher, motions, callback) as shown:
            if len(args) > _CALLBACK:
                args = (*args[:_CALLBACK], shown, *args[_CALLBACK + 1 :])
            else:
                kwargs["callback"] = shown
            return executor(noise, *args, **kwargs)
    finally:
        run: SamplingRun | None = guider.model_options.get("transformer_options", {}).pop(MOTION_KEY, None)
        if run is not None:
            run.close()


def _show_previews(
    model: ModelPatcher, motions: tuple[AppliedMotion, ...], callback: Callback | None
) -> AbstractContextManager[Callback | None]:
    """Gives the callback that shows the video of these motions, with the paths of all."""
    *_, last = motions
    if last.motion.colours is None:
        return nullcontext(callback)
    paths = tuple(each.paths for each in motions if each.paths is not None)
    clip = PreviewClip(last.motion.size, paths, last.motion.model.spec.grid)
    return show_previews(last.preview, model, last.motion.colours, clip, callback)


def _sigmas(args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Finds the sigmas among the sampler's arguments ``latent_image, sampler, sigmas, …``."""
    return kwargs["sigmas"] if "sigmas" in kwargs else args[2]


def _prepare_sampling(
    executor: Any, model: ModelPatcher, noise_shape: Any, conds: Any, model_options: dict[str, Any], **kwargs: Any
) -> Any:
    """Evaluates the motions on each GPU that is used, after the host has loaded the models."""
    prepared = executor(model, noise_shape, conds, model_options=model_options, **kwargs)
    motions: tuple[AppliedMotion, ...] = model.get_attachment(MOTION_KEY)
    # ComfyUI 0.22 has no copies of a MODEL for several GPUs.
    copies = [model, *(each for each in prepared[2] if getattr(each, "is_multigpu_base_clone", False))]
    # The host runs at most two conditions of this batch at once on one device.
    shape = [2 * noise_shape[0], *noise_shape[1:]]
    run = model_options.setdefault("transformer_options", {})[MOTION_KEY] = SamplingRun({})
    for copy in copies:
        run.copies[id(base.transformer_of(copy.model))] = SteeredCopy(copy, motions, shape)
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
    """Runs one step with the motions that act at this sigma; in a context window only with its frames."""
    options = transformer_options or {}
    model = executor.class_obj
    transformer = base.transformer_of(model)
    run: SamplingRun | None = options.get(MOTION_KEY)
    if run is None or id(transformer) not in run.copies:
        raise RuntimeError(
            "Tora Apply: expected a motion prepared for this model, got none: use one of ComfyUI's samplers, and give "
            "both sides of a guider with two models the same base model"
        )
    frames = _frames_of(options.get("context_window"), transformer.patch_size_t or 1)
    copy = run.copies[id(transformer)]
    # A GPU is asked for the percent only if it matters, because the CPU has to wait for the answer.
    progress = sampling_progress(float(model.model_sampling.timestep(sigma[:1]))) if copy.injector.changes else 0.0
    while True:
        try:
            with copy.injector.inject(transformer.blocks, progress, frames):
                return executor(x, sigma, c_concat, c_crossattn, control, options, **kwargs)
        except RuntimeError as error:
            if not is_out_of_memory(error):
                raise
            ran_out = error.with_traceback(None)  # the traceback keeps the memory of the failed attempt,
            ran_out.__context__ = None  # and so does the error of an earlier attempt
        if not copy.step_down():
            raise ran_out


def _check_size(motion: ToraMotion, noise_shape: tuple[int, ...]) -> None:
    if len(noise_shape) == 5 and noise_shape[2:] == motion.latent.shape[2:]:
        return
    got = str(noise_shape)
    if len(noise_shape) == 5:
        _, _, frames, height, width = noise_shape
        grid = motion.model.spec.grid
        got = f"{grid.video_frames(frames)} frames of {grid.video_size(height, width)}"
    raise ValueError(
        f"the motion is {motion.frames} frames of {motion.size}, the latent is {got}: "
        "give both the same frames, width and height"
    )


def _frames_of(window: Any, patch_size_t: int) -> list[int] | None:
    """Returns the frames of tokens in a context window, sliced as the host does; None means all frames."""
    if window is None or window.dim != base.TIME_DIM:
        return None
    indices = window.get_tensor(torch.arange(window.total_frames), dim=0).tolist()
    return [index // patch_size_t for index in indices[::patch_size_t]]


_WRAPPERS = {
    WrappersMP.OUTER_SAMPLE: _outer_sample,
    WrappersMP.PREPARE_SAMPLING: _prepare_sampling,
    WrappersMP.APPLY_MODEL: _apply_model,
}
