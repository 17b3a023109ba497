"""Every workflow has an app view in ComfyUI: picture, path, prompt, Run and result, without the graph."""

from __future__ import annotations

import json

import pytest
from comfyui import PACK
from frontend import READY, wait_until_still

WORKFLOWS = sorted((PACK / "example_workflows").glob("*.json"))
SHOWN = {
    "image_to_video": ["image", "trajectory", "text", "strength", "seed"],
    "motion_from_video": ["file", "text", "camera", "strength", "seed"],
    "wan_move": ["image", "trajectory", "text", "seed"],
    "wan_ati": ["image", "trajectory", "text", "seed"],
    "ltx_tracks": ["image", "trajectory", "text", "seed"],
    "toy_playground": ["trajectory", "prompt", "strength", "seed"],
}
"""Inputs of the app view from top to bottom. Other workflows have those of text_to_video."""
TEXT_TO_VIDEO = ["trajectory", "text", "strength", "seed"]
# All words on the page, and where the editor is.
TEXTS = """() => [document.body.innerText,
  ...[...document.querySelectorAll('.tora-stage')].map((stage) => stage.getBoundingClientRect())]"""
STORED = (
    "app.graph.nodes.find((n) => n.type === 'ToraTrajectoryEditor').widgets.find((w) => w.name === 'trajectory').value"
)


@pytest.fixture(scope="module")
def app_page(server, chromium):
    before = server.get("/api/settings").get("Comfy.VueNodes.Enabled", False)
    server.post("/api/settings", {"Comfy.VueNodes.Enabled": True, "Comfy.TutorialCompleted": True})
    page = chromium.new_page(viewport={"width": 1400, "height": 900})
    page.goto(f"http://{server.address}/")
    page.wait_for_function(READY, timeout=90_000)
    server.post("/api/settings", {"Comfy.VueNodes.Enabled": before})  # other pages of this server may be reloaded
    yield page
    page.close()


def open_app(page, file):
    workflow = json.loads(file.read_text(encoding="utf-8"))
    assert not workflow["extra"].get("linearMode")  # it opens as a graph, and the user chooses the app view
    workflow["extra"]["linearMode"] = True
    page.evaluate("(workflow) => app.loadGraphData(workflow)", workflow)
    skip, run = page.get_by_role("button", name="Skip").first, page.get_by_role("button", name="Run", exact=True).last
    skip.or_(run).first.wait_for()
    wait_until_still(page, TEXTS)
    if skip.is_visible():  # the tour of the app view
        skip.click()
    run.wait_for()
    wait_until_still(page, TEXTS)


def place_of(page, name):
    labels = page.get_by_text(name, exact=True)
    found = [box for each in labels.all() if (box := each.bounding_box()) and box["x"] > 900]
    assert found, name
    return found[0]["y"]


@pytest.mark.parametrize("file", WORKFLOWS, ids=lambda file: file.stem)
def test_the_app_view_lists_what_a_user_changes_in_the_order_of_use(app_page, file):
    open_app(app_page, file)
    places = [place_of(app_page, name) for name in SHOWN.get(file.stem, TEXT_TO_VIDEO)]
    assert places == sorted(places)
    assert app_page.get_by_role("button", name="Run", exact=True).last.is_visible()


def test_a_path_is_drawn_and_run_in_the_app_view_and_both_results_appear(app_page):
    open_app(app_page, next(file for file in WORKFLOWS if file.stem == "toy_playground"))
    before = app_page.evaluate(STORED)
    stage = app_page.locator(".tora-stage").bounding_box()
    app_page.mouse.click(stage["x"] + 0.5 * stage["width"], stage["y"] + 0.8 * stage["height"])
    app_page.wait_for_function(f"(before) => {STORED} !== before", arg=before)
    app_page.get_by_role("button", name="Run", exact=True).last.click()
    app_page.wait_for_selector("img[src*='tora_toy_with_']:visible", timeout=90_000)
    app_page.wait_for_selector("img[src*='tora_toy_without_']:visible", timeout=90_000)
