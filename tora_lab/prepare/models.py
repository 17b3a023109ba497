"""Models for the aesthetic score and for captions, named by the user and loaded at first use."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from ..evaluate.metrics import load_clip
from .settings import PrepareSettings


class Aesthetic:
    """LAION's aesthetic score: a linear head over CLIP's normalised image embedding, averaged over frames.

    Args:
        model: folder or name of a CLIP model. LAION's heads need openai/clip-vit-large-patch14.
        head: state dict (.pth or .safetensors) of linear layers, applied without activations, in the order of the
            numbers in their keys. ``sa_0_4_vit_l_14_linear.pth`` has one layer, ``sac+logos+ava1-l14-linearMSE.pth``
            has five.
        device: device of the model and the head.

    Raises:
        ValueError: the model cannot be loaded, or the head does not fit it.
    """

    def __init__(self, model: str, head: Path, device: str) -> None:
        self.clip = load_clip(model, device)
        self.layers = [(weight.to(device), bias.to(device)) for weight, bias in _read_linear_layers(head)]
        sides = [self.clip.model.config.projection_dim, *(len(bias) for _, bias in self.layers)]
        if [weight.shape[1] for weight, _ in self.layers] != sides[:-1] or sides[-1] != 1:
            shapes = [list(weight.shape) for weight, _ in self.layers]
            raise ValueError(
                f"expected linear layers from {sides[0]} (embeddings of {model}) to 1 in {head}, got {shapes}: set "
                "aesthetic_model to the CLIP that the head was trained on"
            )

    @torch.no_grad()
    def score(self, stills: Sequence[np.ndarray]) -> float:
        """Scores frames ``[H, W, 3]`` uint8, about 1..10."""
        model = self.clip.model
        inputs = self.clip.processor.image_processor(images=list(stills), return_tensors="pt").to(model.device)
        features = model.visual_projection(model.vision_model(inputs["pixel_values"]).pooler_output)  # [stills, D]
        scores = F.normalize(features.float(), dim=-1)
        for weight, bias in self.layers:
            scores = F.linear(scores, weight, bias)
        return float(scores.mean())


class Captioner:
    """Image-text-to-text model of transformers that captions clips.

    A chat model (LLaVA, Qwen-VL, ...) gets all stills and the prompt. Another model (BLIP, GIT, ...) gets only the
    middle still, so its caption does not describe motion.

    Args:
        model: folder or name of the model.
        prompt: question for a chat model.
        tokens: longest caption in tokens.
        device: device of the model.

    Raises:
        ValueError: transformers cannot load the model.
    """

    def __init__(self, model: str, prompt: str, tokens: int, device: str) -> None:
        from transformers import AutoModelForImageTextToText, AutoProcessor

        try:
            self.processor = AutoProcessor.from_pretrained(model)
            self.model = AutoModelForImageTextToText.from_pretrained(model, torch_dtype="auto").eval().to(device)
        except (OSError, KeyError, TypeError, ValueError) as error:
            raise ValueError(
                f"expected an image-text-to-text model with its processor, got {model!r}, which transformers cannot "
                f"load ({error}): set captioner to a folder that save_pretrained wrote, or to a name"
            ) from error
        self.prompt, self.tokens = prompt, tokens

    @torch.no_grad()
    def caption(self, stills: Sequence[np.ndarray]) -> str:
        """Captions frames ``[H, W, 3]`` uint8 in one line. The line is empty if the model writes nothing."""
        from PIL import Image

        if getattr(self.processor, "chat_template", None):
            pictures = [{"type": "image", "image": Image.fromarray(still)} for still in stills]
            message = {"role": "user", "content": [*pictures, {"type": "text", "text": self.prompt}]}
            inputs = self.processor.apply_chat_template(
                [message], add_generation_prompt=True, tokenize=True, return_dict=True, return_tensors="pt"
            )
            skip = inputs["input_ids"].shape[1]  # the model repeats the question before its answer
        else:
            inputs = self.processor(images=Image.fromarray(stills[len(stills) // 2]), return_tensors="pt")
            skip = 0
        inputs = inputs.to(self.model.device, self.model.dtype)
        # No sampling: a repeated run must give the same caption.
        tokens = self.model.generate(**inputs, max_new_tokens=self.tokens, do_sample=False)
        words: str = self.processor.batch_decode(tokens[:, skip:], skip_special_tokens=True)[0]
        return " ".join(words.split())


@lru_cache(maxsize=1)
def load_aesthetic(settings: PrepareSettings) -> Aesthetic | None:
    """Loads the aesthetic model once per process. Returns None if the settings name none."""
    if settings.aesthetic_model is None or settings.aesthetic_head is None:
        return None
    return Aesthetic(settings.aesthetic_model, settings.aesthetic_head, _pick_device())


@lru_cache(maxsize=1)
def load_captioner(settings: PrepareSettings) -> Captioner | None:
    """Loads the captioner once per process. Returns None if the settings name none."""
    if settings.captioner is None:
        return None
    return Captioner(settings.captioner, settings.caption_prompt, settings.caption_tokens, _pick_device())


def load_models(settings: PrepareSettings) -> None:
    """Loads all models that the settings name, so that a wrong name fails early."""
    load_aesthetic(settings)
    load_captioner(settings)


def _pick_device() -> str:
    return "cuda" if torch.cuda.is_available() else "cpu"


def _read_linear_layers(head: Path) -> list[tuple[Tensor, Tensor]]:
    """Reads weights and biases, sorted by the numbers in their keys.

    Raises:
        ValueError: the file does not hold linear layers.
    """
    from pickle import UnpicklingError

    try:
        if head.suffix == ".safetensors":
            from safetensors.torch import load_file

            state: Any = load_file(head)
        else:
            state = torch.load(head, map_location="cpu", weights_only=True)
        weights = [key for key in state if key.endswith("weight")]
        weights.sort(key=lambda key: [int(part) for part in key.split(".") if part.isdigit()])
        layers = [(state[key].float(), state[f"{key.removesuffix('weight')}bias"].float()) for key in weights]
    except (OSError, UnpicklingError, RuntimeError, KeyError, AttributeError, TypeError) as error:
        raise ValueError(f"expected a state dict of linear layers in {head}, got none: check aesthetic_head") from error
    if not layers:
        raise ValueError(f"expected a state dict of linear layers in {head}, got no weights: check aesthetic_head")
    return layers
