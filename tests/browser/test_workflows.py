"""Every example workflow opens in the real frontend with nothing missing, validates, and runs."""

from __future__ import annotations

import json
import os

import numpy as np
import pytest
import torch
from comfyui import PACK
from PIL import Image

WORKFLOWS = sorted((PACK / "example_workflows").glob("*.json"))
by_name = pytest.mark.parametrize("file", WORKFLOWS, ids=lambda file: file.stem)
TOY = PACK / "example_workflows" / "toy_playground.json"
FOR_OTHER_MODELS = {PACK / "example_workflows" / f"{name}.json" for name in ("wan_move", "wan_ati", "ltx_tracks")}
by_name_of_tora = pytest.mark.parametrize(
    "file", sorted({*WORKFLOWS} - {TOY} - FOR_OTHER_MODELS), ids=lambda file: file.stem
)
SIDES = ("With Tora", "Without")
FOLDERS = ("checkpoints", "clip_vision", "diffusion_models", "loras", "text_encoders", "tora", "vae")
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


def opened(page, file):
    """The prompt and the types of an opened workflow, with a video where the user has to choose one."""
    workflow = load(file)
    for node in workflow["nodes"]:
        if node["type"] == "LoadVideo":
            node["widgets_values"][0] = "motion.mp4"
    return page.evaluate(OPEN, workflow)


def all_nodes(workflow):
    """The nodes of a workflow and of its subgraphs."""
    return workflow["nodes"] + [node for each in subgraphs(workflow) for node in each["nodes"]]


def subgraphs(workflow):
    return (workflow.get("definitions") or {}).get("subgraphs", [])


def loaders(workflow):
    return [node for node in workflow["nodes"] if node["type"].endswith(("Loader", "LoadModel", "LoadCogVideoX"))]


@by_name
def test_a_workflow_opens_with_no_missing_node_and_no_missing_input(server, page, file):
    found = opened(page, file)
    assert not found["unknown"]
    assert sorted(found["types"]) == sorted(node["type"] for node in load(file)["nodes"])
    known = server.get("/object_info")
    for number, node in found["prompt"].items():
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


@by_name_of_tora
def test_an_opened_workflow_runs_up_to_the_sampler(server, page, file):
    """In little: smaller and shorter, golden prompts in the place of T5, and a motion latent from the probe VAE."""
    prompt = opened(page, file)["prompt"]
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


def in_little(prompt, size, frames):
    """Makes a prompt small, puts golden prompts in the place of text encoders, and returns its nodes by type."""
    of = {node["class_type"]: node for node in prompt.values()}
    of["ToraTrajectoryEditor"]["inputs"] |= {"width": size[0], "height": size[1], "frames": frames}
    of["ToraTrajectoryResample"]["inputs"] |= {"width": size[0], "height": size[1]}
    texts = iter(("positive", "negative"))
    for node in prompt.values():
        if node["class_type"] == "CLIPTextEncode":
            node["class_type"] = "ProbeConditioning"
            node["inputs"] = {"file": "prompts.safetensors", "name": next(texts)}
    return of


def remove(prompt, *types):
    """Removes nodes, and the inputs that they fed."""
    gone = {number for number, node in prompt.items() if node["class_type"] in types}
    for number in gone:
        del prompt[number]
    for node in prompt.values():
        for name, value in list(node["inputs"].items()):
            if isinstance(value, list) and value[0] in gone:
                del node["inputs"][name]


def latent_of(server, prompt, file, **outputs):
    prompt["save"] = {"class_type": "ProbeSave", "inputs": {"file": file, **outputs}}
    server.run(prompt)
    from safetensors.torch import load_file

    return next(iter(load_file(server.folder / "output" / file).values()))


AFTER_THE_SAMPLER = ("KSampler", "VAEDecode", "CreateVideo", "SaveVideo")


@pytest.mark.parametrize(
    ("name", "node", "without"),
    [("wan_move", "WanMoveTrackToVideo", {"strength": 0.0}), ("wan_ati", "WanTrackToVideo", {"tracks": "[]"})],
)
def test_the_path_reaches_wan_up_to_the_sampler(server, page, name, node, without):
    prompt = opened(page, PACK / "example_workflows" / f"{name}.json")["prompt"]
    of = in_little(prompt, (96, 64), 9)
    of[node]["inputs"] |= {"width": 96, "height": 64, "length": 9}
    if name == "wan_move":
        of["ToraTrajectoryResample"]["inputs"]["frames"] = 9
    (vae,) = (each for each in prompt.values() if each["class_type"] == "VAELoader")
    vae["class_type"], vae["inputs"] = "ProbeTinyVAE", {}
    vision = ("CLIPVisionLoader", "CLIPVisionEncode")
    remove(prompt, "CLIPLoader", "UNETLoader", "ModelSamplingSD3", *vision, *AFTER_THE_SAMPLER)
    number = next(key for key, each in prompt.items() if each["class_type"] == node)
    steered = latent_of(server, prompt, f"{name}.safetensors", conditioning=[number, 0])
    of[node]["inputs"] |= without
    plain = latent_of(server, prompt, f"{name}_plain.safetensors", conditioning=[number, 0])
    assert steered.shape == plain.shape == (1, 16, 3, 8, 12) and steered.isfinite().all()
    torch.testing.assert_close(steered[:, :, :1], plain[:, :, :1], atol=1e-6, rtol=0)  # the start image
    assert (steered[:, :, 1:] - plain[:, :, 1:]).abs().max() > 1e-4  # small: the picture's latents differ little


