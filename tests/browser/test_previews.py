"""The sampler shows the moving video with its paths while it runs, in the real frontend."""

from __future__ import annotations

import base64
import io
import itertools
import json

import numpy as np
from comfyui import PACK
from PIL import Image

TOY = PACK / "example_workflows" / "toy_playground.json"
SAND, SAMPLER = (203, 192, 166), "24:6"
RUNS = itertools.count()
"""Each run has another number of steps, so that none is cached."""
# Opens the toy's subgraph, and keeps each preview that arrives with the progress of its node.
OPEN = """async (workflow) => {
  const {app} = window;
  await app.loadGraphData(workflow);
  const face = app.graph.nodes.find((node) => node.isSubgraphNode?.());
  app.canvas.openSubgraph(face.subgraph, face);
  await new Promise((done) => setTimeout(done, 800));
  await app.extensionManager.command.execute('Comfy.Canvas.FitView');
  window.previews = [];
  window.finished = 0;
  window.failed = null;
  let progress = {};
  app.api.addEventListener('progress_state', ({detail}) => { progress = detail.nodes; });
  app.api.addEventListener('b_preview_with_metadata', async ({detail}) => {
    const node = progress[detail.nodeId] ?? {};
    const entry = {id: detail.nodeId, step: node.value, steps: node.max};
    const bytes = new Uint8Array(await detail.blob.arrayBuffer());
    entry.data = btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''));
    window.previews.push(entry);
  });
  app.api.addEventListener('execution_error', ({detail}) => { window.failed = detail.exception_message; });
  app.api.addEventListener('execution_success', () => { window.finished += 1; });
}"""


def open_toy(page, steps=100, **settings):
    """Opens the toy inside its subgraph, with these settings of Tora Apply.

    It has more steps than the toy needs, so that there is time to look: six pictures arrive per second.
    """
    workflow = json.loads(TOY.read_text(encoding="utf-8"))
    (inside,) = workflow["definitions"]["subgraphs"]
    of = {node["title"]: node for node in inside["nodes"]}
    names = [slot["name"] for slot in of["Steer the model"]["inputs"] if "widget" in slot]
    for name, value in settings.items():
        of["Steer the model"]["widgets_values"][names.index(name)] = value
    of["Sample with Tora"]["widgets_values"][2] = steps + next(RUNS)
    of["Sample without"]["widgets_values"][2] = 2
    page.evaluate(OPEN, workflow)
    page.wait_for_timeout(1000)


def start(page):
    page.evaluate("() => window.app.queuePrompt(0, 1)")


def finish(page):
    page.wait_for_function("() => window.failed || window.finished", timeout=120_000)
    assert page.evaluate("() => window.failed") is None


def picture_of(preview):
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(preview["data"]))).convert("RGB")).astype(int)


def middle_of_the_sprite(picture):
    """The middle of what is green, in pixels of the preview."""
    red, green, blue = picture.transpose(2, 0, 1)
    y, x = np.nonzero((green - red > 40) & (green - blue > 20))
    assert len(x) > 500  # a sprite, not a spot
    return x.mean(), y.mean()


def sand_on_screen(page):
    """How many pixels of the page have the colour of the toy's ground."""
    screen = np.asarray(Image.open(io.BytesIO(page.screenshot())).convert("RGB")).astype(int)
    return int((np.abs(screen - SAND).max(axis=-1) < 30).sum())


def test_a_moving_sprite_is_shown_on_the_sampler_long_before_the_last_step(server, page):
    open_toy(page, steps=300)
    before = sand_on_screen(page)
    start(page)
    page.wait_for_function("() => window.failed || window.previews.length >= 9", timeout=60_000)
    shown = sand_on_screen(page)
    previews = page.evaluate("() => window.previews")
    finish(page)
    assert {each["id"] for each in previews} == {SAMPLER}
    assert all(each["step"] < each["steps"] for each in previews)
    x, y = np.array([middle_of_the_sprite(picture_of(each)) for each in previews]).T
    assert np.ptp(x) > 70 and np.ptp(y) > 40  # the arc of the workflow, in a picture of 512x341
    assert shown - before > 3000


def test_the_path_is_drawn_over_the_preview(server, page):
    open_toy(page)
    start(page)
    page.wait_for_function("() => window.failed || window.previews.length >= 3", timeout=60_000)
    picture = picture_of(page.evaluate("() => window.previews.at(-1)"))
    finish(page)
    red, green, blue = picture.transpose(2, 0, 1)
    y, x = np.nonzero((red - green > 100) & (red - blue > 80))
    assert len(x) > 50 and 150 < x.mean() < 350 and 100 < y.mean() < 260


def test_off_shows_nothing(server, page):
    open_toy(page, preview="off")
    start(page)
    finish(page)
    assert page.evaluate("() => window.previews") == []
