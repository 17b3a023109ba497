"""What the design promises about the tree itself."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
WINGS = ("paths", "flow", "motion", "model")

BLOCKED = """
import sys
class Block:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in ("comfy", "comfy_api", "folder_paths", "nodes"):
            raise ImportError(f"{name} is blocked")
sys.meta_path.insert(0, Block())
sys.path.insert(0, sys.argv[1])
import importlib, pkgutil, tora_core
for module in pkgutil.walk_packages(tora_core.__path__, "tora_core."):
    if not module.name.endswith("__main__"):
        importlib.import_module(module.name)
heavy = {"cv2", "diffusers", "transformers", "scipy", "av", "accelerate", "scenedetect", "ray", "matplotlib"}
heavy = sorted(heavy & set(sys.modules))
assert not heavy, heavy
"""


def test_the_core_imports_without_comfy_and_without_heavy_libraries():
    result = subprocess.run([sys.executable, "-c", BLOCKED, str(ROOT)], capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr


@pytest.mark.parametrize("wing", WINGS)
def test_a_wing_imports_only_wings_above_it(wing):
    below = {*WINGS[WINGS.index(wing) + 1 :], "evaluation", "train", "toy", "pipeline"}
    for file in (ROOT / "tora_core" / wing).glob("*.py"):
        imported = re.findall(r"(?:from \.\.|tora_core\.)(\w+)|from \.\. import (\w+)", file.read_text())
        imported = {name for pair in imported for name in pair}
        assert not below & imported, file


def test_the_pack_s_own_init_stays_small():
    assert len((ROOT / "__init__.py").read_text().splitlines()) < 40


def test_no_file_outgrows_its_noun():
    files = [file for folder in ("nodes", "tora_core") for file in (ROOT / folder).rglob("*.py")]
    assert not [file for file in files if len(file.read_text().splitlines()) > 300]


def test_every_node_has_a_help_page():
    ids = {
        found for file in (ROOT / "nodes").rglob("*.py") for found in re.findall(r'node_id="(\w+)"', file.read_text())
    }
    pages = {page.stem for page in (ROOT / "web" / "docs").glob("*.md")}
    assert ids and ids == pages