def test_the_path_reaches_ltx_up_to_the_sampler(server, page):
    prompt = opened(page, PACK / "example_workflows" / "ltx_tracks.json")["prompt"]
    of = in_little(prompt, (128, 64), 9)
    of["ToraTrajectoryResample"]["inputs"]["frames"] = 9
    (checkpoint,) = (each for each in prompt.values() if each["class_type"] == "CheckpointLoaderSimple")
    checkpoint["class_type"], checkpoint["inputs"] = "ProbeLTXVAE", {}
    sound = ("LTXVAudioVAELoader", "LTXVEmptyLatentAudio", "LTXVConcatAVLatent", "LTXVSeparateAVLatent")
    rest = ("LTXVCropGuides", "VAEDecodeTiled", "LTXVAudioVAEDecode", "SaveAnimatedWEBP")
    lora = ("LoraLoaderModelOnly", "GetICLoRAParameters", "LTXAVTextEncoderLoader")
    remove(prompt, *sound, *rest, *lora, *AFTER_THE_SAMPLER)
    number = next(key for key, each in prompt.items() if each["class_type"] == "LTXVAddGuide")
    latent = latent_of(server, prompt, "ltx_tracks.safetensors", latent=[number, 2])
    assert latent.shape == (1, 128, 2 + 2, 2, 4)  # the video, and behind it the guide
    assert latent[:, :3, 2:].amax() > 0 and latent[:, 3:, 2:].abs().max() == 0  # its colours


def test_the_toy_playground_runs_as_it_is_and_shows_both_sides(server, page):
    prompt = opened(page, TOY)["prompt"]
    outputs = server.run(prompt)["outputs"]
    number = {node.get("title"): str(node["id"]) for node in load(TOY)["nodes"]}
    last = []
    for side in SIDES:
        (written,) = outputs[number[side]]["images"]
        picture = Image.open(server.folder / "output" / written["subfolder"] / written["filename"])
        assert (picture.n_frames, picture.size) == (9, (480, 320))
        picture.seek(8)
        last.append(np.asarray(picture.convert("RGB")).astype(int))
    assert np.abs(last[0] - last[1]).mean() > 3


def test_strength_zero_on_the_face_of_the_toy_gives_the_same_video_twice(server, page):
    workflow = load(TOY)
    prompt = page.evaluate(OPEN, workflow)["prompt"]
    of = {node["class_type"]: node for node in prompt.values()}
    assert (
        of["ToraApply"]["inputs"]["strength"] == 1 and of["ToraLoadToy"]["inputs"]["prompt"] == "green triangle on sand"
    )
    (face,) = (node for node in workflow["nodes"] if node["type"] == subgraphs(workflow)[0]["id"])
    names = [entry["name"] for entry in face["inputs"] if "widget" in entry and entry["link"] is None]
    assert names == ["prompt", "strength", "seed"]
    of["ToraApply"]["inputs"]["strength"] = 0
    for node in prompt.values():
        node["inputs"].pop("label", None)  # the only thing that differs
    outputs = server.run(prompt)["outputs"]
    videos = [
        (server.folder / "output" / each["subfolder"] / each["filename"]).read_bytes()
        for node in outputs.values()
        for each in node["images"]
    ]
    assert len(videos) == 2 and videos[0] == videos[1]


@by_name
def test_a_workflow_says_which_files_to_fetch_and_where_they_go(file):
    workflow = load(file)
    notes = "".join(node["widgets_values"][0] for node in workflow["nodes"] if node["type"] == "MarkdownNote")
    for node in loaders(workflow):
        models = node["properties"]["models"]
        assert node["widgets_values"][0] == models[0]["name"]
        for model in models:
            assert model["url"].startswith("https://huggingface.co/") and model["url"].endswith(model["name"])
            assert model["directory"] in FOLDERS
            # The panel shows the first file of a pair only, so the note links them all.
            assert f"[{model['name']}]({model['url']})" in notes
    inner = {each["id"] for each in subgraphs(workflow)}
    for node in all_nodes(workflow):
        assert node.get("title"), node["type"]  # it says the role
        if node["type"] != "MarkdownNote" and node["type"] not in inner:
            pack = "comfyui-tora" if node["type"].startswith("Tora") else "comfy-core"
            assert node["properties"]["cnr_id"] == pack and node["properties"]["ver"]
    assert sum(node["type"] == "MarkdownNote" for node in workflow["nodes"]) >= (1 if file == TOY else 2)


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
