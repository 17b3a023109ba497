"""Rules of the design for files, help pages and requirements."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from imports import HOST, files, imports_of

ROOT = Path(__file__).parents[2]

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


def test_the_pack_s_init_has_less_than_40_lines():
    assert len((ROOT / "__init__.py").read_text().splitlines()) < 40


def test_no_file_has_more_than_300_lines():
    files = [file for folder in ("nodes", "tora_core", "tora_lab") for file in (ROOT / folder).rglob("*.py")]
    assert not [file for file in files if len(file.read_text().splitlines()) > 300]


def test_every_node_has_a_help_page():
    ids = {
        found for file in (ROOT / "nodes").rglob("*.py") for found in re.findall(r'node_id="(\w+)"', file.read_text())
    }
    pages = {page.stem for page in (ROOT / "web" / "docs").glob("*.md")}
    assert ids and ids == pages


def read_requirements(name):
    """Requirements of a file, with those of the files that it includes."""
    lines = [line for line in (ROOT / name).read_text().splitlines() if line and not line.startswith("#")]
    included = [each for line in lines if line.startswith("-r ") for each in read_requirements(line[3:])]
    return [*included, *(line for line in lines if not line.startswith("-r "))]


def test_pyproject_states_the_requirements_of_the_files():
    tomllib = pytest.importorskip("tomllib")  # Python 3.11
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    nodes, lab = read_requirements("requirements.txt"), read_requirements("requirements-lab.txt")
    assert project["dependencies"] == nodes
    assert project["optional-dependencies"]["lab"] == [each for each in lab if each not in nodes]


def test_requirements_are_lower_bounds():
    for name in ("requirements.txt", "requirements-demo.txt", "requirements-lab.txt"):
        assert all(re.fullmatch(r"[\w\-\[\]]+>=[\d.]+", each) for each in read_requirements(name)), name


def test_the_nodes_requirements_are_what_they_import():
    """Every library that nodes or tora_core import is required, and nothing else is."""
    names = {"PIL": "pillow", "cv2": "opencv-python"}
    imported = {
        each.top
        for module, file in files()
        if not module.startswith("tora_lab")
        for each in imports_of(module, file.read_text(), file.name == "__init__.py")
        if not each.for_types
    }
    ours = {"tora_core", "nodes", *HOST, "comfy_api", "triton"}  # Triton comes with torch, where it exists
    libraries = {names.get(name, name) for name in imported - ours - sys.stdlib_module_names}
    assert libraries == {each.split(">=")[0] for each in read_requirements("requirements.txt")}
