"""The trajectory editor on an opened page, handled as a person does: by mouse and keyboard."""

from __future__ import annotations

TYPE = "ToraTrajectoryEditor"
MAKE = """async (value) => {
  await window.app.loadGraphData({nodes: [], links: [], version: 0.4, last_node_id: 0, last_link_id: 0});
  const node = window.LiteGraph.createNode('ToraTrajectoryEditor');
  window.app.graph.add(node);
  node.pos = [120, 60];
  node.setSize([640, 640]);
  if (value) node.widgets.find((widget) => widget.name === 'trajectory').value = value;
  window.app.canvas.ds.scale = 1;
  window.app.canvas.ds.offset = [60, 40];
  window.app.canvas.setDirty(true, true);
  return String(node.id);
}"""
VALUE = (
    "() => JSON.parse(window.app.graph.nodes.find((n) => n.type === 'ToraTrajectoryEditor')"
    ".widgets.find((w) => w.name === 'trajectory').value || '{\"tracks\": []}')"
)


class Editor:
    def __init__(self, page):
        self.page = page
        self.number = page.evaluate(MAKE, None)
        page.wait_for_selector(".tora-stage .frame")
        page.wait_for_timeout(600)

    def value(self):
        return self.page.evaluate(VALUE)

    def tracks(self):
        return self.value()["tracks"]

    def place(self, x, y):
        """A point in 0..1 of the frame -> page coordinates."""
        box = self.page.locator(".tora-stage .frame").bounding_box()
        return box["x"] + x * box["width"], box["y"] + y * box["height"]

    def click(self, x, y, **options):
        self.page.mouse.click(*self.place(x, y), **options)

    def drag(self, start, end, steps=6):
        self.page.mouse.move(*self.place(*start))
        self.page.mouse.down()
        self.page.mouse.move(*self.place(*end), steps=steps)
        self.page.mouse.up()

    def button(self, label):
        self.page.locator(f'.tora-editor button[aria-label="{label}"]').first.click()

    def draw(self, *points):
        for point in points:
            self.click(*point)
            self.page.wait_for_timeout(40)


ARC = [(0.15, 0.7), (0.4, 0.25), (0.8, 0.55)]


def close(actual, expected, tolerance=0.006):
    assert len(actual) == len(expected), (actual, expected)
    for one, other in zip(actual, expected, strict=True):
        assert abs(one[0] - other[0]) < tolerance and abs(one[1] - other[1]) < tolerance, (actual, expected)
