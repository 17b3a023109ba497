"""Every example workflow can be read and used as it opens, in a small and in a large window."""

from __future__ import annotations

import json

import pytest
from comfyui import PACK
from frontend import STAGES, wait_until_still

WORKFLOWS = sorted((PACK / "example_workflows").glob("*.json"))
WINDOWS = ((1366, 768), (1900, 1050))
OPEN = "async (workflow) => { await window.app.loadGraphData(workflow); }"
# Where every node is, in the coordinates of the graph: [title, x, y, width, height].
PLACES = """() => {
  const {app, LiteGraph} = window;
  return app.graph.nodes.map((node) => {
    const element = LiteGraph.vueNodesMode ? document.querySelector(`[data-node-id="${node.id}"]`) : null;
    const [width, height] = element ? [element.offsetWidth, element.offsetHeight] : [node.size[0], node.size[1] + 30];
    return [node.title, node.pos[0], node.pos[1] - 30, width, height];
  });
}"""
# For each note that is on the screen: its first words, the height of its letters, and the contrast of its text.
NOTES = """() => {
  const rgb = (text) => (text.match(/[\\d.]+/g) ?? []).map(Number);
  const light = (colour) => {
    const [r, g, b] = colour.map((c) => (c / 255 <= 0.03928 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const behind = (element) => {
    for (let each = element; each; each = each.parentElement) {
      const colour = rgb(getComputedStyle(each).backgroundColor);
      if (colour.length === 3 || colour[3] > 0.5) return colour.slice(0, 3);
    }
    return [34, 34, 34];
  };
  return [...document.querySelectorAll('.comfy-markdown li, [class*="markdown"] li, .lg-node-widget li, .tiptap li')]
    .filter((item) => item.getBoundingClientRect().width > 0 && item.checkVisibility())
    .map((item) => {
      const [text, ground] = [light(rgb(getComputedStyle(item).color).slice(0, 3)), light(behind(item))];
      const zoom = item.getBoundingClientRect().width / item.offsetWidth;
      return [
        item.textContent.slice(0, 20),
        parseFloat(getComputedStyle(item).fontSize) * zoom,
        (Math.max(text, ground) + 0.05) / (Math.min(text, ground) + 0.05),
      ];
    });
}"""


@pytest.fixture(params=WINDOWS, ids=lambda size: f"{size[0]}x{size[1]}")
def window(request, page):
    page.set_viewport_size({"width": request.param[0], "height": request.param[1]})
    yield request.param
    page.set_viewport_size({"width": 1900, "height": 1050})


@pytest.mark.parametrize("file", WORKFLOWS, ids=lambda file: file.stem)
def test_a_workflow_opens_readable_and_without_overlaps(page, window, file):
    page.evaluate(OPEN, json.loads(file.read_text(encoding="utf-8")))
    page.wait_for_function(f"() => ({NOTES})().length >= 3")  # the steps of the first note
    wait_until_still(page, f"() => [({PLACES})(), ({NOTES})(), ({STAGES})()]")
    places = page.evaluate(PLACES)
    for number, (title, x, y, width, height) in enumerate(places):
        for other, left, top, wide, high in places[:number]:
            apart = x >= left + wide or left >= x + width or y >= top + high or top >= y + height
            assert apart, (title, other)
    notes = page.evaluate(NOTES)
    assert len(notes) >= 3, notes
    for words, letters, contrast in notes:
        assert letters >= 7 and contrast >= 4.5, (words, letters, contrast)
    if "motion_from" not in file.stem:
        editor = page.locator(".tora-editor").bounding_box()
        assert editor["height"] >= 0.4 * window[1]
        assert editor["x"] >= 60 and editor["y"] + editor["height"] <= window[1]
        assert editor["x"] + editor["width"] <= window[0]
