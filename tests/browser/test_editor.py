"""Drawing in the real frontend, in both renderers."""

from __future__ import annotations

import math
import os

import pytest
from editor_page import ARC, TYPE, close
from frontend import wait_until_still
from safetensors.torch import load_file


def test_clicks_add_points_and_a_drag_moves_one(editor):
    editor.draw(*ARC)
    close(editor.tracks()[0]["points"], ARC)
    editor.drag(ARC[1], (0.5, 0.4))
    close(editor.tracks()[0]["points"], [ARC[0], (0.5, 0.4), ARC[2]])


def test_a_click_on_the_line_inserts_and_delete_and_right_click_remove(editor):
    editor.page.locator('.tora-editor select[aria-label="Kind of line"]').select_option("linear")
    editor.draw((0.2, 0.5), (0.8, 0.5))
    editor.click(0.5, 0.5)
    close(editor.tracks()[0]["points"], [(0.2, 0.5), (0.5, 0.5), (0.8, 0.5)])
    editor.page.keyboard.press("Delete")
    close(editor.tracks()[0]["points"], [(0.2, 0.5), (0.8, 0.5)])
    editor.choose((0.8, 0.5), "Delete point")
    close(editor.tracks()[0]["points"], [(0.2, 0.5)])


def test_arrows_nudge_by_a_pixel_and_the_node_survives_delete(editor):
    editor.draw((0.5, 0.5))
    before = editor.tracks()[0]["points"][0]
    editor.page.keyboard.press("ArrowRight")
    editor.page.keyboard.press("Shift+ArrowDown")
    close(editor.tracks()[0]["points"], [(before[0] + 1 / 720, before[1] + 10 / 480)], 1e-4)
    editor.page.keyboard.press("Delete")
    editor.page.keyboard.press("Delete")
    assert editor.page.evaluate(f"() => window.app.graph.nodes.some((n) => n.type === '{TYPE}')")


def test_several_tracks_are_named_selected_hidden_and_deleted(editor):
    editor.draw((0.2, 0.2), (0.4, 0.2))
    editor.button("Start a new track")
    editor.draw((0.2, 0.8), (0.6, 0.8), (0.8, 0.8))
    assert [len(track["points"]) for track in editor.tracks()] == [2, 3]
    assert editor.page.locator(".tora-list li").count() == 2
    editor.button("Hide")
    assert [track["visible"] for track in editor.tracks()] == [False, True]
    editor.button("Delete the track")
    assert [track["name"] for track in editor.tracks()] == ["Track 1"]


def test_a_preset_is_dragged_into_place_and_size_and_then_moves_as_one(editor):
    preset = editor.page.locator('.tora-editor select[aria-label="Add a preset"]')
    preset.select_option("wave")
    editor.click(0.5, 0.5)
    usual = editor.tracks()[0]["points"]
    assert len(usual) == 17
    preset.select_option("wave")
    editor.drag((0.5, 0.5), (0.6, 0.5))
    small = editor.tracks()[1]["points"]
    assert small[-1][0] - small[0][0] == pytest.approx(0.2, abs=0.01)
    assert usual[-1][0] - usual[0][0] == pytest.approx(0.4, abs=0.01)
    editor.drag(small[8], (small[8][0] + 0.1, small[8][1] + 0.2))
    close(editor.tracks()[1]["points"], [(x + 0.1, y + 0.2) for x, y in small])


def test_a_box_chooses_the_points_inside(editor):
    editor.draw(*ARC)
    editor.page.keyboard.down("Shift")
    editor.drag((0.05, 0.1), (0.5, 0.9))
    editor.page.keyboard.up("Shift")
    editor.drag(ARC[0], (ARC[0][0] + 0.1, ARC[0][1] - 0.1))
    close(editor.tracks()[0]["points"], [(0.25, 0.6), (0.5, 0.15), ARC[2]])


@pytest.mark.parametrize("size", [(720, 480), (96, 64)], ids=str)
def test_a_drag_on_an_empty_track_is_a_smooth_curve_at_any_size_of_the_video(page, editor, size):
    editor.set(width=size[0], height=size[1])
    wave = [(0.1 + 0.02 * i, 0.5 + 0.2 * math.sin(i / 6)) for i in range(40)]
    page.mouse.move(*editor.place(*wave[0]))
    page.mouse.down()
    for point in wave[1:]:
        page.mouse.move(*editor.place(*point))
    page.mouse.up()
    track = editor.tracks()[0]
    assert track["kind"] == "spline" and 4 <= len(track["points"]) <= 20
    shown = editor.line("t1", 200)
    for place in [editor.place(*point) for point in wave]:  # the curve stays within 3 pixels of the screen
        assert min(math.dist(place, on_the_curve) for on_the_curve in shown) < 3


