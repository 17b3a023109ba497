"""The editor among the client's own features: zoom, pan, undo, save, subgraphs, renderers, themes, reload."""

from __future__ import annotations

import json

import pytest
from editor_page import ARC, SHOWS, close
from frontend import READY, wait_until_still


def test_undo_and_redo_of_the_graph_cover_the_drawing(editor):
    editor.draw(*ARC)
    editor.page.wait_for_timeout(300)
    editor.page.mouse.click(1500, 900)
    for key, count in (("Control+z", 2), ("Control+y", 3)):
        editor.page.keyboard.press(key)
        editor.wait_for_points(count)


def test_save_and_load_paste_and_a_renderer_switch_keep_the_drawing(editor):
    editor.draw(*ARC)
    kept = editor.tracks()
    editor.page.evaluate("() => window.app.loadGraphData(window.app.graph.serialize())")
    wait_until_still(editor.page)
    assert editor.tracks() == kept
    editor.page.evaluate("() => { const n = window.app.graph.nodes[0]; const c = n.clone(); window.app.graph.add(c); }")
    values = editor.page.evaluate(
        "() => window.app.graph.nodes.map((n) => n.widgets.find((w) => w.name === 'trajectory').value)"
    )
    assert len(values) == 2 and [json.loads(value)["tracks"] for value in values] == [kept, kept]


def test_the_wheel_zooms_the_graph_and_not_the_drawing(editor):
    editor.draw(*ARC)
    before = editor.page.evaluate("() => window.app.canvas.ds.scale")
    editor.page.mouse.move(*editor.place(0.5, 0.8))
    editor.page.mouse.wheel(0, -240)
    editor.page.wait_for_function("(before) => window.app.canvas.ds.scale > before", arg=before)
    wait_until_still(editor.page)
    close(editor.tracks()[0]["points"], ARC)


def test_the_middle_button_pans_the_graph_and_space_draws_nothing(editor):
    editor.draw(*ARC)
    offset = "() => [...window.app.canvas.ds.offset]"
    before = editor.page.evaluate(offset)
    editor.page.mouse.move(*editor.place(0.5, 0.8))
    editor.page.mouse.down(button="middle")
    editor.page.mouse.move(*editor.place(0.7, 0.9), steps=4)
    editor.page.mouse.up(button="middle")
    editor.page.wait_for_timeout(300)
    assert editor.page.evaluate(offset) != before
    editor.page.mouse.move(1500, 950)
    editor.page.keyboard.down("Space")
    editor.drag((0.4, 0.8), (0.6, 0.7))
    editor.page.keyboard.up("Space")
    close(editor.tracks()[0]["points"], ARC)


def test_a_connected_picture_is_shown_before_any_run(editor):
    editor.page.evaluate(
        """async () => {
          const load = window.LiteGraph.createNode('LoadImage');
          window.app.graph.add(load);
          load.pos = [1000, 60];
          load.connect(0, window.app.graph.nodes.find((n) => n.type === 'ToraTrajectoryEditor'), 0);
        }"""
    )
    editor.page.wait_for_function(
        """() => { const picture = document.querySelector('.tora-stage .picture');
          return picture.getAttribute('href')?.includes('example.png')
            && picture.getAttribute('visibility') === 'visible'; }"""
    )


def test_the_picture_of_the_last_run_is_shown(server, page, editor):
    editor.draw(*ARC)
    page.evaluate(
        """async () => {
          const {app, LiteGraph} = window;
          const editor = app.graph.nodes.find((n) => n.type === 'ToraTrajectoryEditor');
          const make = (type) => { const node = LiteGraph.createNode(type); app.graph.add(node); return node; };
          const [load, invert, show] = [make('LoadImage'), make('ImageInvert'), make('PreviewImage')];
          load.connect(0, invert, 0);
          invert.connect(0, editor, 0);
          editor.connect(2, show, 0);
          [load, invert, show].forEach((node, i) => { node.pos = [900, 60 + 300 * i]; });
          await app.queuePrompt(0, 1);
        }"""
    )
    picture = page.locator(".tora-stage .picture")
    for _ in range(100):
        page.wait_for_timeout(200)
        if "type=temp" in (picture.get_attribute("href") or ""):
            break
    assert "type=temp" in picture.get_attribute("href")


