"""Measures the speed of the editor: ``python -m benchmarks.editor`` (needs ComfyUI, Chromium, playwright and Node.js).

It prints the median frame time while one point is dragged, with 20 tracks of 50 points. It also prints how long a
workflow with 10 editors takes to open, compared with a workflow with 10 text nodes. The last figures are for a drawing
of 1000 tracks of 49 points: the time from giving the value to the drawn picture, its parts, and the time to open a
workflow with it. ``--opening`` prints these only.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from .editor_opening import time_parts, time_showing

ROOT = Path(__file__).parents[1]
FRAMES = """() => { window.times = []; let last = performance.now();
  const step = (now) => { window.times.push(now - last); last = now; window.ticking = requestAnimationFrame(step); };
  window.ticking = requestAnimationFrame(step); }"""
ADD = """async (value) => { const node = window.LiteGraph.createNode('ToraTrajectoryEditor');
  window.app.graph.add(node); node.pos = [120, 60]; node.setSize([760, 760]);
  node.widgets.find((w) => w.name === 'trajectory').value = value;
  window.app.canvas.ds.scale = 1; window.app.canvas.ds.offset = [60, 40]; window.app.canvas.setDirty(true, true); }"""
LARGE = (1000, 49)
"""Tracks of a large drawing, and points of each."""
OPEN = """async (graph) => { const start = performance.now(); await window.app.loadGraphData(graph);
  await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
  return performance.now() - start; }"""
MANY = """async ([type, count, value]) => { await window.app.loadGraphData({nodes: [], links: [], version: 0.4});
  for (let i = 0; i < count; i += 1) { const node = window.LiteGraph.createNode(type); window.app.graph.add(node);
    node.pos = [(i % 5) * 800, Math.floor(i / 5) * 800];
    const widget = (node.widgets || []).find((w) => w.name === 'trajectory'); if (widget) widget.value = value; }
  return window.app.graph.serialize(); }"""


def make_drawing(tracks: int, points: int) -> str:
    """Makes the value of an editor with this many tracks and points per track."""
    drawn = [
        {
            "id": f"t{n}",
            "points": [[0.05 + 0.9 * i / points, 0.05 + 0.9 * ((n + i % 3) / (tracks + 3))] for i in range(points)],
        }
        for n in range(tracks)
    ]
    return json.dumps({"version": 1, "canvas": [720, 480], "tracks": drawn})


def time_editor(page: Any) -> dict[str, float]:
    """Drags a point and opens two workflows. Returns times in milliseconds and the number of frames."""
    value = make_drawing(20, 50)
    page.evaluate(ADD, value)
    page.wait_for_selector(".tora-stage .frame")
    page.wait_for_timeout(800)
    box = page.locator(".tora-stage .point").nth(25).bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.evaluate(FRAMES)
    for step in range(120):
        page.mouse.move(box["x"] + 2 * (step % 40), box["y"] + step % 30)
    page.mouse.up()
    times = page.evaluate("() => { cancelAnimationFrame(window.ticking); return window.times; }")
    opened = {}
    for name, kind in (("editors", "ToraTrajectoryEditor"), ("others", "ToraTrajectoryFromText")):
        graph = page.evaluate(MANY, [kind, 10, make_drawing(3, 8)])
        opened[name] = statistics.median(page.evaluate(OPEN, graph) for _ in range(5))
    return {
        "frame_ms": statistics.median(times),
        "frames": len(times),
        **{f"open_{k}_ms": v for k, v in opened.items()},
    }


def time_large(page: Any) -> str:
    """Shows and opens a large drawing. Returns a sentence with both times."""
    shown = time_showing(page, make_drawing(*LARGE))
    graph = page.evaluate("() => window.app.graph.serialize()")
    opened = statistics.median(page.evaluate(OPEN, graph) for _ in range(5))
    return f"{LARGE[0]} x {LARGE[1]} points are drawn in {shown:.0f} ms; a workflow with them opens in {opened:.0f} ms"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--opening", action="store_true", help="measure only the large drawing")
    arguments = parser.parse_args()
    sys.path[:0] = [str(ROOT / "tests" / "browser"), str(ROOT / "tests" / "host"), str(ROOT / "tests"), str(ROOT)]
    from comfyui import COMFYUI
    from frontend import CHROMIUM, QUIET, READY
    from playwright.sync_api import sync_playwright
    from server import Server

    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        server = Server(COMFYUI, Path(folder))
        try:
            server.wait_until_ready()
            flags = ["--no-sandbox", *(f"--{flag}" for flag in QUIET)]
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=flags)
            for name, vue in (("classic", False), ("nodes 2.0", True)):
                server.post("/api/settings", {"Comfy.VueNodes.Enabled": vue, "Comfy.TutorialCompleted": True})
                page = browser.new_page(viewport={"width": 1600, "height": 1000})
                page.goto(f"http://{server.address}/")
                page.wait_for_function(READY, timeout=90_000)
                time.sleep(2)
                sys.stdout.write(f"{name}: {time_large(page)}\n")
                if arguments.opening:
                    page.close()
                    continue
                found = time_editor(page)
                added = found["open_editors_ms"] - found["open_others_ms"]
                sys.stdout.write(
                    f"{name}: median frame while dragging 20 x 50 points {found['frame_ms']:.1f} ms "
                    f"({found['frames']:.0f} frames); 10 editors open in {found['open_editors_ms']:.0f} ms, "
                    f"{added:+.0f} ms compared with 10 text nodes\n"
                )
                page.close()
            server.post("/api/settings", {"Comfy.VueNodes.Enabled": False})
            parts = time_parts(browser, server.address, READY, make_drawing(*LARGE))
            sys.stdout.write(f"classic, profiled: {', '.join(f'{part} {ms:.0f} ms' for part, ms in parts.items())}\n")
            browser.close()
        finally:
            server.stop()


if __name__ == "__main__":
    main()
