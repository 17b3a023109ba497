"""The trajectory editor on an opened page, handled as a person does: by mouse and keyboard."""

from __future__ import annotations

from frontend import wait_until_still

TYPE = "ToraTrajectoryEditor"
MAKE = """async (value) => {
  document.querySelectorAll("dialog.tora-dialog").forEach((dialog) => dialog.close()); // left by a failed test
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

SHOWN = """() => {
  const stage = document.querySelector('.tora-stage');
  const frame = stage.querySelector('.frame');
  const [width, height] = [frame.getAttribute('width'), frame.getAttribute('height')].map(Number);
  const found = {};
  for (const group of stage.querySelectorAll('g[data-track]')) {
    found[group.dataset.track] = [...group.querySelectorAll('.point')].map(
      (circle) => [circle.getAttribute('cx') / width, circle.getAttribute('cy') / height]);
  }
  return found;
}"""
# Whether the stage and the timeline show these widgets.
SHOWS = """(widgets) => {
  const frame = document.querySelector('.tora-stage .frame');
  const shown = {
    width: Number(frame.getAttribute('width')),
    height: Number(frame.getAttribute('height')),
    frames: Number(document.querySelector('.tora-timeline .now').textContent.split('/')[1]) + 1,
  };
  return Object.entries(widgets).every(([name, value]) => shown[name] === value);
}"""
RUN_PREVIEW = """async () => {
  const {app, LiteGraph} = window;
  window.seen = 0;
  app.api.addEventListener('executed', () => { window.seen += 1; });
  const shown = LiteGraph.createNode('PreviewImage');
  shown.pos = [900, 60];
  app.graph.add(shown);
  app.graph.nodes.find((n) => n.type === 'ToraTrajectoryEditor').connect(2, shown, 0);
  await app.queuePrompt(0, 1);
}"""
LINE = """([track, count]) => {
  const path = document.querySelector(`.tora-stage g[data-track="${track}"] .line`);
  const matrix = path.getScreenCTM();
  const total = path.getTotalLength();
  return Array.from({length: count}, (_, i) => {
    const at = path.getPointAtLength((total * i) / (count - 1)).matrixTransform(matrix);
    return [at.x, at.y];
  });
}"""


class Editor:
    def __init__(self, page):
        self.page = page
        self.number = page.evaluate(MAKE, None)
        page.wait_for_selector(".tora-stage .frame")
        wait_until_still(page)

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

    def choose(self, place, *labels):
        """Opens the menu at a place and chooses an item, and an item of the menu that it opens."""
        self.click(*place, button="right")
        for label in labels:
            self.page.locator(".tora-menu button").filter(has_text=label).first.click()
        self.page.wait_for_timeout(60)

    def set(self, **widgets):
        """Sets widgets of the node, as width, and waits until the stage shows it."""
        self.page.evaluate(
            """(values) => { const node = window.app.graph.nodes.find((n) => n.type === 'ToraTrajectoryEditor');
              for (const w of node.widgets) if (w.name in values) w.value = values[w.name]; }""",
            widgets,
        )
        self.page.wait_for_function(SHOWS, arg=widgets)
        wait_until_still(self.page)

    def wait_for_points(self, count, track=0):
        """Waits until a track has this many points, as after an undo, and the stage is at rest."""
        self.page.wait_for_function(
            f"([track, count]) => ({VALUE})().tracks[track]?.points.length === count", arg=[track, count]
        )
        wait_until_still(self.page)

    def shown(self):
        """The points that the stage shows, in 0..1 of the frame, for each track."""
        return self.page.evaluate(SHOWN)

    def check(self):
        """What is shown is what is stored: the points of the selected track, and one line per visible track."""
        for _ in range(30):  # undo rebuilds the node, which takes a while on a busy machine
            self.page.wait_for_timeout(120)
            try:
                return self._check_now()
            except AssertionError:
                continue
        self._check_now()

    def _check_now(self):
        stored, shown = self.tracks(), self.shown()
        assert sorted(shown) == sorted(track["id"] for track in stored if track["visible"] and track["points"])
        for track in stored:
            points = shown.get(track["id"], [])
            if len(points) > 1:
                close(points, [point[:2] for point in track["points"]], 1e-3)

    def run_preview(self):
        """Runs the editor with a node that shows its preview."""
        self.page.evaluate(RUN_PREVIEW)

    def close_messages(self):
        """Closes the message over the page with which older clients report a failed run."""
        if self.page.locator(".p-dialog-mask").count():
            self.page.locator(".p-dialog-close-button").click()
            self.page.wait_for_selector(".p-dialog-mask", state="detached")

    def line(self, track, count):
        """Points of a track's line on the page."""
        return self.page.evaluate(LINE, [track, count])

    def lane(self, track, time):
        """A place in a track's row of the timeline."""
        row = f'.tora-list li[data-track="{track}"] .lane' if track else ".tora-timeline .ruler"
        box = self.box(row)
        return box["x"] + time * box["width"], box["y"] + box["height"] / 2

    def box(self, selector):
        """Where an element is on the page. A row that is just being drawn again has no place for a moment."""
        for _ in range(20):
            if box := self.page.locator(selector).bounding_box():
                return box
            self.page.wait_for_timeout(50)
        raise AssertionError(f"{selector} is not on the page")

    def drag_lane(self, track, start, end):
        self.page.mouse.move(*self.lane(track, start))
        self.page.mouse.down()
        self.page.mouse.move(*self.lane(track, end), steps=6)
        self.page.mouse.up()

    def draw(self, *points):
        for point in points:
            self.click(*point)
            self.page.wait_for_timeout(40)


ARC = [(0.15, 0.7), (0.4, 0.25), (0.8, 0.55)]


def close(actual, expected, tolerance=0.006):
    assert len(actual) == len(expected), (actual, expected)
    for one, other in zip(actual, expected, strict=True):
        assert abs(one[0] - other[0]) < tolerance and abs(one[1] - other[1]) < tolerance, (actual, expected)
