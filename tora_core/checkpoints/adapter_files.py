"""Finds the two files of an adapter, ``fuser`` and ``traj_extractor``."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path


def read_adapter_part(stem: str) -> str | None:
    """Returns which of an adapter's two files a name means: ``fuser`` for ``fuser_I2V``, None for ``diffusers``."""
    match = re.search(r"(?<![a-z])(fuser|traj_extractor)(?![a-z])", stem.lower())
    return match[1] if match else None


def find_fuser(path: Path) -> Path:
    """Finds the fuser's file if ``path`` is the folder of a two-file adapter. Otherwise returns ``path``."""
    if not path.is_dir() or any(path.glob("diffusion_pytorch_model*")) or (path / "transformer").is_dir():
        return path
    found = sorted(file for file in path.rglob("*.safetensors") if read_adapter_part(file.stem) == "fuser")
    if len(found) > 1:
        raise ValueError(
            f"expected one adapter in {path}, got {[str(f.relative_to(path)) for f in found][:6]}: choose one of them"
        )
    return found[0] if found else path


def find_missing_part(adapter_keys: Mapping[str, str]) -> str | None:
    """Returns which file of the two-file layout is not open yet."""
    have = {name.split(".")[0] for name in adapter_keys if name.startswith(("fuser.", "traj_extractor.body."))}
    return next(iter({"fuser", "traj_extractor"} - have)) if len(have) == 1 else None


def find_partner(path: Path, missing: str) -> Path:
    """Finds the other file of the two-file layout: beside ``path``, or in a folder of the matching name."""
    mine = re.compile("fuser" if missing == "traj_extractor" else "traj_extractor", re.IGNORECASE)
    name = mine.sub(missing, path.name)
    places = [path.with_name(name), path.parent.with_name(mine.sub(missing, path.parent.name)) / name]
    partner = next((place for place in places if place.is_file() and place != path), None)
    if partner is None:
        expected = " or ".join(str(place) for place in dict.fromkeys(places) if place != path)
        expected = expected or f"a file beside it with {missing} in its name"
        raise ValueError(
            f"{path.name} is one of two files of an adapter: expected its partner ({missing}) at {expected}, got no "
            "such file: put both files side by side"
        )
    return partner
