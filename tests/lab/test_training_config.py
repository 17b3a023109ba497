"""An error in a training config names the key, the value and the fix."""

from __future__ import annotations

import re

import pytest

from scripts import write_settings_pages
from tora_lab.settings import list_settings
from tora_lab.train.config import parse_config, read_config

REQUIRED = {"stage": "dense", "output": "out", "base": "base", "data": {"cache": "cache"}}


def test_few_keys_are_required_and_the_defaults_follow_the_reference():
    config = parse_config(REQUIRED, "test")
    assert (config.steps, config.learning_rate, config.betas) == (15_000, 1e-4, (0.9, 0.95))
    assert (config.weight_decay, config.ema, config.gradient_clip, config.text_dropout) == (1e-4, 0.9999, 0.1, 0.1)
    assert config.points == (1, 16) and config.colour == "clip"


@pytest.mark.parametrize(
    "wrong, message",
    [
        ({"learning_rat": 1e-3}, "learning_rat: there is no such key; known keys are stage, data, text_dropout"),
        (
            {"data": {"cache": "c", "fraems": 9}},
            "data.fraems: there is no such key; known keys are folder, cache, frames",
        ),
        ({"validation": {"evry": 9}}, "validation.evry: there is no such key; known keys are every"),
        ({"stage": "densest"}, "stage: Input should be 'base', 'dense' or 'sparse', got 'densest'"),
        ({"steps": 0}, "steps: Input should be greater than 0, got 0"),
        ({"text_dropout": 1.5}, "text_dropout: Input should be less than or equal to 1"),
        ({"points": [5, 2]}, "expected points as [fewest, most], got [5, 2]"),
        ({"data": {"cache": "c", "frames": 48}}, "expected 4k+1 frames (CogVideoX compresses time by 4), got 48"),
        ({"data": {"cache": "c", "width": 700}}, "multiples of 16, got 700x480: use 704x480"),
    ],
)
def test_the_error_for_a_wrong_entry_names_it(wrong, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        parse_config(REQUIRED | wrong, "test")


def test_the_error_for_missing_keys_names_them():
    with pytest.raises(ValueError) as raised:
        parse_config({key: value for key, value in REQUIRED.items() if key not in ("base", "output")}, "test")
    assert str(raised.value).splitlines() == [
        "test is not a valid training config:",
        "  output: this key is required, but missing",
        "  base: this key is required, but missing",
    ]


def test_a_missing_invalid_or_empty_file_is_an_error(tmp_path):
    with pytest.raises(ValueError, match="cannot be read"):
        read_config(tmp_path / "none.yaml")
    file = tmp_path / "config.yaml"
    file.write_text("stage: [dense")
    with pytest.raises(ValueError, match="expected valid YAML"):
        read_config(file)
    file.write_text("")
    with pytest.raises(ValueError, match=r"config.yaml is not a valid training config"):
        read_config(file)


def test_a_yaml_file_is_read(tmp_path):
    file = tmp_path / "config.yaml"
    file.write_text(
        "stage: sparse\noutput: out\nbase: model\ndata:\n  cache: cache\n  frames: 17\nlearning_rate: 5.0e-5\n"
    )
    config = read_config(file)
    assert config.stage == "sparse" and config.data.frames == 17 and config.learning_rate == 5e-5


@pytest.mark.parametrize("name", write_settings_pages.PAGES)
def test_the_documentation_shows_every_key_as_the_code_describes_it(name):
    written = (write_settings_pages.ROOT / name).read_text(encoding="utf-8")
    assert written == write_settings_pages.render_page(*write_settings_pages.PAGES[name]), (
        "write the pages again: python -m scripts.write_settings_pages"
    )


def test_every_key_is_described():
    for _, _, model in write_settings_pages.PAGES.values():
        assert all(setting.description for setting in list_settings(model))
