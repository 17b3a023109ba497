"""The host has everything that the pack uses of it beyond its documented API, with the parameters that we pass."""

from __future__ import annotations

import importlib
import inspect
import re

import pytest
from comfyui import PACK


def resolve(path):
    """Finds a name in the host: the longest part that is a module, then attributes."""
    parts = path.split(".")
    for length in range(len(parts) - 1, 0, -1):
        try:
            found = importlib.import_module(".".join(parts[:length]))
        except ModuleNotFoundError:
            continue
        for name in parts[length:]:
            if inspect.isclass(found) and not hasattr(found, name):  # a field that every instance gets
                if not re.search(rf"\bself\.{name}\b.* = ", inspect.getsource(found)):
                    raise AttributeError(name)
                return None
            found = getattr(found, name)
        return found
    raise ModuleNotFoundError(path)


def symbols_of(pack):
    return pack.part("nodes.host.symbols").SYMBOLS


def test_every_symbol_exists_and_takes_what_the_pack_passes(pack):
    broken = []
    for symbol in symbols_of(pack):
        try:
            found = resolve(symbol.path)
        except (AttributeError, ModuleNotFoundError):
            broken.append(f"{symbol.path} is missing: {symbol.reason}")
            continue
        if symbol.parameters:
            names = [name for name in inspect.signature(found).parameters if name != "self"]
            if list(symbol.parameters) != [name for name in names if name in symbol.parameters]:
                broken.append(f"{symbol.path} takes {names}, not {symbol.parameters}: {symbol.reason}")
    assert not broken, "\n".join(broken)


def test_a_missing_symbol_and_another_signature_are_found():
    for path in ("comfy.utils.no_such_name", "comfy.sd.VAE.no_such_field"):
        with pytest.raises(AttributeError):
            resolve(path)
    with pytest.raises(ModuleNotFoundError):
        resolve("no_such_module.name")


def test_every_module_of_the_host_that_the_pack_imports_is_listed(pack):
    listed = {symbol.path for symbol in symbols_of(pack)}
    for file in (PACK / "nodes").rglob("*.py"):
        if file.name == "symbols.py":
            continue
        text = file.read_text(encoding="utf-8")
        for module in re.findall(r"^(?:import|from) (comfy\.[\w.]+)", text, re.MULTILINE):
            assert any(path.startswith(f"{module}.") for path in listed), (file.name, module)
        for name in re.findall(r"\b(comfy\.(?:model_management|utils|sd|samplers|latent_formats)\.\w+)", text):
            if not name.endswith(".VAE"):
                assert any(path == name or path.startswith(f"{name}.") for path in listed), (file.name, name)
