"""Makes the host's CogVideoX the model that Tora was trained on: per clone, and only where it is found to differ."""

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
from ...tora_core.cogvideox.positions import TEXT_TOKENS, check_table_frames, learned_positions, rotary_embedding
from ...tora_core.cogvideox.spec import BaseSpec
from ...tora_core.steering.injection import replace_attribute

logger = logging.getLogger(__name__)

BASE_KEY = "tora_base"
TIME_DIM = 2
"""Of a latent [B, C, T', H/8, W/8]."""
_PROBE_GRID = (3, 4, 2)
_PROBE_SIGMA = 3.0


@dataclass(frozen=True)
class PositionFix:
    """What is put right in each forward.

    Args:
        rotary: replace the positions of the rotary embedding.
        learned: switch the rotary embedding on beside a learned table, and add the whole table.
        use_table: with ``learned``, whether the table is added at all.
    """

    rotary: bool
    learned: bool
    use_table: bool = True

    @contextmanager
    def apply_to(self, transformer: nn.Module) -> Iterator[None]:
        """Puts the forwards inside the ``with`` block right, on this very module, and leaves nothing behind.

        An object patch would hold the modules of the model it was made for, and a copy on another GPU would then run
        on the wrong weights.
        """
        with ExitStack() as stack:
            if self.rotary:
                stack.enter_context(replace_attribute(transformer, "_get_rotary_emb", _rotary))
            if self.learned:
                patch_embed: Any = transformer.patch_embed
                stack.enter_context(replace_attribute(transformer, "use_rotary_positional_embeddings", True))
                for flag in ("use_positional_embeddings", "use_learned_positional_embeddings"):
                    stack.enter_context(replace_attribute(patch_embed, flag, False))
                if self.use_table:
                    stack.enter_context(replace_attribute(patch_embed, "forward", _with_table(patch_embed)))
            yield


