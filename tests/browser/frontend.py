"""How a page of the real frontend is opened, when it is ready, and when it has come to rest."""

from __future__ import annotations

import shutil
from typing import Any

CHROMIUM = shutil.which("chromium")
QUIET = ("disable-gpu", "disable-quic", "disable-background-networking", "disable-component-update", "disable-sync")
READY = "!!(window.LiteGraph && window.app?.graph && window.LiteGraph.registered_node_types['ToraApply'])"
# Looks once per animation frame, until the page has looked the same for some frames in a row.
STILL = """async ([look, frames]) => {
  const see = new Function(`return ${look}`)();
  let [seen, same] = ["", 0];
  for (let looks = 0; same < frames; looks += 1) {
    if (looks > 1000) throw new Error(`the page does not come to rest: ${seen}`);
    await new Promise((done) => requestAnimationFrame(done));
    const now = JSON.stringify(see());
    same = now === seen ? same + 1 : 0;
    seen = now;
  }
}"""
# Where the stage of each editor is, and the zoom of the graph.
STAGES = """() => [window.app.canvas.ds.scale, ...window.app.canvas.ds.offset,
  ...[...document.querySelectorAll('.tora-stage .frame')].map((frame) => frame.getBoundingClientRect())]"""
FRAMES = 12


def wait_until_still(page: Any, look: str = STAGES) -> None:
    """Waits until a function of the page gives the same for ``FRAMES`` animation frames in a row."""
    page.evaluate(STILL, [look, FRAMES])
