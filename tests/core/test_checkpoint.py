"""Tests that every layout gives the same tensors, and that errors name any other file."""

from __future__ import annotations

import json
import shutil

import golden_data
import pytest
import torch
from safetensors.torch import load_file, save_file

from tora_core.checkpoints.layouts import check_fit, load_adapter, open_checkpoint
from tora_core.cogvideox.keys import diffusers_to_comfy
from tora_core.cogvideox.spec import BaseSpec
from tora_core.motion.adapter import ToraSpec

TINY = golden_data.TINY[0]
WHOLE = "diffusion_pytorch_model.safetensors"


@pytest.fixture(scope="module")
def whole():
    return load_file(TINY / WHOLE)


def same(one, other):
    return one.keys() == other.keys() and all(torch.equal(one[key], other[key]) for key in one)


def layouts(tiny):
    """Lists the files of a golden folder that hold an adapter."""
    return [
        name
        for name in (WHOLE, "fuser.safetensors", "traj_extractor.safetensors", "mp_rank_00_model_states.pt")
        if (tiny / name).is_file()
    ]


@pytest.mark.parametrize("tiny", golden_data.TINY, ids=golden_data.name_of)
def test_every_layout_of_the_reference_gives_the_same_tensors(tiny):
    expected = open_checkpoint(tiny)
    for name in layouts(tiny):
        checkpoint = open_checkpoint(tiny / name)
        assert same(checkpoint.adapter_tensors(), expected.adapter_tensors()), name
        assert (checkpoint.adapter.layers, checkpoint.adapter.width) == (
            expected.adapter.layers,
            expected.adapter.width,
        )
        if checkpoint.base is not None:
            assert checkpoint.base == expected.base
            assert same(checkpoint.base_tensors(), expected.base_tensors()), name


def to_sat(tensors):
    """Converts diffusers tensors to the training framework's layout: one qkv, one modulation, other names."""
    out = {}
    layers = sorted({key.split(".")[1] for key in tensors if key.startswith("transformer_blocks.")})
    for n in layers:
        block = f"transformer_blocks.{n}."
        for part in ("weight", "bias"):
            qkv = [tensors[f"{block}attn1.to_{name}.{part}"] for name in "qkv"]
            out[f"transformer.layers.{n}.attention.query_key_value.{part}"] = torch.cat(qkv)
            first, second = (tensors[f"{block}norm{k}.linear.{part}"].chunk(2) for k in (1, 2))
            out[f"mixins.adaln_layer.adaLN_modulations.{n}.1.{part}"] = torch.cat(
                [first[0], second[0], first[1], second[1]]
            )
    names = {
        "attn1.to_out.0": "transformer.layers.{}.attention.dense",
        "ff.net.0.proj": "transformer.layers.{}.mlp.dense_h_to_4h",
        "ff.net.2": "transformer.layers.{}.mlp.dense_4h_to_h",
        "norm1.norm": "transformer.layers.{}.input_layernorm",
        "norm2.norm": "transformer.layers.{}.post_attention_layernorm",
        "attn1.norm_q": "mixins.adaln_layer.query_layernorm_list.{}",
        "attn1.norm_k": "mixins.adaln_layer.key_layernorm_list.{}",
    }
    top = {
        "time_embedding.linear_1": "time_embed.0",
        "time_embedding.linear_2": "time_embed.2",
        "norm_final": "transformer.final_layernorm",
        "norm_out.linear": "mixins.final_layer.adaLN_modulation.1",
        "norm_out.norm": "mixins.final_layer.norm_final",
        "proj_out": "mixins.final_layer.linear",
        "patch_embed.proj": "mixins.patch_embed.proj",
        "patch_embed.text_proj": "mixins.patch_embed.text_proj",
    }
    for key, tensor in tensors.items():
        stem, _, part = key.rpartition(".")
        if key.startswith("fuser."):
            out[f"mixins.adaln_layer.fuser_list.{key.removeprefix('fuser.')}"] = tensor
        elif key.startswith("traj_extractor."):
            out[key] = tensor
        elif stem in top:
            out[f"{top[stem]}.{part}"] = tensor
        elif key.startswith("transformer_blocks."):
            _, n, name = stem.split(".", 2)
            if name in names:
                out[f"{names[name].format(n)}.{part}"] = tensor
    return {"module": {f"model.diffusion_model.{key}": tensor.clone() for key, tensor in out.items()}}


def write_shards(folder, tensors):
    folder.mkdir()
    keys = sorted(tensors)
    names = [f"diffusion_pytorch_model-{n:05d}-of-00003.safetensors" for n in (1, 2, 3)]
    for n, name in enumerate(names):
        save_file({key: tensors[key] for key in keys[n::3]}, folder / name)
    weight_map = {key: names[n % 3] for n, key in enumerate(keys)}
    (folder / "diffusion_pytorch_model.safetensors.index.json").write_text(json.dumps({"weight_map": weight_map}))
    return folder