def test_drawing_follows_the_mouse_at_another_zoom(editor):
    editor.page.evaluate("() => { window.app.canvas.ds.scale = 0.6; window.app.canvas.setDirty(true, true); }")
    wait_until_still(editor.page)
    editor.draw(*ARC)
    close(editor.tracks()[0]["points"], ARC, 0.01)


def test_text_that_is_no_drawing_is_kept_and_said(page, editor):
    for text in ("garbage", '{"version": 99}', "[1, 2"):
        page.evaluate(
            "(text) => { window.app.graph.nodes[0].widgets.find((w) => w.name === 'trajectory').value = text; }", text
        )
        kept = page.evaluate("() => window.app.graph.nodes[0].widgets.find((w) => w.name === 'trajectory').value")
        assert kept == text
        assert "no drawing" in page.locator(".tora-note.error").inner_text()
    editor.draw(*ARC)
    close(editor.tracks()[0]["points"], ARC)


def test_the_expanded_view_is_the_same_editor(editor):
    editor.draw(*ARC[:2])
    editor.button("Expand, or come back")
    editor.page.wait_for_selector("dialog.tora-dialog .tora-stage")
    editor.draw(ARC[2])
    editor.page.keyboard.press("Escape")
    editor.page.wait_for_timeout(400)
    assert editor.page.locator("dialog.tora-dialog").count() == 0
    close(editor.tracks()[0]["points"], ARC)


def test_tracks_are_pasted_from_the_clipboard(editor):
    editor.draw((0.5, 0.5))
    editor.page.evaluate(
        """() => {
          const data = new DataTransfer();
          data.setData('text/plain', '64,128\\n128,64\\n\\n10,10\\n20,20');
          const event = new ClipboardEvent('paste', {clipboardData: data, bubbles: true, cancelable: true});
          document.querySelector('.tora-stage').dispatchEvent(event);
        }"""
    )
    tracks = editor.tracks()
    assert [len(track["points"]) for track in tracks] == [1, 2, 2]
    close(tracks[1]["points"], [(0.25, 0.5), (0.5, 0.25)])


def test_a_run_gives_the_tracks_that_were_drawn(server, page, editor):
    editor.page.locator('.tora-editor select[aria-label="Kind of line"]').select_option("linear")
    editor.draw(*ARC)
    prompt = page.evaluate("async () => (await window.app.graphToPrompt()).output")
    number = next(key for key, node in prompt.items() if node["class_type"] == TYPE)
    prompt["save"] = {"class_type": "ProbeSave", "inputs": {"file": "drawn.safetensors", "tracks": [number, 0]}}
    prompt["save"]["inputs"]["image"] = [number, 2]
    prompt["draw"] = {
        "class_type": "WanMoveVisualizeTracks",
        "inputs": {
            "images": [number, 2],
            "tracks": [number, 0],
            "line_resolution": 24,
            "circle_size": 12,
            "opacity": 0.75,
            "line_width": 16,
        },
    }
    prompt["flow"] = {
        "class_type": "ToraFlowMap",
        "inputs": {"tracks": [number, 0], "mode": "exact", "width": 0, "height": 0},
    }
    for name in ("draw", "flow"):
        prompt[f"show_{name}"] = {"class_type": "PreviewImage", "inputs": {"images": [name, 0]}}
    server.run(prompt)
    saved = load_file(server.folder / "output" / "drawn.safetensors")
    assert saved["image"].shape == (1, 480, 720, 3)
    tracks = saved["tracks"]  # [T, N, 2]
    assert tracks.shape == (49, 1, 2)
    points = editor.tracks()[0]["points"]
    for index, point in ((0, points[0]), (48, points[-1])):
        assert abs(tracks[index, 0, 0] - 720 * point[0]) < 1 and abs(tracks[index, 0, 1] - 480 * point[1]) < 1
    middle = [720 * points[1][0], 480 * points[1][1]]
    step = float((tracks[1:, 0] - tracks[:-1, 0]).norm(dim=-1).max())
    assert min((tracks[:, 0] - tracks.new_tensor(middle)).norm(dim=-1)) <= step / 2 + 1
    if folder := os.environ.get("TORA_SCREENSHOTS"):
        renderer = "nodes2" if page.evaluate("() => !!window.LiteGraph.vueNodesMode") else "classic"
        page.screenshot(path=f"{folder}/editor_{renderer}.png")
