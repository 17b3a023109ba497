"""The pictures on the help pages and in the gallery are those that the code makes."""

from __future__ import annotations

import re

import numpy as np
import PIL.Image
import pytest

from scripts.write_examples import EXAMPLES, FOLDER, lay_out
from tora_core.toy.models import FRAMES, VIDEO
from tora_lab.toy.gallery import ROOT, list_scenes
from tora_lab.toy.tracker import prompt_colours
from tora_lab.toy.world import RADIUS_PX

PAGES = FOLDER.parents[1]


@pytest.mark.parametrize("node", EXAMPLES)
def test_a_help_page_shows_the_example_that_the_node_s_own_functions_make(node):
    assert f"](images/examples/{node}.webp)" in (PAGES / f"{node}.md").read_text(encoding="utf-8")
    shown = np.array(PIL.Image.open(FOLDER / f"{node}.webp").convert("RGB"), dtype=float)
    made = np.array(lay_out(EXAMPLES[node]()), dtype=float)
    assert shown.shape == made.shape
    assert np.abs(shown - made).mean() < 3, "run python -m scripts.write_examples"
    assert np.abs(made[:, : made.shape[1] // 2 - 40] - made[:, -(made.shape[1] // 2 - 40) :]).mean() > 0.3


def test_all_examples_have_one_size_and_nothing_else_lies_beside_them():
    files = sorted(FOLDER.iterdir())
    assert [file.stem for file in files] == sorted(EXAMPLES)
    assert len({PIL.Image.open(file).size for file in files}) == 1


def test_every_picture_that_a_page_shows_exists_and_every_picture_is_shown():
    shown = set()
    for page in [*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md"), *PAGES.glob("*.md")]:
        for link in re.findall(r"!\[[^\]]*\]\(([^)]+)\)", page.read_text(encoding="utf-8")):
            if "<" in link:  # a pattern in CONTRIBUTING
                continue
            assert (page.parent / link).is_file(), f"{page.name}: {link}"
            shown.add((page.parent / link).resolve())
    pictures = {*(ROOT / "docs" / "images").rglob("*.webp"), *(PAGES / "images").rglob("*.*")}
    assert {path.resolve() for path in pictures} <= shown


@pytest.mark.parametrize("scene", list_scenes(), ids=lambda scene: scene.title)
def test_the_gallery_asks_the_toy_only_for_what_it_can_do(scene):
    points = scene.paths.points_px
    assert scene.paths.frames == FRAMES and points.shape[1] == len(prompt_colours(scene.prompt))
    assert (points >= RADIUS_PX).all() and (points <= np.array(VIDEO) - 1 - RADIUS_PX).all()
    assert np.linalg.norm(np.diff(points, axis=0), axis=-1).max() < 6.5
    assert f"## {scene.title}\n" in (ROOT / "docs" / "gallery.md").read_text(encoding="utf-8")
