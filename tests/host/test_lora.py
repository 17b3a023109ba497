"""Tora Load LoRA in a real ComfyUI: every naming changes the video exactly as the host's own naming does."""

from __future__ import annotations

import math

import golden_data
import pytest
import torch
from graphs import WHOLE, SamplingGraph
from lora_namings import NAMINGS, make_native
from safetensors.torch import load_file, save_file
from tiny import TIERS, Tiny

from tora_core.cogvideox.keys import diffusers_to_comfy


@pytest.fixture(scope="module")
def tiny(pack):
    tiny = Tiny(pack, golden_data.SAMPLING[0])
    tiny.tier = TIERS[0]
    return tiny


@pytest.fixture
def native(tiny):
    """A LoRA on the attention and the feed-forward layers of the tiny model."""
    weights = tiny.model.model_state_dict()
    names = ("q", "k", "v", "attn_out", "ff_proj", "ff_out")
    keys = [key for key in weights if key.endswith(tuple(f".{name}.weight" for name in names))]
    return make_native(
        {key.removeprefix("diffusion_model.").removesuffix(".weight"): tuple(weights[key].shape) for key in keys}, 2.0
    )


def load(tiny, folder, tensors, strength=0.5):
    path = folder / "lora.safetensors"
    save_file({key: tensor.contiguous() for key, tensor in tensors.items()}, path)
    return tiny.pack.part("nodes.host.lora").apply_lora(tiny.model, path, strength)


def test_every_naming_gives_the_output_of_the_hosts_own_naming(tiny, native, tmp_path):
    import comfy.sd

    expected = tiny.sample(comfy.sd.load_lora_for_models(tiny.model, None, native, 0.5, 0.0)[0])
    assert not torch.equal(expected, tiny.sample(tiny.model))
    for naming, rename in NAMINGS.items():
        patched, unused = load(tiny, tmp_path, rename(native))
        assert unused == (), naming
        assert torch.equal(tiny.sample(patched), expected), naming


def test_strength_0_gives_the_model_without_lora_and_the_model_stays_unchanged(tiny, native, tmp_path):
    before = tiny.sample(tiny.model)
    assert torch.equal(tiny.sample(load(tiny, tmp_path, native, 0.0)[0]), before)
    load(tiny, tmp_path, native)
    assert torch.equal(tiny.sample(tiny.model), before)


def test_it_acts_before_tora_apply_as_after_it(tiny, native, tmp_path):
    patched, _ = load(tiny, tmp_path, native)
    lora = tiny.pack.part("nodes.host.lora")
    before = tiny.sample(tiny.apply(patched))
    after = tiny.sample(lora.apply_lora(tiny.apply(), tmp_path / "lora.safetensors", 0.5)[0])
    assert torch.equal(before, after)


def test_a_lora_of_another_model_or_a_strength_that_is_no_number_is_an_error(tiny, native, tmp_path):
    with pytest.raises(ValueError, match="expected a LoRA for CogVideoX"):
        load(tiny, tmp_path, {"lora_unet_input_blocks_1_1_proj_in.lora_up.weight": torch.zeros(4, 4)})
    with pytest.raises(ValueError, match="expected a finite strength, got nan"):
        load(tiny, tmp_path, native, math.nan)


def test_the_node_gives_the_same_video_for_two_namings_in_a_server(server):
    file = golden_data.SAMPLING[0]
    checkpoint, _ = golden_data.load_sampling(file)
    weights = load_file(checkpoint / WHOLE)
    keys = [key for key in weights if key.startswith("transformer_blocks.") and key.endswith("attn1.to_q.weight")]
    native = make_native(
        {diffusers_to_comfy(key).removesuffix(".weight"): tuple(weights[key].shape) for key in keys}, 2.0
    )
    loras = server.folder / "models" / "loras"
    loras.mkdir(parents=True, exist_ok=True)
    graph = SamplingGraph(checkpoint.name, file.name)
    graph.sample(graph.model, "lora_none.safetensors")
    for name, tensors in (("native", native), ("diffusers", NAMINGS["diffusers"](native))):
        save_file(tensors | {"text_encoder.x.alpha": torch.zeros(1)}, loras / f"{name}.safetensors")
        model = graph.add("ToraLoadLora", model=graph.model, name=f"{name}.safetensors", strength=1.0)[0]
        graph.sample(model, f"lora_{name}.safetensors")
    server.run(graph.workflow)
    none, same, renamed = (
        load_file(server.folder / "output" / f"lora_{name}.safetensors")["latent"]
        for name in ("none", "native", "diffusers")
    )
    assert torch.equal(same, renamed) and not torch.equal(same, none)
