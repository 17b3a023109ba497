"""A track can carry an object: a ring of points around it that grows and turns, shown where Python samples it."""

from __future__ import annotations

import json

import numpy as np
import pytest
from editor_page import ARC, VALUE
from frontend import wait_until_still

from tora_core.paths.drawing import parse_drawing
from tora_core.paths.drawn_motion import sample_object
from tora_core.video import Size

SIZE, FRAMES = Size(720, 480), 49
# The dots of all tracks at the scrub head, in pixels of the video.
DOTS = """() => [...document.querySelectorAll('.tora-stage .play')].map(
  (dot) => [Number(dot.getAttribute('cx')), Number(dot.getAttribute('cy'))])"""
SIZE_FIELD = "Size of the object in pixels. 0: a single point"
GROWTH_FIELD, TURN_FIELD = "Size at the end: 2 is twice as large", "Turn until the end, in degrees, clockwise"


def enter(page, label, value):
    field = page.locator(f'.tora-settings input[aria-label="{label}"]')
    field.fill(str(value))
    field.press("Enter")
    page.wait_for_timeout(120)


def shown_is_stored(page, editor, time):
    page.mouse.click(*editor.lane(None, time))
    page.wait_for_timeout(120)
    drawing = parse_drawing(json.dumps(editor.value()))
    expected = np.concatenate(
        [sample_object(track, FRAMES, SIZE)[round(time * (FRAMES - 1))] for track in drawing.tracks]
    )
    np.testing.assert_allclose(page.evaluate(DOTS), expected, atol=0.5)


def test_an_object_is_typed_shown_and_stored(page, editor):
    editor.draw(*ARC)
    assert not page.locator(f'.tora-settings input[aria-label="{TURN_FIELD}"]').is_visible()
    enter(page, SIZE_FIELD, 60)
    enter(page, GROWTH_FIELD, 1.5)
    enter(page, TURN_FIELD, 90)
    (track,) = editor.tracks()
    assert (track["radius"], track["scale"], track["rotation"]) == (pytest.approx(60 / 480), 1.5, 90)
    for time in (0, 0.5, 1):
        shown_is_stored(page, editor, time)
    editor.check()


def test_numbers_out_of_range_become_the_nearest_in_range(page, editor):
    editor.draw(*ARC)
    enter(page, SIZE_FIELD, 9999)
    enter(page, GROWTH_FIELD, 0)
    enter(page, TURN_FIELD, -99999)
    (track,) = editor.tracks()
    assert (track["radius"], track["scale"], track["rotation"]) == (1, 0.1, -3600)
    field = page.locator(f'.tora-settings input[aria-label="{GROWTH_FIELD}"]')
    field.blur()
    page.wait_for_timeout(120)
    assert float(field.input_value()) == 0.1
    shown_is_stored(page, editor, 1)


def test_size_0_is_a_single_point_again_and_undo_brings_the_object_back(page, editor):
    editor.draw(*ARC)
    enter(page, SIZE_FIELD, 40)
    enter(page, SIZE_FIELD, 0)
    assert len(page.evaluate(DOTS)) == 1
    page.locator(".tora-stage").focus()
    page.keyboard.press("Control+z")
    page.wait_for_function(f"() => ({VALUE})().tracks[0].radius > 0")
    wait_until_still(page)
    assert editor.tracks()[0]["radius"] == pytest.approx(40 / 480)
    shown_is_stored(page, editor, 0.25)


def test_the_node_gives_a_path_for_every_point_of_an_object(server, page, editor):
    editor.draw(*ARC)
    enter(page, SIZE_FIELD, 60)
    enter(page, TURN_FIELD, 45)
    value = json.dumps(editor.value())
    prompt = {
        "1": {
            "class_type": "ToraTrajectoryEditor",
            "inputs": {"width": 720, "height": 480, "frames": FRAMES, "trajectory": value, "points": 0, "flat": False},
        },
        "2": {"class_type": "ProbeSave", "inputs": {"file": "object.safetensors", "tracks": ["1", 0]}},
    }
    server.run(prompt)
    from safetensors.torch import load_file

    found = load_file(server.folder / "output" / "object.safetensors")["tracks"]
    (track,) = parse_drawing(value).tracks
    np.testing.assert_allclose(found.numpy(), sample_object(track, FRAMES, SIZE), atol=1e-3)
