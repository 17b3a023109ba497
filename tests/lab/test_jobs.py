"""A list of jobs is read line by line, and a wrong line is one sentence."""

from __future__ import annotations

import json

import pytest

from tora_lab.generate.jobs import read_jobs


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "at least one job"),
        ('{"id": "a"}\n{"id": "a"}', "'a' again in line 2"),
        ("not json", "expected JSON in line 1"),
        ('{"id": "a/b"}', "letters, digits"),
        ('{"id": "..\\\\up"}', "letters, digits"),
        ('{"id": "a", "sise": "1x1"}', "no such key"),
        ('{"id": "a", "size": "big"}', "720x480"),
        ("[1]", "an object"),
    ],
)
def test_a_wrong_list_is_one_sentence_with_its_line(tmp_path, text, why):
    (tmp_path / "jobs.jsonl").write_text(text)
    with pytest.raises(ValueError, match=why):
        read_jobs(tmp_path / "jobs.jsonl")


def test_csv_and_json_lines_give_the_same_jobs(tmp_path):
    (tmp_path / "a.csv").write_text('id,prompt,seed,size,tracks\nx,"red, disc",3,96x64,"10,10 20,20"\ny,,,,\n')
    rows = [{"id": "x", "prompt": "red, disc", "seed": 3, "size": "96x64", "tracks": "10,10 20,20"}, {"id": "y"}]
    (tmp_path / "a.jsonl").write_text("\n".join(map(json.dumps, rows)))
    assert read_jobs(tmp_path / "a.csv") == read_jobs(tmp_path / "a.jsonl")
