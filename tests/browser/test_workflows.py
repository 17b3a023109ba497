"""Every example workflow opens in the real frontend with nothing missing, validates, and runs."""

from __future__ import annotations

import json
import os

import numpy as np
import pytest
from comfyui import PACK
from PIL import Image

WORKFLOWS = sorted((PACK / "example_workflows").glob("*.json"))
by_name = pytest.mark.parametrize("file", WORKFLOWS, ids=lambda file: file.stem)
TOY = PACK / "example_workflows" / "toy_playground.json"
by_name_with_downloads = pytest.mark.parametrize("file", sorted({*WORKFLOWS} - {TOY}), ids=lambda file: file.stem)
SIDES = ((0, 0, 480, 320), (496, 0, 976, 320))
OPEN = """async (workflow) => {
  await window.app.loadGraphData(workflow);
  const nodes = window.app.graph.nodes;
  return {
    types: nodes.map((node) => node.type),
    unknown: nodes.filter((node) => !window.LiteGraph.registered_node_types[node.type]).map((node) => node.type),
    prompt: (await window.app.graphToPrompt()).output,
  };
}"""


def load(file):
    return json.loads(file.read_text(encoding="utf-8"))


def loaders(workflow):
    return [node for node in workflow["nodes"] if node["type"].endswith(("Loader", "LoadModel", "LoadCogVideoX"))]


@by_name
def test_a_workflow_opens_with_no_missing_node_and_no_missing_input(server, page, file):
    workflow = load(file)
    opened = page.evaluate(OPEN, workflow)
    assert not opened["unknown"]
    assert sorted(opened["types"]) == sorted(node["type"] for node in workflow["nodes"])
    known = server.get("/object_info")
    for number, node in opened["prompt"].items():
        required = known[node["class_type"]]["input"].get("required", {})
        assert required.keys() <= node["inputs"].keys(), (number, node)
        for name, (options, *_) in required.items():
            value = node["inputs"][name]
            if isinstance(options, list) and not isinstance(value, list):
                assert value in options, (node["class_type"], name, value)
    if folder := os.environ.get("TORA_SCREENSHOTS"):
        page.evaluate(
            "() => window.app.canvas.ds && window.app.extensionManager.command.execute('Comfy.Canvas.FitView')"
        )
        page.wait_for_timeout(1500)
        renderer = "nodes2" if page.evaluate("() => !!window.LiteGraph.vueNodesMode") else "classic"
        page.screenshot(path=f"{folder}/{file.stem}_{renderer}.png")


@by_name_with_downloads
def test_an_opened_workflow_runs_up_to_the_sampler(server, page, file):
    """In little: smaller and shorter, golden prompts in the place of T5, and a motion latent from the probe VAE."""
    prompt = page.evaluate(OPEN, load(file))["prompt"]
    of = {node["class_type"]: node for node in prompt.values()}
    if "ToraTrajectoryEditor" in of:
        of["ToraTrajectoryEditor"]["inputs"] |= {"width": 96, "height": 64, "frames": 5}
    else:
        of["ImageScale"]["inputs"] |= {"width": 96, "height": 64}
        of["ImageFromBatch"]["inputs"] |= {"length": 5}
    of["KSampler"]["inputs"] |= {"steps": 2}
    number = {node["class_type"]: key for key, node in prompt.items()}
    texts = iter(("positive", "negative"))
    for node in prompt.values():
        if node["class_type"] == "CLIPTextEncode":
            node["class_type"], node["inputs"] = (
                "ProbeConditioning",
                {"file": "prompts.safetensors", "name": next(texts)},
            )
        if node["class_type"] == "VAELoader":
            node["class_type"], node["inputs"] = "ProbeTinyVAE", {}
    for kind in ("CLIPLoader", "VAEDecode", "CreateVideo", "SaveVideo"):
        del prompt[number[kind]]
    sampler = number["KSampler"]
    model = of["KSampler"]["inputs"]["model"]
    prompt["save"] = {
        "class_type": "ProbeSave",
        "inputs": {"file": f"{file.stem}.safetensors", "model": model, "latent": [sampler, 0]},
    }
    server.run(prompt)
    from safetensors.torch import load_file

    latent = load_file(server.folder / "output" / f"{file.stem}.safetensors")["latent"]
    assert latent.shape == (1, 16, 2, 8, 12) and latent.isfinite().all()


def test_the_toy_playground_runs_as_it_is_and_shows_both_sides(server, page):
    prompt = page.evaluate(OPEN, load(TOY))["prompt"]
    outputs = server.run(prompt)["outputs"]
    (written,) = (each for node in outputs.values() for each in node["images"])
    picture = Image.open(server.folder / "output" / written["subfolder"] / written["filename"])
    assert (picture.n_frames, picture.size) == (9, (976, 320))
    picture.seek(8)
    steered, plain = (np.asarray(picture.convert("RGB").crop(box)).astype(int) for box in SIDES)
    assert np.abs(steered - plain).mean() > 3


@by_name
def test_a_workflow_says_which_files_to_fetch_and_where_they_go(file):
    workflow = load(file)
    notes = "".join(node["widgets_values"][0] for node in workflow["nodes"] if node["type"] == "MarkdownNote")
    for node in loaders(workflow):
        models = node["properties"]["models"]
        assert node["widgets_values"][0] == models[0]["name"]
        for model in models:
            assert model["url"].startswith("https://huggingface.co/") and model["url"].endswith(model["name"])
            assert model["directory"] in ("diffusion_models", "tora", "text_encoders", "vae")
            # The panel shows the first file of a pair only, so the note links them all.
            assert f"[{model['name']}]({model['url']})" in notes
    for node in workflow["nodes"]:
        assert "title" not in node
        if node["type"] != "MarkdownNote":
            pack = "comfyui-tora" if node["type"].startswith("Tora") else "comfy-core"
            assert node["properties"]["cnr_id"] == pack and node["properties"]["ver"]
    assert sum(node["type"] == "MarkdownNote" for node in workflow["nodes"]) >= 2


@by_name
def test_a_workflow_has_a_thumbnail(file):
    picture = Image.open(file.with_suffix(".jpg"))
    assert picture.format == "JPEG" and min(picture.size) >= 240


def test_the_template_browser_offers_every_workflow(server):
    offered = server.get("/api/workflow_templates")
    names = next(found for pack, found in offered.items() if "Tora" in pack)
    assert sorted(names) == [file.stem for file in WORKFLOWS]


def test_help_and_node_texts_are_served_in_english_and_chinese(server):
    texts = server.get("/api/i18n")
    for language, word in (("en", "trajectory"), ("zh", "轨迹")):
        assert word in json.dumps(texts[language]["nodeDefs"], ensure_ascii=False).lower()
