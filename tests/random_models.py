"""A tiny CogVideoX, VAE and Tora adapter with seeded random weights. The code is real, the videos are not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from torch import nn

from tora_core.cogvideox.latents import COGVIDEOX_1_0
from tora_core.cogvideox.spec import HEAD_DIM
from tora_core.motion.adapter import ToraAdapter, ToraSpec
from tora_lab.pipeline import ToraPipeline

LAYERS = 2
HEADS = 3
TEXT_CHANNELS = 32


def tiny_pipeline(seed: int = 0, image_to_video: bool = False) -> ToraPipeline:
    """Creates a pipeline of diffusers' transformer and VAE and our adapter, small enough for any laptop."""
    from diffusers import AutoencoderKLCogVideoX, CogVideoXTransformer3DModel

    with torch.random.fork_rng():
        torch.manual_seed(seed)
        transformer: Any = CogVideoXTransformer3DModel(
            num_attention_heads=HEADS,
            in_channels=32 if image_to_video else 16,
            attention_head_dim=HEAD_DIM,
            num_layers=LAYERS,
            time_embed_dim=64,
            text_embed_dim=TEXT_CHANNELS,
            use_rotary_positional_embeddings=True,
        )
        vae: Any = AutoencoderKLCogVideoX(
            down_block_types=("CogVideoXDownBlock3D",) * 4,
            up_block_types=("CogVideoXUpBlock3D",) * 4,
            block_out_channels=(32, 32, 64, 64),
            layers_per_block=1,
            latent_channels=16,
            scaling_factor=COGVIDEOX_1_0.scale,
        )
        adapter = ToraAdapter(ToraSpec(layers=LAYERS, width=HEADS * HEAD_DIM))
        for fuser in adapter.fuser:  # fusers start at zero and would steer nothing
            for name in ("gamma", "beta"):
                temporal: Any = fuser.get_submodule(f"flow_{name}_temporal")
                nn.init.normal_(temporal.weight)
    return ToraPipeline(transformer.eval(), adapter.eval(), vae.eval())


def save_checkpoint(pipeline: ToraPipeline, file: Path) -> None:
    """Writes base and adapter to one file in the diffusers layout, which every loader of the pack reads."""
    from safetensors.torch import save_file

    tensors = {**pipeline.transformer.state_dict(), **pipeline.adapter.state_dict()}
    file.parent.mkdir(parents=True, exist_ok=True)
    save_file({key: tensor.contiguous() for key, tensor in tensors.items()}, file)


def text_features(pipeline: ToraPipeline, seed: int) -> torch.Tensor:
    """Returns random features ``[1, 226, 32]`` in place of T5's features of a prompt."""
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(1, pipeline.transformer.config.max_text_seq_length, TEXT_CHANNELS, generator=generator)


def save_text_encoder(folder: Path) -> None:
    """Writes a tiny T5 and a tokenizer that knows four words, in transformers' layout."""
    from tokenizers import Tokenizer
    from tokenizers.models import WordLevel
    from tokenizers.pre_tokenizers import Whitespace
    from transformers import PreTrainedTokenizerFast, T5Config, T5EncoderModel

    words = {word: number for number, word in enumerate(["<pad>", "<unk>", "red", "disc", "on", "sand"])}
    tokenizer: Any = Tokenizer(WordLevel(words, unk_token="<unk>"))
    tokenizer.pre_tokenizer = Whitespace()
    PreTrainedTokenizerFast(tokenizer_object=tokenizer, pad_token="<pad>", unk_token="<unk>").save_pretrained(folder)
    T5EncoderModel(
        T5Config(vocab_size=6, d_model=TEXT_CHANNELS, d_kv=8, d_ff=32, num_layers=1, num_heads=2)
    ).save_pretrained(folder)
