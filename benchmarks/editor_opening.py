"""How long the editor takes to show a large drawing, and which parts of its code take the time."""

from __future__ import annotations

import bisect
import re
import statistics
import subprocess
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
REPEATS = 7
PARTS = {
    "parsing": {"value.ts", "model.ts", "session.ts"},
    "sampling": {"geometry.ts", "timing.ts"},
}
"""Source files of each part. Everything else is drawing."""
NEW = """async () => { await window.app.loadGraphData({nodes: [], links: [], version: 0.4});
  const node = window.LiteGraph.createNode('ToraTrajectoryEditor');
  window.app.graph.add(node); node.pos = [120, 60]; node.setSize([760, 760]);
  window.app.canvas.ds.scale = 1; window.app.canvas.ds.offset = [60, 40]; window.app.canvas.setDirty(true, true); }"""
# The editor draws in the first frame. The third one begins when the browser has put its picture on the screen.
SHOW = """async (value) => { const frame = () => new Promise(requestAnimationFrame);
  const widget = window.app.graph.nodes.at(-1).widgets.find((each) => each.name === 'trajectory');
  await frame(); const start = performance.now(); widget.value = value;
  await frame(); await frame(); await frame(); return performance.now() - start; }"""
SETTLE_MS = 700


def time_showing(page: Any, value: str) -> float:
    """Gives a value to a new editor, and returns the median time until it is drawn, in milliseconds."""
    return statistics.median(_show(page, value) for _ in range(REPEATS))


def time_parts(browser: Any, address: str, ready: str, value: str) -> dict[str, float]:
    """Profiles a build whose files can be told apart. Returns the median time of each part in milliseconds."""
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(
            ["npx", "vite", "build", "--mode", "readable", "--outDir", folder, "--emptyOutDir"],
            cwd=ROOT, check=True, capture_output=True,
        )  # fmt: skip
        script = (Path(folder) / "tora_trajectory.js").read_text()
    page = browser.new_page(viewport={"width": 1600, "height": 1000})
    page.route(
        "**/tora_trajectory.js*", lambda route: route.fulfill(body=script, content_type="application/javascript")
    )
    page.goto(f"http://{address}/")
    page.wait_for_function(ready, timeout=90_000)
    page.wait_for_timeout(2000)
    session = page.context.new_cdp_session(page)
    session.send("Profiler.enable")
    session.send("Profiler.setSamplingInterval", {"interval": 200})
    found = []
    for _ in range(REPEATS):
        total = _show(page, value, session)
        times = split_profile(session.send("Profiler.stop")["profile"], script)
        found.append(times | {"drawing": total - sum(times.values()), "total": total})
    page.close()
    return {name: statistics.median(each[name] for each in found) for name in (*PARTS, "drawing", "total")}


def split_profile(profile: dict[str, Any], script: str) -> dict[str, float]:
    """Sums the samples of a profile by part, in milliseconds. The browser's own functions count for their caller."""
    starts, files = _find_files(script)
    nodes = {node["id"]: node for node in profile["nodes"]}
    callers = {child: node["id"] for node in profile["nodes"] for child in node.get("children", [])}
    spent: Counter[str] = Counter()
    for sample, micros in zip(profile["samples"], profile["timeDeltas"], strict=True):
        at: int | None = sample
        while at is not None and not nodes[at]["callFrame"]["url"]:
            at = callers.get(at)
        if at is None or "tora_trajectory" not in nodes[at]["callFrame"]["url"]:
            continue
        file = files[max(0, bisect.bisect_right(starts, nodes[at]["callFrame"]["lineNumber"]) - 1)]
        for part, names in PARTS.items():
            spent[part] += micros / 1000 if file in names else 0
    return {part: spent[part] for part in PARTS}


def _find_files(script: str) -> tuple[list[int], list[str]]:
    """The first line of each source file in a readable build, and the name of the file."""
    lines = (
        (number, re.fullmatch(r"// (\S+\.(?:ts|js|json|css)\S*)", line))
        for number, line in enumerate(script.split("\n"))
    )
    found = [(number, Path(match[1]).name) for number, match in lines if match]
    return [number for number, _ in found], [name for _, name in found]


def _show(page: Any, value: str, session: Any = None) -> float:
    page.evaluate(NEW)
    page.wait_for_selector(".tora-stage .frame")
    page.wait_for_timeout(SETTLE_MS)
    if session:
        session.send("Profiler.start")
    return page.evaluate(SHOW, value)
