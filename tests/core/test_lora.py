"""A LoRA in any naming becomes the same tensors in ComfyUI's naming."""

from __future__ import annotations

import pytest
import torch
from lora_namings import NAMINGS, make_native

from tora_core.checkpoints.lora import rename_lora

WIDTH = 12
LAYERS = 2
MODULES = {
    f"blocks.{layer}.{module}": shape
    for layer in range(LAYERS)
    for module, shape in {
        **dict.fromkeys("qkv", (WIDTH, WIDTH)),
        "attn_out": (WIDTH, WIDTH),
        "ff_proj": (4 * WIDTH, WIDTH),
        "ff_out": (WIDTH, 4 * WIDTH),
    }.items()
}


def assert_equal(found, expected):
    assert found.keys() == expected.keys()
    for key, tensor in expected.items():
        assert torch.equal(found[key], tensor), key


@pytest.mark.parametrize("alpha", [None, 3.0])
@pytest.mark.parametrize("naming", NAMINGS)
def test_every_naming_gives_the_same_tensors(naming, alpha):
    native = make_native(MODULES, alpha)
    found = rename_lora(NAMINGS[naming](native), LAYERS)
    assert_equal(found.tensors, native)
    assert found.unused == ()


def test_a_lora_on_the_merged_modulation_is_split_as_the_weight_is():
    down, rows = torch.randn(4, 8), torch.arange(12 * WIDTH, dtype=torch.float32)[:, None].expand(-1, 4)
    name = "mixins.adaln_layer.adaLN_modulations.1.1"
    found = rename_lora({f"{name}.lora_A.weight": down, f"{name}.lora_B.weight": rows}, LAYERS).tensors
    image_1, image_2, text_1, text_2 = rows.chunk(4)
    for norm, expected in (("norm1", [image_1, text_1]), ("norm2", [image_2, text_2])):
        assert torch.equal(found[f"diffusion_model.blocks.1.{norm}.linear.lora_up.weight"], torch.cat(expected))
        assert torch.equal(found[f"diffusion_model.blocks.1.{norm}.linear.lora_down.weight"], down)


def test_keys_that_fit_no_layer_are_listed():
    native = make_native(MODULES)
    odd = {
        "transformer.transformer_blocks.9.attn1.to_q.lora_A.weight": torch.zeros(4, WIDTH),
        "text_encoder.x.lora_A.weight": torch.zeros(4, WIDTH),
        "transformer.transformer_blocks.0.attn1.to_q.unknown": torch.zeros(1),
    }
    found = rename_lora(native | odd, LAYERS)
    assert_equal(found.tensors, native)
    assert set(found.unused) == set(odd)


@pytest.mark.parametrize(
    "keys",
    [
        ["lora_unet_input_blocks_1_1_proj_in.lora_up.weight"],
        ["diffusion_model.double_blocks.0.img_attn.qkv.lora_A.weight"],
        ["diffusion_model.blocks.0.self_attn.q.lora_A.weight"],
        ["transformer_blocks.0.attn1.to_q.weight"],
        ["transformer.transformer_blocks.7.attn1.to_q.lora_B.weight"],
    ],
)
def test_a_lora_of_another_model_is_an_error_with_its_keys(keys):
    with pytest.raises(ValueError, match=r"LoRA for CogVideoX with 2 blocks, got 1 tensors .*choose a LoRA") as error:
        rename_lora({key: torch.zeros(4, 4) for key in keys}, LAYERS)
    assert keys[0] in str(error.value)