def read_base_spec(patcher: ModelPatcher) -> BaseSpec:
    """The shape of the MODEL.

    Raises:
        ValueError: it is no CogVideoX.
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


def correct_base(patcher: ModelPatcher, use_table: bool | None = None) -> ModelPatcher:
    """A clone that is the model Tora was trained on; the MODEL itself stays as it is.

    Args:
        patcher: a CogVideoX MODEL; what is right about it already is left alone.
        use_table: add the learned positions of an image-to-video model; None keeps what was chosen, or else adds them.
    """
    spec = read_base_spec(patcher)
    clone = patcher.clone()
    channels = spec.grid.channels
    if spec.in_channels not in (channels, 2 * channels):  # text-to-video, and image-to-video
        logger.warning(
            "a CogVideoX of %d input channels is none that Tora knows: it is left as it is", spec.in_channels
        )
        return clone
    if spec.is_2b:
        logger.warning(
            "CogVideoX-2B has other positions and another VAE scale: it is left as it is and has no Tora adapter"
        )
        return clone
    if not _scales_its_input(clone):
        clone.add_object_patch("model_sampling", _model_sampling(clone))
    if clone.get_model_object("latent_format").scale_factor != comfy.latent_formats.CogVideoX1_5().scale_factor:
        clone.add_object_patch("latent_format", comfy.latent_formats.CogVideoX1_5())
    transformer = transformer_of(clone.model)
    earlier: PositionFix | None = clone.get_attachment(BASE_KEY)
    if use_table is None:
        use_table = earlier.use_table if earlier else True
    is_1_0 = spec.grid == COGVIDEOX_1_0  # the host's 1.5 is right as it is
    fix = PositionFix(
        rotary=is_1_0 and not _places_tokens_on_the_canvas(transformer),
        learned=is_1_0 and spec.learned_positions and not transformer.use_rotary_positional_embeddings,
        use_table=use_table,
    )
    clone.set_attachments(BASE_KEY, fix)
    for kind, wrapper in (
        (WrappersMP.OUTER_SAMPLE, _check_conditions(spec, fix)),
        (WrappersMP.APPLY_MODEL, _apply_fix(fix)),
    ):
        clone.remove_wrappers_with_key(kind, BASE_KEY)
        clone.add_wrapper_with_key(kind, BASE_KEY, wrapper)
    return clone


def transformer_of(model: Any) -> Any:
    """The transformer of a model; the module itself where it stands there compiled."""
    return getattr(model.diffusion_model, "_orig_mod", model.diffusion_model)


def _check_conditions(spec: BaseSpec, fix: PositionFix) -> Callable[..., Any]:
    """Refuses conditions that the MODEL cannot take, before anything is loaded."""

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
            logger.warning("the MODEL is image-to-video, but no start image came with the conditioning: it sees zeros")
        if fix.learned and fix.use_table:
            table = transformer_of(guider.model_patcher.model).patch_embed.pos_embedding
            check_table_frames(table, _frames_at_once(noise.shape[2], guider.model_options.get("context_handler")))
            tokens = max((cond["cross_attn"].shape[1] for cond in conditions if "cross_attn" in cond), default=0)
            if tokens > TEXT_TOKENS:
                logger.warning("the prompt is %d tokens long, the model was trained on %d", tokens, TEXT_TOKENS)
        return executor(noise, *args, **kwargs)

    return outer_sample


def _frames_at_once(frames: int, handler: Any) -> int:
    """The most latent frames that the model sees in one call: of a context window, with the frame put before it."""
    if handler is None or handler.dim != TIME_DIM:
        return frames
    return min(frames, handler.context_length + bool(handler.causal_window_fix))


def _apply_fix(fix: PositionFix) -> Callable[..., Tensor]:
    def apply_model(executor: Any, *args: Any, **kwargs: Any) -> Tensor:
        with fix.apply_to(transformer_of(executor.class_obj)):
            return executor(*args, **kwargs)

    return apply_model


def _rotary(height: int, width: int, frames: int, device: torch.device) -> tuple[Tensor, Tensor]:
    return rotary_embedding(height, width, frames, device=device)


def _with_table(patch_embed: Any) -> Callable[[Tensor, Tensor], Tensor]:
    inner = patch_embed.forward

    def forward(text_embeds: Tensor, image_embeds: Tensor) -> Tensor:
        _, frames, _, height, width = image_embeds.shape
        embeds = inner(text_embeds, image_embeds)
        tokens = COGVIDEOX_1_0.token_shape(frames, height, width)
        positions = learned_positions(patch_embed.pos_embedding, text_embeds.shape[1], *tokens)
        return embeds + positions.to(embeds)

    return forward


def _places_tokens_on_the_canvas(transformer: Any) -> bool:
    """Whether the host's own rotary embedding is the trained one, asked of a small grid."""
    height, width, frames = _PROBE_GRID
    own = transformer._get_rotary_emb(height, width, frames, torch.device("cpu"))
    trained = rotary_embedding(height, width, frames)
    return all(torch.allclose(mine, theirs, atol=1e-5) for mine, theirs in zip(own, trained, strict=True))


def _scales_its_input(patcher: ModelPatcher) -> bool:
    """Whether the sampling gives the model a unit-variance input, as a k-diffusion sampler must; asked of one sigma."""
    sampling = patcher.get_model_object("model_sampling")
    scaled = sampling.calculate_input(torch.tensor([_PROBE_SIGMA]), torch.ones(1, 1))
    return bool(torch.isclose(scaled, torch.tensor((1 + _PROBE_SIGMA**2) ** -0.5)).all())


def _model_sampling(patcher: ModelPatcher) -> nn.Module:
    """v-prediction with zero terminal SNR, on which the stock samplers work."""

    class CogVideoXSampling(comfy.model_sampling.ModelSamplingDiscrete, comfy.model_sampling.V_PREDICTION):
        pass

    return CogVideoXSampling(patcher.model.model_config, zsnr=True)