def test_switching_the_renderer_keeps_the_drawing_and_the_editor(editor):
    editor.draw(*ARC)
    kept = editor.tracks()
    setting = "async (value) => window.app.extensionManager.setting.set('Comfy.VueNodes.Enabled', value)"
    before = editor.page.evaluate("() => !!window.LiteGraph.vueNodesMode")
    for mode in (not before, before):
        editor.page.evaluate(setting, mode)
        editor.page.wait_for_function("(mode) => !!window.LiteGraph.vueNodesMode === mode", arg=mode)
        editor.page.wait_for_timeout(500)  # the client builds every node again
        wait_until_still(editor.page)
        assert editor.page.locator(".tora-stage .frame").first.bounding_box()["width"] > 50
        assert editor.tracks() == kept


def test_a_changed_frame_size_reshapes_the_stage(editor):
    editor.page.evaluate(
        "() => { const n = window.app.graph.nodes.find((n) => n.type === 'ToraTrajectoryEditor');"
        "n.widgets.find((w) => w.name === 'width').value = 480; }"
    )
    editor.page.wait_for_function(SHOWS, arg={"width": 480})
    wait_until_still(editor.page)
    box = editor.page.locator(".tora-stage .frame").bounding_box()
    assert box["width"] == pytest.approx(box["height"], rel=0.03)


def test_it_works_inside_a_subgraph(editor):
    editor.draw(*ARC[:2])
    opened = editor.page.evaluate(
        """async () => {
          const {app} = window;
          const node = app.graph.nodes.find((n) => n.type === 'ToraTrajectoryEditor');
          const made = app.graph.convertToSubgraph(new Set([node]));
          app.canvas.openSubgraph(made.subgraph, made.node);
          return true;
        }"""
    )
    assert opened
    editor.page.wait_for_function("() => window.app.canvas.graph.nodes.some((n) => n.type === 'ToraTrajectoryEditor')")
    wait_until_still(editor.page)
    editor.page.evaluate(
        """() => {
          const {canvas} = window.app;
          const [x, y] = canvas.graph.nodes.find((n) => n.type === 'ToraTrajectoryEditor').pos;
          canvas.ds.scale = 1;
          canvas.ds.offset = [300 - x, 80 - y];
          canvas.setDirty(true, true);
        }"""
    )
    editor.page.wait_for_selector(".tora-stage .frame")
    wait_until_still(editor.page)
    editor.click(*ARC[2])
    inside = editor.page.evaluate(
        "() => JSON.parse(window.app.canvas.graph.nodes.find((n) => n.type === 'ToraTrajectoryEditor')"
        ".widgets.find((w) => w.name === 'trajectory').value).tracks"
    )
    close(inside[0]["points"], ARC)


def test_a_reload_of_the_page_keeps_the_drawing(editor):
    editor.draw(*ARC)
    kept = editor.tracks()
    editor.page.wait_for_timeout(1500)
    editor.page.reload()
    editor.page.wait_for_function(READY, timeout=60_000)
    editor.page.wait_for_function("() => window.app.graph.nodes.some((n) => n.type === 'ToraTrajectoryEditor')")
    assert editor.tracks() == kept


def test_the_light_theme_is_followed(server, editor):
    dark = editor.page.evaluate("() => getComputedStyle(document.querySelector('.tora-stage')).backgroundColor")
    editor.page.evaluate("async () => window.app.extensionManager.setting.set('Comfy.ColorPalette', 'light')")
    try:
        editor.page.wait_for_function(
            "(dark) => getComputedStyle(document.querySelector('.tora-stage')).backgroundColor !== dark", arg=dark
        )
    finally:
        editor.page.evaluate("async () => window.app.extensionManager.setting.set('Comfy.ColorPalette', 'dark')")


def test_a_size_on_the_face_of_a_subgraph_reaches_the_stage_and_the_prompt(editor):
    editor.draw(*ARC)
    widths = editor.page.evaluate(
        """async () => {
          const {app} = window;
          const node = app.graph.nodes.find((n) => n.type === 'ToraTrajectoryEditor');
          const {subgraph, node: outer} = app.graph.convertToSubgraph(new Set([node]));
          const inner = subgraph.nodes.find((n) => n.type === 'ToraTrajectoryEditor');
          const slot = subgraph.addInput('width', 'INT');
          slot.connect(inner.inputs.find((input) => input.name === 'width'), inner);
          const face = outer.widgets.find((widget) => widget.name === 'width');
          face.value = 512;
          app.canvas.openSubgraph(subgraph, outer);
          await new Promise((resolve) => setTimeout(resolve, 1500));
          const prompt = (await app.graphToPrompt()).output;
          const sent = Object.values(prompt).find((each) => each.class_type === 'ToraTrajectoryEditor').inputs.width;
          return [sent, Number(document.querySelector('.tora-stage .frame').getAttribute('width'))];
        }"""
    )
    assert widths == [512, 512]
