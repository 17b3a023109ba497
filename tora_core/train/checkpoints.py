"""What a run writes: the two-file adapter that ToraLoadModel reads, the base, and the states it resumes from."""

from __future__ import annotations

import re
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from torch import Tensor

from .config import Config
from .files import write_safetensors, written

_STATE = re.compile(r"^state-(\d{8})$")


def save_weights(
    folder: Path, config: Config, tensors: Mapping[str, Tensor], facts: Mapping[str, str], task: str = "t2v"
) -> None:
    """Saves what was trained: an adapter as ``fuser/fuser.safetensors`` and its partner, anything else as one file.

    Args:
        folder: where the files go.
        config: says what was trained.
        tensors: its weights.
        facts: for the files' metadata.
        task: of the base; an adapter for image-to-video is told by ``_I2V`` in its names, as the published one.
    """
    facts = {"format": "pt", **facts}
    if config.stage == "base":
        write_safetensors(folder / "transformer.safetensors", tensors, facts)
    elif config.fusion == "adaptive_norm":
        for part, key in (("fuser", "fuser."), ("traj_extractor", "traj_extractor.")):
            mine = {name.removeprefix(key): tensor for name, tensor in tensors.items() if name.startswith(key)}
            name = part if task == "t2v" else f"{part}_I2V"
            write_safetensors(folder / name / f"{name}.safetensors", mine, facts)
    else:
        write_safetensors(folder / f"{config.fusion}.safetensors", tensors, facts)


class States:
    """Whole states of a run, the newest kept: written under another name, then renamed, then the former removed."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def newest(self) -> tuple[int, Path] | None:
        """The step after which the newest state was saved, and its folder."""
        found = [(int(match[1]), path) for path in self._folder.glob("state-*") if (match := _STATE.match(path.name))]
        return max(found, default=None)

    def save(self, accelerator: Any, step: int) -> None:
        """Of all processes; a full disk leaves the former state."""
        former = self.newest()
        place = self._folder / f"state-{step:08d}"
        if accelerator.num_processes > 1:
            accelerator.save_state(str(part := place.with_name(f".{place.name}.part")))
            accelerator.wait_for_everyone()
            if accelerator.is_main_process:
                part.rename(place)
        else:
            written(place, lambda part: accelerator.save_state(str(part)))
        if former is not None and accelerator.is_main_process and former[1] != place:
            shutil.rmtree(former[1])
