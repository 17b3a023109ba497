"""Importing the pack registers its nodes, texts and folders, and loads no heavy library."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys

import pytest
from comfyui import PACK

IMPORTS = """
import sys
sys.path.insert(0, sys.argv[1])
import comfy.cli_args
comfy.cli_args.args.cpu = True
import comfy.sd, comfy.samplers, comfy_api.latest, folder_paths
heavy = {"cv2", "diffusers", "transformers", "av", "PIL", "scipy", "torchvision"}
for name in [name for name in sys.modules if name.partition(".")[0] in heavy]:
    del sys.modules[name]  # a library that ComfyUI has loaded already would hide our own import
before = set(sys.modules)
import asyncio, importlib.util
path = sys.argv[2]
spec = importlib.util.spec_from_file_location("pack", path + "/__init__.py", submodule_search_locations=[path])
module = sys.modules["pack"] = importlib.util.module_from_spec(spec)
spec.loader.exec_module(module)
extension = asyncio.run(module.comfy_entrypoint())
asyncio.run(extension.on_load())
[node.GET_SCHEMA() for node in asyncio.run(extension.get_node_list())]
new = {name.partition(".")[0] for name in set(sys.modules) - before}
assert not new & heavy, new & heavy
print("added", sorted(new))
"""


def test_importing_the_pack_pulls_in_no_heavy_library(comfyui):
    command = [sys.executable, "-c", IMPORTS, str(comfyui), str(PACK)]
    result = subprocess.run(command, cwd=comfyui, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
    assert result.stdout.startswith("added")


TOO_OLD = """
import asyncio, importlib.util, sys
sys.path.insert(0, sys.argv[1])
import comfy.cli_args
comfy.cli_args.args.cpu = True
sys.modules["comfy.ldm.cogvideo"] = None  # as in a ComfyUI without CogVideoX
path = sys.argv[2]
spec = importlib.util.spec_from_file_location("pack", path + "/__init__.py", submodule_search_locations=[path])
module = sys.modules["pack"] = importlib.util.module_from_spec(spec)
spec.loader.exec_module(module)
try:
    asyncio.run(module.comfy_entrypoint())
except RuntimeError as error:
    print(error)
assert not [name for name in sys.modules if name.startswith("pack.")]
"""


def test_a_comfyui_without_cogvideox_is_told_so_before_anything_is_imported(comfyui):
    command = [sys.executable, "-c", TOO_OLD, str(comfyui), str(PACK)]
    result = subprocess.run(command, cwd=comfyui, capture_output=True, text=True, check=True)
    assert result.stdout.startswith("this ComfyUI has no native CogVideoX") and "0.22 or newer" in result.stdout


def test_every_schema_is_valid_and_has_tooltips(pack):
    for node in asyncio.run(pack.extension.get_node_list()):
        schema = node.GET_SCHEMA()  # also validates it
        assert schema.node_id.startswith("Tora") and schema.description and schema.search_aliases
        for each in schema.inputs:
            assert each.tooltip, (schema.node_id, each.id)


def read_texts(language):
    return json.loads((PACK / "locales" / language / "nodeDefs.json").read_text("utf-8"))


def test_the_english_texts_match_the_schemas(pack):
    from scripts.write_locales import COMMAND, node_texts

    nodes = asyncio.run(pack.extension.get_node_list())
    assert read_texts("en") == json.loads(node_texts(nodes)), f"run: {COMMAND}"


def test_translations_hold_only_known_texts():
    """A missing text falls back to English. An unknown or empty text would never be shown."""
    english = read_texts("en")
    for language in sorted(path.name for path in (PACK / "locales").iterdir() if path.name != "en"):
        for node, texts in read_texts(language).items():
            for part in ("inputs", "outputs"):
                for key, text in texts.get(part, {}).items():
                    assert text.keys() <= english[node][part][key].keys(), (language, node, key)
                    assert all(text.values()), (language, node, key)


def test_the_text_node_lists_the_files_that_the_host_reads(pack, monkeypatch, tmp_path):
    import folder_paths

    folder, elsewhere = tmp_path / "input", tmp_path / "elsewhere"
    for place in (folder / "mine", elsewhere):
        place.mkdir(parents=True)
        (place / "curve.txt").write_text("64,64\n128,128")
    (folder / "linked").symlink_to(elsewhere)
    monkeypatch.setattr(folder_paths, "input_directory", str(folder))
    assert pack.files.path_files() == ["mine/curve.txt"]
    assert pack.files.read_paths("mine/curve.txt", 9)
    with pytest.raises(ValueError, match="Invalid file path|input folder"):
        pack.files.read_paths("linked/curve.txt", 9)


def test_the_loaders_list_one_entry_per_checkpoint(pack, monkeypatch):
    import folder_paths

    listed = {
        "tora": [
            "fuser/fuser.safetensors",
            "traj_extractor/traj_extractor.safetensors",
            "whole/diffusion_pytorch_model-00001-of-00003.safetensors",
            "whole/diffusion_pytorch_model-00002-of-00003.safetensors",
            "whole/diffusion_pytorch_model.safetensors.index.json",
            "README.md",
        ],
        "diffusion_models": ["cogvideox_diffusers.safetensors"],
    }
    monkeypatch.setattr(folder_paths, "get_filename_list", lambda folder: listed.get(folder, []))
    shard = "whole/diffusion_pytorch_model-00001-of-00003.safetensors"
    assert pack.files.adapter_choices() == ["fuser/fuser.safetensors", shard]
    assert pack.files.base_choices() == ["cogvideox_diffusers.safetensors", shard]
