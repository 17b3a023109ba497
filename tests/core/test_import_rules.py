"""Who may import whom: DESIGN's rules as a table, checked by reading every file.

Each rule comes with a violation that it must find, so that a rule that finds nothing is noticed.
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import NamedTuple

import pytest
from imports import HOST, Import, files, imports_of

CORE_GROUND = ("video", "progress", "opencv")
CORE_WINGS = ("cogvideox", "paths", "flow", "motion", "checkpoints", "steering", "evaluation", "toy")
"""From the ground up; a wing imports only wings before it."""
LAB_GROUND = ("settings", "processes", "ray_cluster", "transformer", "denoising", "pipeline")
LAB_WINGS = ("media", "data", "train", "evaluate", "prepare", "toy", "generate")
RESEARCH = ("diffusers", "transformers", "accelerate", "ray", "torchvision", "scenedetect", "pydantic", "yaml", "av")
MATHS = ("torch", "numpy", "scipy", "cv2", "einops")


def wing(module: str, package: str) -> str:
    """The part of a package that a module belongs to; empty outside of the package and for the package itself."""
    parts = module.split(".")
    return parts[1] if parts[0] == package and len(parts) > 1 else ""


def breaks_order(each: Import, package: str, ground: tuple[str, ...], wings: tuple[str, ...]) -> bool:
    mine, other = wing(each.module, package), wing(each.imported, package)
    if not mine or not other or mine == other:
        return False
    if mine in ground:
        return other not in ground
    return other not in ground and wings.index(other) > wings.index(mine)


class Rule(NamedTuple):
    """What no file may do, and one example of it: (module, its source)."""

    forbids: Callable[[Import], bool]
    violation: tuple[str, str]


RULES = {
    "tora_core never imports ComfyUI": Rule(
        lambda each: each.within("tora_core") and each.top in (*HOST, "comfy_api", "nodes"),
        ("tora_core.flow.raft", "def load():\n    import comfy.utils"),
    ),
    "tora_core never imports a research library": Rule(
        lambda each: each.within("tora_core") and each.top in RESEARCH,
        ("tora_core.toy.models", "def load():\n    from diffusers import AutoencoderKLCogVideoX"),
    ),
    "nothing that ComfyUI runs imports tora_lab": Rule(
        lambda each: not each.within("tora_lab") and each.top == "tora_lab",
        ("nodes.toy", "from ..tora_lab.toy.models import load_toy"),
    ),
    "a wing of tora_core imports only wings above it": Rule(
        lambda each: breaks_order(each, "tora_core", CORE_GROUND, CORE_WINGS),
        ("tora_core.paths.presets", "from ..flow.flow_map import flow_map"),
    ),
    "the ground of tora_core imports no wing": Rule(
        lambda each: wing(each.module, "tora_core") in CORE_GROUND and wing(each.imported, "tora_core") in CORE_WINGS,
        ("tora_core.video", "from .paths.trajectories import Trajectories"),
    ),
    "a wing of tora_lab imports only wings above it": Rule(
        lambda each: breaks_order(each, "tora_lab", LAB_GROUND, LAB_WINGS),
        ("tora_lab.data.cache", "from ..train.config import TrainingConfig"),
    ),
    "tora_lab never imports ComfyUI or the nodes": Rule(
        lambda each: each.within("tora_lab") and each.top in (*HOST, "comfy_api", "nodes"),
        ("tora_lab.pipeline", "import comfy.sd"),
    ),
    "only nodes/host imports ComfyUI's inside": Rule(
        lambda each: each.within("nodes") and not each.within("nodes.host") and each.top in HOST,
        ("nodes.paths.text", "import folder_paths"),
    ),
    "nodes hold no maths": Rule(
        lambda each: (
            each.within("nodes") and not each.within("nodes.host") and not each.for_types and each.top in MATHS
        ),
        ("nodes.flow", "import torch"),
    ),
}


@pytest.mark.parametrize("name", RULES)
def test_no_file_breaks_the_rule(name):
    found = [
        each
        for module, file in files()
        for each in imports_of(module, file.read_text(encoding="utf-8"), file.name == "__init__.py")
        if RULES[name].forbids(each)
    ]
    assert not found, [f"{each.module} imports {each.imported}" for each in found]


@pytest.mark.parametrize("name", RULES)
def test_the_rule_finds_its_violation(name):
    rule = RULES[name]
    assert any(rule.forbids(each) for each in imports_of(*rule.violation))


def test_every_part_of_the_packages_has_its_place_in_the_rules():
    for package, parts in (("tora_core", CORE_GROUND + CORE_WINGS), ("tora_lab", LAB_GROUND + LAB_WINGS)):
        found = {wing(module, package) for module, _ in files()} - {""}
        assert found == set(parts), package


def test_no_import_of_the_packages_is_circular():
    """Imports inside functions break a circle, so only those at the top count; those for types count too."""
    graph: dict[str, set[str]] = {}
    for module, file in files():
        source = file.read_text(encoding="utf-8")
        top = ast.Module([n for n in ast.parse(source).body if isinstance(n, (ast.Import, ast.ImportFrom, ast.If))], [])
        graph[module] = {each.imported for each in imports_of(module, ast.unparse(top), file.name == "__init__.py")}
    known = set(graph)
    edges = {
        module: {name for each in found for name in (each, each.rpartition(".")[0]) if name in known and name != module}
        for module, found in graph.items()
    }
    done: set[str] = set()

    def walk(module: str, path: tuple[str, ...]) -> None:
        assert module not in path, " -> ".join((*path[path.index(module) :], module))
        if module not in done:
            for following in sorted(edges[module]):
                if not module.startswith(f"{following}."):  # a module's own package is loaded before it
                    walk(following, (*path, module))
            done.add(module)

    for module in sorted(edges):
        walk(module, ())