def test_shards_open_from_the_folder_the_index_or_any_shard_with_or_without_the_index(tmp_path, whole):
    folder = write_shards(tmp_path / "sharded", whole)
    index = folder / "diffusion_pytorch_model.safetensors.index.json"
    shard = folder / "diffusion_pytorch_model-00002-of-00003.safetensors"
    expected = open_checkpoint(TINY)
    for path in (folder, index, shard):
        assert same(open_checkpoint(path).base_tensors(), expected.base_tensors())
    index.unlink()
    for path in (folder, shard):
        assert same(open_checkpoint(path).adapter_tensors(), expected.adapter_tensors())


def test_a_pipeline_folder_opens_at_its_transformer(tmp_path, whole):
    write_shards(tmp_path / "transformer", whole)
    assert open_checkpoint(tmp_path).base == open_checkpoint(TINY).base


@pytest.mark.parametrize("prefix", ["", "model.diffusion_model.", "diffusion_model.", "transformer."])
def test_a_single_file_opens_in_diffusers_and_in_comfyui_keys_whatever_its_prefix(tmp_path, whole, prefix):
    expected = open_checkpoint(TINY)
    for name, rename in (("diffusers", str), ("comfyui", diffusers_to_comfy)):
        if prefix == "transformer." and name == "comfyui":
            continue
        save_file({f"{prefix}{rename(key)}": tensor for key, tensor in whole.items()}, tmp_path / f"{name}.safetensors")
        checkpoint = open_checkpoint(tmp_path / f"{name}.safetensors")
        assert same(checkpoint.base_tensors(), expected.base_tensors())
        assert same(checkpoint.adapter_tensors(), expected.adapter_tensors())


def test_a_training_checkpoint_opens_without_running_code(tmp_path, whole):
    torch.save(to_sat(whole), tmp_path / "mp_rank_00_model_states.pt")
    checkpoint, expected = open_checkpoint(tmp_path / "mp_rank_00_model_states.pt"), open_checkpoint(TINY)
    assert same(checkpoint.base_tensors(), expected.base_tensors())
    assert same(checkpoint.adapter_tensors(), expected.adapter_tensors())
    assert checkpoint.base == expected.base


@pytest.mark.parametrize(("suffix", "task"), [("", "t2v"), ("_I2V", "i2v")])
def test_the_two_files_find_each_other_in_their_published_folders(tmp_path, suffix, task):
    for name in ("fuser", "traj_extractor"):
        (tmp_path / f"{name}{suffix}").mkdir()
        shutil.copy(TINY / f"{name}.safetensors", tmp_path / f"{name}{suffix}" / f"{name}.safetensors")
    for path in (
        tmp_path,
        tmp_path / f"fuser{suffix}" / "fuser.safetensors",
        tmp_path / f"traj_extractor{suffix}" / "traj_extractor.safetensors",
    ):
        checkpoint = open_checkpoint(path)
        assert same(checkpoint.adapter_tensors(), open_checkpoint(TINY).adapter_tensors())
        assert checkpoint.base is None
        if path != tmp_path:
            assert checkpoint.adapter.task == task


def test_layers_and_width_come_from_shapes_and_the_task_from_the_transformer(whole):
    checkpoint = open_checkpoint(TINY)
    assert checkpoint.adapter.layers == 2
    assert checkpoint.adapter.width == whole["patch_embed.proj.weight"].shape[0]
    assert checkpoint.adapter.task == checkpoint.base.task


def write(tmp_path, tensors, name="x.safetensors"):
    save_file(tensors, tmp_path / name)
    return tmp_path / name


def test_a_missing_file_partner_or_shard_is_named(tmp_path, whole):
    with pytest.raises(
        ValueError, match=r"expected a checkpoint at .*gone\.safetensors, .*does not exist: check the path"
    ):
        open_checkpoint(tmp_path / "gone.safetensors")
    shutil.copy(TINY / "fuser.safetensors", tmp_path)
    with pytest.raises(ValueError, match=r"expected its partner \(traj_extractor\) at .*traj_extractor\.safetensors"):
        open_checkpoint(tmp_path / "fuser.safetensors")
    folder = write_shards(tmp_path / "sharded", whole)
    (folder / "diffusion_pytorch_model-00003-of-00003.safetensors").unlink()
    with pytest.raises(ValueError, match="expected the file .*00003-of-00003.*does not exist: download all parts"):
        open_checkpoint(folder)
    (folder / "notes.txt").write_text("hello")
    with pytest.raises(ValueError, match=r"ending in .*got notes\.txt"):
        open_checkpoint(folder / "notes.txt")


@pytest.mark.parametrize(
    ("key", "kind"),
    [
        ("blocks.0.q.lora_A.weight", "lora"),
        ("decoder.conv_in.conv.weight", "a VAE"),
        ("encoder.block.0.layer.0.SelfAttention.q.weight", "a T5 text encoder"),
        ("blocks.0.self_attn.q.weight", "a Wan model"),
        ("anything.weight", r"first keys are \['anything.weight'\]"),
    ],
)
def test_the_error_names_the_kind_of_another_checkpoint(tmp_path, key, kind):
    with pytest.raises(ValueError, match=kind):
        open_checkpoint(write(tmp_path, {key: torch.zeros(1)}))


