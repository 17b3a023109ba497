"""Reads every import of the packages, at the top of a file or inside a function."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[1]
PACKAGES = ("tora_core", "tora_lab", "nodes")
HOST = (
    *("comfy", "comfy_extras", "comfy_execution", "execution"),
    *("folder_paths", "latent_preview", "node_helpers", "server"),
)
"""ComfyUI's inside. ``comfy_api`` is its public side."""


class Import(NamedTuple):
    """One import: the file's module and the imported one, both absolute, and whether it is only for types."""

    module: str
    imported: str
    for_types: bool

    @property
    def top(self) -> str:
        return self.imported.split(".")[0]

    def within(self, package: str) -> bool:
        return f"{self.module}.".startswith(f"{package}.")


def imports_of(module: str, source: str, is_package: bool = False) -> Iterator[Import]:
    """Every import of a module, at the top or inside a function."""
    tree = ast.parse(source)
    typing_only = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)
        for inner in ast.walk(node)
    }
    package = module if is_package else module.rpartition(".")[0]
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for name in node.names:
                yield Import(module, name.name, id(node) in typing_only)
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                # The pack's own root has no name: what is beside nodes/ and tora_core/ is at the top.
                parts = ["pack", *package.split(".")]
                above = parts[: len(parts) - node.level + 1][1:]
                base = ".".join([*above, *([node.module] if node.module else [])])
            for name in node.names:
                yield Import(module, f"{base}.{name.name}".strip("."), id(node) in typing_only)


def files() -> Iterator[tuple[str, Path]]:
    for package in PACKAGES:
        for file in sorted((ROOT / package).rglob("*.py")):
            parts = file.relative_to(ROOT).with_suffix("").parts
            yield ".".join(parts[:-1] if parts[-1] == "__init__" else parts), file
