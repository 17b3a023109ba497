"""The timeline under the stage: when a track moves, when it is visible, and which point is where in which frame."""

from __future__ import annotations

import pytest
from editor_page import ARC, close
from safetensors.torch import load_file

LINE = [(0.2, 0.5), (0.5, 0.5), (0.8, 0.5)]


@pytest.fixture
def drawn(editor):
    editor.draw(*ARC)
    return editor


def test_dragging_the_ends_and_the_body_of_a_bar_sets_when_the_track_moves(drawn):
    drawn.drag_lane("t1", 0, 0.25)
    drawn.drag_lane("t1", 1, 0.75)
    track = drawn.tracks()[0]
    assert (track["start"], track["end"]) == (pytest.approx(0.25, abs=0.011), pytest.approx(0.75, abs=0.011))
    drawn.drag_lane("t1", 0.4, 0.6)
    moved = drawn.tracks()[0]
    assert moved["start"] - track["start"] == pytest.approx(0.2, abs=0.022)
    assert moved["end"] - moved["start"] == pytest.approx(track["end"] - track["start"], abs=1e-4)
    drawn.page.wait_for_timeout(150)
    bar = drawn.box('.tora-list li[data-track="t1"] .bar')
    assert bar["x"] == pytest.approx(drawn.lane("t1", moved["start"])[0], abs=2)


def test_the_scrub_head_shows_where_every_track_is_in_that_frame(page, drawn):
    page.mouse.click(*drawn.lane(None, 1))
    page.wait_for_timeout(100)
    assert page.locator(".tora-timeline .now").inner_text() == "frame 48 / 48"
    dot = page.locator(".tora-stage .play").bounding_box()
    x, y = drawn.place(*ARC[2])
    assert abs(dot["x"] + dot["width"] / 2 - x) < 3 and abs(dot["y"] + dot["height"] / 2 - y) < 3
    assert page.locator(".tora-stage .point.chosen").count() == 1  # the chosen point stays chosen


def test_a_point_is_pinned_to_the_frame_of_the_scrub_head_and_the_pin_is_dragged(page, drawn):
    page.mouse.click(*drawn.lane(None, 0.75))
    drawn.choose(ARC[1], "Pin to frame 36")
    assert drawn.tracks()[0]["points"][1][2] == pytest.approx(0.75)
    drawn.check()
    dot = page.locator(".tora-stage .play").bounding_box()
    x, y = drawn.place(*ARC[1])
    assert abs(dot["x"] + dot["width"] / 2 - x) < 4 and abs(dot["y"] + dot["height"] / 2 - y) < 4
    drawn.drag_lane("t1", 0.75, 0.25)
    assert drawn.tracks()[0]["points"][1][2] == pytest.approx(0.25)
    drawn.choose(ARC[1], "Remove the pin")
    assert len(drawn.tracks()[0]["points"][1]) == 2


def test_resting_at_a_point_is_two_pins_at_the_same_place(page, drawn):
    page.mouse.click(*drawn.lane(None, 0.5))
    drawn.choose(ARC[1], "Rest here")
    points = drawn.tracks()[0]["points"]
    close([point[:2] for point in points], [ARC[0], ARC[1], ARC[1], ARC[2]])
    assert [point[2] for point in points[1:3]] == pytest.approx([24 / 48, 32 / 48], abs=1e-4)


def test_numbers_can_be_typed(page, drawn):
    drawn.click(*ARC[2])
    for label, value in (("x of the point in pixels", "360"), ("y of the point in pixels", "120")):
        field = page.locator(f'.tora-editor input[aria-label="{label}"]')
        field.fill(value)
        field.press("Enter")
    page.mouse.click(*drawn.lane(None, 0.1))
    close(drawn.tracks()[0]["points"][2:], [(0.5, 0.25)], 2e-3)
    field = page.locator('.tora-editor input[aria-label="Last frame in which the track is visible"]')
    field.fill("24")
    field.press("Enter")
    assert drawn.tracks()[0]["shown_to"] == 0.5


def test_pins_and_visibility_reach_the_run(server, page, editor):
    page.locator('.tora-editor select[aria-label="Kind of line"]').select_option("linear")
    editor.draw(*LINE)
    page.mouse.click(*editor.lane(None, 0.75))
    editor.choose(LINE[1], "Pin to frame 36")
    for label, value in (("First frame in which the track is visible", "8"), ("Last frame in which", "40")):
        field = page.locator(f'.tora-editor input[aria-label^="{label}"]')
        field.fill(value)
        field.press("Enter")
    prompt = page.evaluate("async () => (await window.app.graphToPrompt()).output")
    number = next(key for key, node in prompt.items() if node["class_type"] == "ToraTrajectoryEditor")
    prompt["save"] = {"class_type": "ProbeSave", "inputs": {"file": "pinned.safetensors", "tracks": [number, 0]}}
    server.run(prompt)
    saved = load_file(server.folder / "output" / "pinned.safetensors")
    assert abs(saved["tracks"][36, 0, 0] - 360) < 4 and saved["tracks"][24, 0, 0] < 300
    assert saved["visible"][:, 0].nonzero().ravel().tolist() == list(range(8, 41))


def test_a_video_behind_the_tracks_follows_the_scrub_head(server, page, editor):
    import torch
    from safetensors.torch import save_file

    video = torch.zeros(9, 32, 48, 3)
    for frame in range(9):
        video[frame, :, :, 0] = frame / 8
    save_file({"video": video, "mask": torch.zeros(9, 32, 48)}, server.folder / "input" / "rising.safetensors")
    editor.set(frames=9)
    editor.draw(*ARC)
    page.evaluate(
        """async () => {
          const {app, LiteGraph} = window;
          const node = app.graph.nodes.find((n) => n.type === 'ToraTrajectoryEditor');
          const video = LiteGraph.createNode('ProbeImage');
          app.graph.add(video);
          video.widgets.find((w) => w.name === 'file').value = 'rising.safetensors';
          video.connect(0, node, node.inputs.findIndex((input) => input.name === 'image'));
          const shown = LiteGraph.createNode('PreviewImage');
          app.graph.add(shown);
          node.connect(2, shown, 0);
          await app.queuePrompt(0, 1);
        }"""
    )
    page.wait_for_function(
        "() => (document.querySelector('.tora-stage .picture').getAttribute('href') ?? '').includes('tora_')"
    )
    seen = []
    for time in (0, 0.5, 0.999):
        page.mouse.click(*editor.lane(None, time))
        page.wait_for_timeout(150)
        seen.append(page.locator(".tora-stage .picture").get_attribute("href"))
    assert len(set(seen)) == 3 and [name.split("_")[-1][:3] for name in seen] == ["000", "004", "008"]
