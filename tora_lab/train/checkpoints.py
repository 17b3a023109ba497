"""What a run writes: the two-file adapter that ToraLoadModel reads, the base, and the states it resumes from."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from torch import Tensor

from ..media.files import write_safetensors, write_together, write_whole
from .averages import Averages
from .config import TrainingConfig

CONFIG_FILE = "config.json"
_STAY = "stage", "fusion", "motion_channels"
_STATE = re.compile(r"^state-(\d{8})$")


def save_weights(
    folder: Path, config: TrainingConfig, tensors: Mapping[str, Tensor], facts: Mapping[str, str], task: str = "t2v"
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
        files = {}
        for part, key in (("fuser", "fuser."), ("traj_extractor", "traj_extractor.")):
            mine = {name.removeprefix(key): tensor for name, tensor in tensors.items() if name.startswith(key)}
            name = part if task == "t2v" else f"{part}_I2V"
            files[folder / name / f"{name}.safetensors"] = mine
        write_together(files, facts)
    else:
        write_safetensors(folder / f"{config.fusion}.safetensors", tensors, facts)


def check_resumed(config: TrainingConfig) -> None:
    """Compares a run with what its output folder was begun with.

    Raises:
        ValueError: another stage, fusion or width, of which the state would be read as this one's.
    """
    path = config.output / CONFIG_FILE
    if not path.is_file():
        return
    begun = json.loads(path.read_text(encoding="utf-8"))
    now = config.model_dump(mode="json")
    differing = [f"{key} {begun[key]} (now: {now[key]})" for key in _STAY if begun[key] != now[key]]
    if differing:
        raise ValueError(
            f"{config.output} holds a run that was begun with {', '.join(differing)}: name another output for this one"
        )


class States:
    """Whole states of a run, the newest kept: written under another name, then renamed, then the former removed."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def newest(self) -> tuple[int, Path] | None:
        """The step after which the newest state was saved, and its folder."""
        found = [(int(match[1]), path) for path in self._folder.glob("state-*") if (match := _STATE.match(path.name))]
        return max(found, default=None)

    def save(self, accelerator: Any, step: int, averages: Averages) -> None:
        """Of all processes: what accelerate prepared and what is registered with it; a full disk leaves the former."""
        former = self.newest()
        place = self._folder / f"state-{step:08d}"

        def write(part: Path) -> None:
            accelerator.save_state(str(part))
            averages.save(part)

        if accelerator.num_processes > 1:
            write(part := place.with_name(f".{place.name}.part"))
            accelerator.wait_for_everyone()
            if accelerator.is_main_process:
                part.rename(place)
        else:
            write_whole(place, write)
        if former is not None and accelerator.is_main_process and former[1] != place:
            shutil.rmtree(former[1])

    def load(self, accelerator: Any, place: Path, averages: Averages) -> None:
        """What ``save`` wrote."""
        accelerator.load_state(str(place))
        accelerator.step = 0  # counts batches up to an update; states are saved at one, and accumulation may differ now
        averages.load(place)