def test_an_incomplete_adapter_is_an_error(tmp_path, whole):
    no_fuser = {key: tensor for key, tensor in whole.items() if not key.startswith("fuser.")}
    with pytest.raises(ValueError, match="got only a trajectory extractor"):
        open_checkpoint(write(tmp_path, no_fuser))
    shallow = {key: tensor for key, tensor in whole.items() if not key.startswith("traj_extractor.body.3.")}
    with pytest.raises(ValueError, match="got 3 blocks for 2 fusers"):
        open_checkpoint(write(tmp_path, shallow))
    incomplete = {key: tensor for key, tensor in whole.items() if key != "fuser.1.flow_beta_spatial.weight"}
    with pytest.raises(ValueError, match=r"got 1 missing tensors \(\['fuser.1.flow_beta_spatial.weight'\]\)"):
        load_adapter(open_checkpoint(write(tmp_path, incomplete)))


def test_a_tensor_of_another_shape_is_named(tmp_path, whole):
    key = "fuser.1.flow_beta_spatial.bias"
    with pytest.raises(ValueError, match=f"expected {key} of shape"):
        load_adapter(open_checkpoint(write(tmp_path, {**whole, key: torch.zeros(3)})))
    with pytest.raises(ValueError, match="3x3 convolution"):
        open_checkpoint(write(tmp_path, {**whole, "traj_extractor.conv_in.weight": torch.zeros(3)}))


def test_a_base_with_a_missing_tensor_is_an_error(tmp_path, whole):
    key = "transformer_blocks.1.attn1.to_k.weight"
    with pytest.raises(ValueError, match=f"got 1 missing tensors .*{key}"):
        open_checkpoint(write(tmp_path, {name: tensor for name, tensor in whole.items() if name != key}))


def test_both_published_adapters_load_from_one_pair_of_folders(tmp_path):
    """The files are fuser/fuser.safetensors and fuser/fuser_I2V.safetensors, as published."""
    for suffix, task in (("", "t2v"), ("_I2V", "i2v")):
        for name in ("fuser", "traj_extractor"):
            (tmp_path / name).mkdir(exist_ok=True)
            shutil.copy(TINY / f"{name}.safetensors", tmp_path / name / f"{name}{suffix}.safetensors")
        checkpoint = open_checkpoint(tmp_path / "fuser" / f"fuser{suffix}.safetensors")
        assert same(checkpoint.adapter_tensors(), open_checkpoint(TINY).adapter_tensors())
        assert checkpoint.adapter.task == task
    with pytest.raises(ValueError, match="expected one adapter in .*fuser_I2V.*choose one"):
        open_checkpoint(tmp_path)


def test_a_half_with_another_name_finds_its_partner_or_the_error_names_the_place(tmp_path):
    shutil.copy(TINY / "fuser.safetensors", tmp_path / "Fuser.safetensors")
    shutil.copy(TINY / "traj_extractor.safetensors", tmp_path / "traj_extractor.safetensors")
    assert open_checkpoint(tmp_path / "Fuser.safetensors").adapter.layers == 2
    shutil.copy(TINY / "fuser.safetensors", tmp_path / "mine.safetensors")
    with pytest.raises(ValueError, match="at a file beside it with traj_extractor in its name, got no such file"):
        open_checkpoint(tmp_path / "mine.safetensors")


def test_a_unet_with_a_conv_in_is_not_taken_for_an_adapter(tmp_path):
    with pytest.raises(ValueError, match="got 1 other tensors"):
        open_checkpoint(write(tmp_path, {"conv_in.weight": torch.zeros(4, 4, 3, 3)}))


def test_a_plain_transformer_has_no_adapter_to_load(tmp_path, whole):
    base = {key: tensor for key, tensor in whole.items() if not key.startswith(("fuser.", "traj_extractor."))}
    checkpoint = open_checkpoint(write(tmp_path, base))
    assert checkpoint.adapter is None
    with pytest.raises(ValueError, match="got a plain transformer"):
        load_adapter(checkpoint)


@pytest.mark.parametrize(
    ("base", "why"),
    [
        (BaseSpec(30, 1920, 16), "CogVideoX-2B"),
        (BaseSpec(42, 3072, 16, patch_size_t=2), "the adapter is for CogVideoX 1.0.*the MODEL is CogVideoX 1.5"),
        (BaseSpec(30, 3072, 16), "42 fusers of width 3072, the MODEL has 30 blocks of width 3072"),
        (BaseSpec(42, 2048, 16), "MODEL has 42 blocks of width 2048"),
    ],
)
def test_an_adapter_on_another_base_is_an_error_with_both_shapes(base, why):
    with pytest.raises(ValueError, match=why):
        check_fit(ToraSpec(layers=42, width=3072), base)


def test_an_adapter_fits_its_base():
    check_fit(ToraSpec(layers=42, width=3072), BaseSpec(42, 3072, 16))
    check_fit(ToraSpec(layers=42, width=3072), BaseSpec(42, 3072, 32, learned_positions=True))
