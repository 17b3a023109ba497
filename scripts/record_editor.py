"""Records README's first picture in a running ComfyUI: ``python -m scripts.record_editor http://127.0.0.1:8188``.

It draws a path with the mouse in ``toy_playground``, presses Run and waits for both results. It needs Nodes 2.0 turned
on, Playwright and Debian's Chromium.
"""

from __future__ import annotations

import argparse
import io
import json
import shutil
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
OUT = ROOT / "docs" / "images" / "editor_and_toy.webp"
_POINTS = (0.30, 0.68), (0.40, 0.44), (0.55, 0.40), (0.68, 0.56)
"""Points that are clicked, as parts of the stage. The path is short enough for the toy: under 6 px per frame."""
_CLIP = {"x": 60, "y": 40, "width": 1130, "height": 722}
_WIDTH = 900
_READY = "!!(window.LiteGraph?.registered_node_types['ToraApply'] && window.app?.graph)"
_POINTER = """() => {
  const pointer = document.createElement('div');
  pointer.innerHTML = `<svg width=26 height=26 viewBox="0 0 24 24">
    <path d="M4 2l14 11-6.5 1 3.7 7-2.9 1.4-3.6-7L4 20z" fill="#fff" stroke="#000" stroke-width="1.6"/></svg>`;
  Object.assign(pointer.style, {position: 'fixed', zIndex: 1e6, pointerEvents: 'none', left: '0', top: '0'});
  document.body.append(pointer);
  window.addEventListener('pointermove', ({clientX, clientY}) => {
    Object.assign(pointer.style, {left: `${clientX}px`, top: `${clientY}px`});
  }, true);
}"""
_OPEN = """async (workflow) => {
  await window.app.loadGraphData(workflow);
  window.finished = 0;
  window.app.api.addEventListener('executed', () => { window.finished += 1; });
}"""


class Recording:
    """Screenshots of a page, each with the time that it is shown."""

    def __init__(self, page: Any) -> None:
        self.page = page
        self.frames: list[tuple[Any, int]] = []

    def take(self, milliseconds: int) -> None:
        """Takes a screenshot that is shown for this time."""
        from PIL import Image

        picture = Image.open(io.BytesIO(self.page.screenshot(clip=_CLIP))).convert("RGB")
        height = round(_WIDTH * picture.height / picture.width)
        self.frames.append((picture.resize((_WIDTH, height), Image.Resampling.LANCZOS), milliseconds))

    def save(self, file: Path) -> None:
        """Saves an animated WEBP that repeats."""
        pictures, times = zip(*self.frames, strict=True)
        pictures[0].save(file, save_all=True, append_images=pictures[1:], duration=times, loop=0, quality=78, method=6)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m scripts.record_editor", description=__doc__)
    parser.add_argument("address", help="address of a running ComfyUI with this pack")
    parser.add_argument("--out", type=Path, default=OUT, help=f"file to write (default: {OUT.relative_to(ROOT)})")
    options = parser.parse_args()
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1366, "height": 768})
        page.goto(options.address)
        page.wait_for_function(_READY, timeout=90_000)
        page.wait_for_timeout(1000)
        _record(page).save(options.out)
        browser.close()


def _record(page: Any) -> Recording:
    page.evaluate(_OPEN, _read_empty_playground())
    page.wait_for_timeout(2000)
    page.evaluate(_POINTER)
    recording = Recording(page)
    stage = page.locator(".tora-stage .frame").bounding_box()

    def place(x: float, y: float) -> tuple[float, float]:
        return stage["x"] + x * stage["width"], stage["y"] + y * stage["height"]

    before = (0.5, 1.2)
    page.mouse.move(*place(*before))
    recording.take(900)
    for point in _POINTS:
        for part in (0.25, 0.5, 0.75, 1.0):
            x, y = (start + (end - start) * part for start, end in zip(before, point, strict=True))
            page.mouse.move(*place(x, y))
            recording.take(70)
        page.mouse.click(*place(*point))
        page.wait_for_timeout(150)
        recording.take(260)
        before = point
    page.get_by_text("Run", exact=True).first.click()
    recording.take(300)
    page.wait_for_function("window.finished >= 2", timeout=120_000)
    page.wait_for_timeout(1500)
    page.mouse.move(*place(0.5, 1.25))
    for _ in range(14):
        recording.take(250)
        page.wait_for_timeout(180)
    return recording


def _read_empty_playground() -> Any:
    """Reads the workflow without the path in it."""
    workflow = json.loads((ROOT / "example_workflows" / "toy_playground.json").read_text(encoding="utf-8"))
    for node in workflow["nodes"]:
        if node["type"] == "ToraTrajectoryEditor":
            del node["widgets_values_named"]
            node["widgets_values"] = [96, 64, 9, "", 0, False]
    return workflow


if __name__ == "__main__":
    main()
