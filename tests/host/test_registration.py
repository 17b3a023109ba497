"""What the pack does when ComfyUI imports it: it registers, and nothing more."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys

from comfyui import PACK

IMPORTS = """
import sys
sys.path.insert(0, sys.argv[1])
import comfy.cli_args
comfy.cli_args.args.cpu = True
import comfy.sd, comfy.samplers, comfy_api.latest, folder_paths
heavy = {"cv2", "diffusers", "transformers", "av", "PIL", "scipy", "torchvision"}
for name in [name for name in sys.modules if name.partition(".")[0] in heavy]:
    del sys.modules[name]  # what the host itself has loaded would hide that we ask for it again
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


def test_every_schema_is_valid_and_explains_itself(pack):
    for node in asyncio.run(pack.extension.get_node_list()):
        schema = node.GET_SCHEMA()  # checks it as well
        assert schema.node_id.startswith("Tora") and schema.description and schema.search_aliases
        for each in schema.inputs:
            assert each.tooltip, (schema.node_id, each.id)


def test_every_text_of_a_schema_stands_in_the_english_locale_and_is_translated(pack):
    texts = {lang: json.loads((PACK / "locales" / lang / "nodeDefs.json").read_text("utf-8")) for lang in ("en", "zh")}
    nodes = {node.GET_SCHEMA().node_id: node.GET_SCHEMA() for node in asyncio.run(pack.extension.get_node_list())}
    assert texts["en"].keys() == texts["zh"].keys() == nodes.keys()
    for name, schema in nodes.items():
        english, chinese = texts["en"][name], texts["zh"][name]
        assert (english["display_name"], english["description"]) == (schema.display_name, schema.description)
        assert {each.id: each.tooltip for each in schema.inputs} == {
            key: text["tooltip"] for key, text in english["inputs"].items()
        }
        assert [text["name"] for text in english["outputs"].values()] == [each.display_name for each in schema.outputs]
        for part in ("inputs", "outputs"):
            assert chinese[part].keys() == english[part].keys()
            for key, text in english[part].items():
                assert chinese[part][key].keys() == text.keys() and all(chinese[part][key].values())


def test_the_loaders_list_one_entry_a_checkpoint(pack, monkeypatch):
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
