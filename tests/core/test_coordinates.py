"""Every known coordinate format gives the same paths. All other input raises a ValueError."""

from __future__ import annotations

import json
import time

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from tora_core.paths.coordinates import parse_coordinates
from tora_core.paths.records import MAX_PATHS
from tora_core.paths.typed_text import MAX_TEXT

ONE = [[1.0, 2.0], [3.0, 4.5]]
TWO = [[[1.0, 2.0], [3.0, 4.5]], [[5.0, 6.0], [7.0, 8.0], [9.0, 10.0]]]


def test_texts_that_are_too_long_are_an_error_before_they_are_parsed():
    start = time.process_time()
    with pytest.raises(ValueError, match=f"at most {MAX_TEXT} characters, got {MAX_TEXT + 1}"):
        parse_coordinates("(" * (MAX_TEXT + 1))
    with pytest.raises(ValueError, match="line 1, character 15: write a comma"):
        parse_coordinates("((1, 2), (3, 4j)), " * 50_000)
    assert time.process_time() - start < 2


def test_a_long_text_of_tuples_is_read_quickly():
    start = time.process_time()
    (path,) = parse_coordinates(repr([(1.5, 2.5)] * 90_000))
    assert path.shape == (90_000, 2) and time.process_time() - start < 5


def as_dicts(path):
    return [{"x": x, "y": y} for x, y in path]


@pytest.mark.parametrize(
    "text",
    [
        json.dumps(as_dicts(ONE)),
        json.dumps([as_dicts(ONE)]),
        repr(as_dicts(ONE)),
        json.dumps(ONE),
        repr([tuple(pair) for pair in ONE]),
        "1,2\n3,4.5",
        "1, 2\r\n3, 4.5\r\n",
        "\ufeff1 2\n3 4.5\n",
        "(1, 2)\n(3, 4.5)",
        "[1, 2],\n[3, 4.5]",
        json.dumps({"x": [1, 3], "y": [2, 4.5]}),
        json.dumps({"points": as_dicts(ONE)}),
        json.dumps({"positive": as_dicts(ONE), "negative": [{"x": 0, "y": 0}]}),
        json.dumps({"splines": [{"points": ONE}]}),
        as_dicts(ONE),
        [json.dumps(as_dicts(ONE))],
        np.array(ONE),
        torch.tensor([ONE]),
    ],
    ids=repr,
)
def test_one_path_reads_the_same_in_every_shape(text):
    (path,) = parse_coordinates(text)
    np.testing.assert_array_equal(path, ONE)


@pytest.mark.parametrize(
    "text",
    [
        json.dumps(TWO),
        json.dumps([as_dicts(path) for path in TWO]),
        repr([as_dicts(path) for path in TWO]),
        [json.dumps(as_dicts(path)) for path in TWO],
        "1,2\n3,4.5\n\n5,6\n7,8\n9,10\n",
        json.dumps({"tracks": [{"points": path} for path in TWO]}),
        json.dumps([TWO[0], [], TWO[1]]),
        "\n".join(json.dumps(path) for path in TWO),
    ],
    ids=repr,
)
def test_several_paths_of_ragged_lengths_read_the_same_in_every_shape(text):
    paths = parse_coordinates(text)
    assert [path.tolist() for path in paths] == TWO


def test_a_bare_point_is_a_path_of_one_point():
    assert [path.tolist() for path in parse_coordinates('{"x": 1, "y": 2}')] == [[[1.0, 2.0]]]
    assert [path.tolist() for path in parse_coordinates("[1, 2]")] == [[[1.0, 2.0]]]


def test_an_empty_path_between_others_is_ignored_in_every_notation():
    expected = [[[1.0, 2.0]], [[3.0, 4.0]]]
    empty_dict = '[{"x": [1], "y": [2]}, {"x": [], "y": []}, {"x": [3], "y": [4]}]'
    for text in ("[[[1, 2]], [], [[3, 4]]]", empty_dict, "1,2\n\n\n3,4"):
        assert [path.tolist() for path in parse_coordinates(text)] == expected


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "got an empty text"),
        ("  \n ", "got an empty text"),
        ("[]", "no path"),
        ("[[], []]", "no path"),
        ('{"x": [], "y": []}', "no path"),
        ("hello", "got 'hello' at line 1, character 1"),
        ("[[1, 2], [3,", "write ] at its end"),
        ("__import__('os').getcwd()", "at line 1, character 17"),
        ('{"a": 1}', r"keys \['a'\]"),
        ("[1, 2, 3]", r"got a flat list of values, \[1, 2, 3\]"),
        ("1" + " " * 100_000 + "x", "at line 1, character 100002"),
        ("null", "expected coordinates"),
        ("[[1, 2], [Infinity, 4]]", "x = inf at point 2 of path 1"),
        ("1,2\n3,inf", "y = inf at point 2 of path 1"),
        ('[[{"x": 1, "y": 2}], [{"x": 1, "y": []}]]', r"y = \[\] at point 1 of path 2"),
        ('[{"x": "a", "y": 2}]', "x = 'a'"),
        ("[[true, false]]", "x = True"),
        ("[[1, 2], [3, " + "9" * 400 + "]]", "finite|too large"),
        ('{"x": [1, 2], "y": [1]}', "as many x as y"),
        ("[" * 5000 + "]" * 5000, "nested too deeply"),
        (
            json.dumps([[{"x": 1, "y": 2}]] * (MAX_PATHS + 1)),
            f"at most {MAX_PATHS} paths, got {MAX_PATHS + 1}: keep one of every 2",
        ),
        (json.dumps([[[1, 2]] * 100_001]), "at most 100000 points"),
        (7, "expected coordinates"),
        (None, "expected coordinates"),
    ],
)
def test_unreadable_input_raises_an_error_with_the_reason(text, why):
    with pytest.raises(ValueError, match=why):
        parse_coordinates(text)


coordinate = st.floats(-1e6, 1e6, allow_nan=False)
paths_of_points = st.lists(st.lists(st.tuples(coordinate, coordinate), min_size=1, max_size=8), min_size=1, max_size=5)


@given(paths_of_points)
def test_written_paths_are_read_back_in_every_notation(paths):
    expected = [[list(pair) for pair in path] for path in paths]
    dicts = [as_dicts(path) for path in paths]
    lines = "\n\n".join("\n".join(f"{x!r},{y!r}" for x, y in path) for path in paths)
    for text in (json.dumps(expected), json.dumps(dicts), repr(dicts), repr(paths), lines):
        assert [path.tolist() for path in parse_coordinates(text)] == expected


@given(
    st.text()
    | st.recursive(
        st.none() | st.booleans() | st.floats() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(["x", "y", "points", "z"]), inner),
    )
)
def test_any_input_gives_finite_paths_or_a_value_error(data):
    try:
        paths = parse_coordinates(data)
    except ValueError:
        return
    assert paths and all(path.shape[1] == 2 and len(path) and not np.isinf(path).any() for path in paths)
