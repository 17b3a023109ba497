"""The result of a run behind the paths, so that aiming and checking happen in one place."""

from __future__ import annotations

import pytest
import torch
from editor_page import ARC, close
from safetensors.torch import save_file

FRAMES = 9
# Adds nodes that show a clip, and runs the graph. False: this client does not know an input of Save Video.
RUN = """async (shown) => {
  const {app, LiteGraph} = window;
  let place = 60;
  const add = (type) => {
    const node = LiteGraph.createNode(type);
    node.pos = [900, place];
    place += 330;
    app.graph.add(node);
    return node;
  };
  const clip = add('ProbeImage');
  clip.widgets.find((w) => w.name === 'file').value = 'rising.safetensors';
  for (const [type, title] of shown) {
    const node = add(type);
    node.title = title;
    if (type === 'SaveVideo' && !node.widgets.some((widget) => widget.name === 'format')) return false;
    if (type === 'SaveVideo') {
      const video = add('CreateVideo');
      clip.connect(0, video, 0);
      video.connect(0, node, 0);
    } else {
      clip.connect(0, node, 0);
    }
  }
  await app.queuePrompt(0, 1);
  return true;
}"""
# How red the picture behind the tracks is, 0..1.
RED = """async () => {
  const address = document.querySelector('.tora-stage .picture').getAttribute('href') ?? '';
  const picture = Object.assign(new Image(), {src: address});
  await picture.decode().catch(() => {});
  if (!picture.width) return -1;
  const canvas = Object.assign(document.createElement('canvas'), {width: 1, height: 1});
  canvas.getContext('2d').drawImage(picture, 0, 0, 1, 1);
  return canvas.getContext('2d').getImageData(0, 0, 1, 1).data[0] / 255;
}"""
BUTTON = "Put the last result of the graph behind the tracks"


@pytest.fixture(autouse=True)
def rising(server):
    """A clip that becomes red."""
    video = torch.zeros(FRAMES, 64, 96, 3)
    for frame in range(FRAMES):
        video[frame, :, :, 0] = frame / (FRAMES - 1)
    save_file({"video": video, "mask": torch.zeros(FRAMES, 64, 96)}, server.folder / "input" / "rising.safetensors")


def run(page, *shown):
    """Runs nodes that show the clip, and waits for their results."""
    page.evaluate(
        """() => {
          window.seen = 0;
          window.failed = null;
          window.app.api.addEventListener('executed', () => { window.seen += 1; });
          window.app.api.addEventListener('execution_error', (e) => { window.failed = e.detail.exception_message; });
        }"""
    )
    if not page.evaluate(RUN, [list(pair) for pair in shown]):
        pytest.skip("this client is older than the host's Save Video and leaves out one of its inputs")
    page.wait_for_function("(count) => window.failed || window.seen >= count", arg=len(shown), timeout=60_000)
    assert page.evaluate("() => window.failed") is None
    page.wait_for_timeout(300)


def red_at(page, editor, time):
    page.mouse.click(*editor.lane(None, time))
    page.wait_for_timeout(500)
    return page.evaluate(RED)


@pytest.mark.parametrize("shows", ["PreviewImage", "SaveVideo", "SaveAnimatedWEBP"])
def test_a_result_lies_behind_the_paths_and_follows_the_scrub_head(page, editor, shows):
    editor.set(frames=FRAMES)
    editor.draw(*ARC)
    run(page, (shows, "My clip"))
    editor.button(BUTTON)
    page.wait_for_timeout(600)
    assert page.locator(f'.tora-editor button[aria-label="{BUTTON}"]').get_attribute("aria-pressed") == "true"
    seen = [red_at(page, editor, time) for time in (0.001, 0.5, 0.999)]
    assert seen == pytest.approx([0, 0.5, 1], abs=0.08)
    close(editor.tracks()[0]["points"], ARC)  # looking changes no path
    editor.button(BUTTON)
    page.wait_for_timeout(200)
    assert page.locator(f'.tora-editor button[aria-label="{BUTTON}"]').get_attribute("aria-pressed") == "false"


def test_several_results_are_offered_by_their_titles(page, editor):
    run(page, ("PreviewImage", "Without"), ("SaveAnimatedWEBP", "With Tora"))
    editor.button(BUTTON)
    items = page.locator(".tora-menu button").all_inner_texts()
    assert sorted(items[:2]) == ["With Tora", "Without"] and items[2] == "✓ Picture of this node"
    page.locator(".tora-menu button").filter(has_text="With Tora").click()
    page.wait_for_timeout(300)
    editor.button(BUTTON)
    assert "✓ With Tora" in page.locator(".tora-menu button").all_inner_texts()


def test_a_preview_of_the_paths_themselves_is_no_result(page, editor):
    editor.draw(*ARC)
    editor.run_preview()
    page.wait_for_function("() => window.seen >= 1", timeout=60_000)
    editor.button(BUTTON)
    assert "Run the graph first" in page.locator(".tora-note").inner_text()


def test_without_a_result_the_button_says_what_to_do(page, editor):
    editor.button(BUTTON)
    assert "Run the graph first" in page.locator(".tora-note").inner_text()
