"""Corrects ComfyUI's CogVideoX to the model that Tora was trained on, on a clone and only where it differs."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

import comfy.latent_formats
import comfy.model_base
import comfy.model_sampling
import torch
from comfy.model_patcher import ModelPatcher
from comfy.patcher_extension import WrappersMP
from torch import Tensor, nn

from ...tora_core.cogvideox.latents import COGVIDEOX_1_0
from ...tora_core.cogvideox.positions import (
    TEXT_TOKENS,
    check_table_frames,
    learned_positions,
    rotary_embedding,
)
from ...tora_core.cogvideox.spec import BaseSpec
from ...tora_core.steering.injection import replace_attribute
from ...tora_core.toy import text as toy

logger = logging.getLogger(__name__)

BASE_KEY = "tora_base"
TIME_DIM = 2
"""Dimension of time in a latent [B, C, T', H/8, W/8]."""
_PROBE_GRID = (3, 4, 2)
_PROBE_SIGMA = 3.0


class Positions:
    """Rotary embeddings of one run. Each grid of tokens is computed once per device, and not at every step."""

    def __init__(self) -> None:
        self._computed: dict[tuple[int, int, int, torch.device], tuple[Tensor, Tensor]] = {}

    def compute(self, height: int, width: int, frames: int, device: torch.device) -> tuple[Tensor, Tensor]:
        """Returns cos and sin ``[T'*h*w, 64]``."""
        grid = height, width, frames, device
        if grid not in self._computed:
            self._computed[grid] = rotary_embedding(height, width, frames, device=device)
        return self._computed[grid]

    def clear(self) -> None:
        """Frees their memory."""
        self._computed.clear()


@dataclass(frozen=True)
class PositionFix:
    """Corrections of the positions in each forward pass.

    Args:
        rotary: replaces the positions of the rotary embedding.
        learned: turns the rotary embedding on beside a learned table, and adds the whole table.
        use_table: with ``learned``, whether the table is added.
    """

    rotary: bool
    learned: bool
    use_table: bool = True

    @contextmanager
    def apply_to(self, transformer: nn.Module, positions: Positions) -> Iterator[None]:
        """Corrects the forward passes inside the ``with`` block, on this module only. Restores the module afterwards.

        An object patch would keep modules of the model it was made for. A copy on another GPU would then use the wrong
        weights.
        """
        with ExitStack() as stack:
            if self.rotary:
                stack.enter_context(replace_attribute(transformer, "_get_rotary_emb", positions.compute))
            if self.learned:
                patch_embed: Any = transformer.patch_embed
                stack.enter_context(replace_attribute(transformer, "use_rotary_positional_embeddings", True))
                for flag in ("use_positional_embeddings", "use_learned_positional_embeddings"):
                    stack.enter_context(replace_attribute(patch_embed, flag, False))
                if self.use_table:
                    stack.enter_context(replace_attribute(patch_embed, "forward", _wrap_patch_embed(patch_embed)))
            yield


def read_base_spec(patcher: ModelPatcher) -> BaseSpec:
    """Reads the shape of a MODEL.

    Raises:
        ValueError: the MODEL is not a CogVideoX.
    """
    model = patcher.model
    if not isinstance(model, comfy.model_base.CogVideoX):
        raise ValueError(f"expected a CogVideoX MODEL, got {type(model).__name__}: load a CogVideoX-5B transformer")
    transformer: Any = transformer_of(model)
    return BaseSpec(
        layers=len(transformer.blocks),
        width=transformer.dim,
        in_channels=transformer.in_channels,
        patch_size_t=transformer.patch_size_t or COGVIDEOX_1_0.patch_size_t,
        learned_positions=transformer.patch_embed.use_learned_positional_embeddings,
    )


def correct_base(
    patcher: ModelPatcher, use_table: bool | None = None, say: Callable[[str], None] = logger.warning
) -> ModelPatcher:
    """Returns a corrected clone of a MODEL. The MODEL itself stays unchanged.

    Args:
        patcher: a CogVideoX MODEL. What is already correct is not changed.
        use_table: add the learned positions of an image-to-video model. None keeps an earlier choice, or adds them.
        say: shows a notice to the user, now and while sampling.
    """
    spec = read_base_spec(patcher)
    clone = patcher.clone()
    channels = spec.grid.channels
    if spec.in_channels not in (channels, 2 * channels):  # text-to-video, and image-to-video
        say(
            f"CogVideoX with {spec.in_channels} input channels is not supported by Tora: the MODEL is used without "
            "corrections"
        )
        return clone
    if spec.is_2b:
        say("CogVideoX-2B is not supported by Tora, its positions and VAE scale differ: it is used without corrections")
        return clone
    if not _scales_its_input(clone):
        clone.add_object_patch("model_sampling", _create_sampling(clone))
    if clone.get_model_object("latent_format").scale_factor != comfy.latent_formats.CogVideoX1_5().scale_factor:
        clone.add_object_patch("latent_format", comfy.latent_formats.CogVideoX1_5())
    transformer = transformer_of(clone.model)
    earlier: PositionFix | None = clone.get_attachment(BASE_KEY)
    if use_table is None:
        use_table = earlier.use_table if earlier else True
    is_1_0 = spec.grid == COGVIDEOX_1_0  # the host's 1.5 needs no correction
    fix = PositionFix(
        rotary=is_1_0 and not _places_tokens_on_the_canvas(transformer),
        learned=is_1_0 and spec.learned_positions and not transformer.use_rotary_positional_embeddings,
        use_table=use_table,
    )
    clone.set_attachments(BASE_KEY, fix)
    positions = Positions()
    for kind, wrapper in (
        (WrappersMP.OUTER_SAMPLE, _check_conditions(spec, fix, positions, say)),
        (WrappersMP.APPLY_MODEL, _apply_fix(fix, positions)),
    ):
        clone.remove_wrappers_with_key(kind, BASE_KEY)
        clone.add_wrapper_with_key(kind, BASE_KEY, wrapper)
    return clone


def transformer_of(model: Any) -> Any:
    """Returns the transformer of a model. If it is compiled, returns the original module."""
    return getattr(model.diffusion_model, "_orig_mod", model.diffusion_model)


def _check_conditions(
    spec: BaseSpec, fix: PositionFix, positions: Positions, say: Callable[[str], None]
) -> Callable[..., Any]:
    """Checks the conditioning against the MODEL before anything is loaded. Frees the positions after the run."""

    def outer_sample(executor: Any, noise: Tensor, *args: Any, **kwargs: Any) -> Any:
        guider = executor.class_obj
        conditions = [cond for conds in guider.conds.values() for cond in conds]
        has_image = any("concat_latent_image" in cond for cond in conditions)
        if has_image and spec.task == "t2v":
            raise ValueError(
                f"the conditioning holds a start image, but the MODEL is text-to-video ({spec}): load "
                "CogVideoX-5B-I2V, or use an empty latent without Tora Image To Video"
            )
        if not has_image and spec.task == "i2v":
            say(
                "the MODEL is image-to-video, but no start image came with the conditioning: zeros are used. Connect "
                "Tora Image To Video"
            )
        if fix.learned and fix.use_table:
            table = transformer_of(guider.model_patcher.model).patch_embed.pos_embedding
            check_table_frames(
                table, _count_frames_at_once(noise.shape[2], guider.model_options.get("context_handler"))
            )
        lengths = {cond["cross_attn"].shape[1] for cond in conditions if "cross_attn" in cond}
        if other := lengths - {TEXT_TOKENS, toy.TEXT_TOKENS}:
            say(
                f"the prompt has {max(other)} tokens, the model was trained on {TEXT_TOKENS}: load the text encoder "
                "with type cogvideox"
            )
        try:
            return executor(noise, *args, **kwargs)
        finally:
            positions.clear()

    return outer_sample


def _count_frames_at_once(frames: int, handler: Any) -> int:
    """Returns the most latent frames of one call: all, or a context window with the frame that is put before it."""
    if handler is None or handler.dim != TIME_DIM:
        return frames
    return min(frames, handler.context_length + bool(handler.causal_window_fix))


def _apply_fix(fix: PositionFix, positions: Positions) -> Callable[..., Tensor]:
    def apply_model(executor: Any, x: Tensor, *args: Any, **kwargs: Any) -> Tensor:
        if fix.rotary:
            # Here and not in the forward: a compiled forward would be compiled again when it finds them computed.
            frames, height, width = COGVIDEOX_1_0.token_shape(*x.shape[TIME_DIM:])
            positions.compute(height, width, frames, x.device)
        with fix.apply_to(transformer_of(executor.class_obj), positions):
            return executor(x, *args, **kwargs)

    return apply_model


def _wrap_patch_embed(patch_embed: Any) -> Callable[[Tensor, Tensor], Tensor]:
    inner = patch_embed.forward

    def forward(text_embeds: Tensor, image_embeds: Tensor) -> Tensor:
        _, frames, _, height, width = image_embeds.shape
        embeds = inner(text_embeds, image_embeds)
        tokens = COGVIDEOX_1_0.token_shape(frames, height, width)
        positions = learned_positions(patch_embed.pos_embedding, text_embeds.shape[1], *tokens)
        return embeds + positions.to(embeds)

    return forward


def _places_tokens_on_the_canvas(transformer: Any) -> bool:
    """Whether the host's own rotary embedding equals the trained one, tested on a small grid."""
    height, width, frames = _PROBE_GRID
    own = transformer._get_rotary_emb(height, width, frames, torch.device("cpu"))
    trained = rotary_embedding(height, width, frames)
    return all(torch.allclose(mine, theirs, atol=1e-5) for mine, theirs in zip(own, trained, strict=True))


def _scales_its_input(patcher: ModelPatcher) -> bool:
    """Whether the sampling scales the input to unit variance, as k-diffusion samplers need. Tested at one sigma."""
    sampling = patcher.get_model_object("model_sampling")
    scaled = sampling.calculate_input(torch.tensor([_PROBE_SIGMA]), torch.ones(1, 1))
    return bool(torch.isclose(scaled, torch.tensor((1 + _PROBE_SIGMA**2) ** -0.5)).all())


def _create_sampling(patcher: ModelPatcher) -> nn.Module:
    """Creates v-prediction sampling with zero terminal SNR, which the stock samplers need."""

    class CogVideoXSampling(comfy.model_sampling.ModelSamplingDiscrete, comfy.model_sampling.V_PREDICTION):
        pass

    return CogVideoXSampling(patcher.model.model_config, zsnr=True)
