"""What a run writes: the two-file adapter that ToraLoadModel reads, the base, and the states it resumes from."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from .config import Config
from .files import write_safetensors, write_together, written

CONFIG_FILE = "config.json"
_STAY = "stage", "fusion", "motion_channels"
_AVERAGE = "average-{:04d}.pt"
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
        files = {}
        for part, key in (("fuser", "fuser."), ("traj_extractor", "traj_extractor.")):
            mine = {name.removeprefix(key): tensor for name, tensor in tensors.items() if name.startswith(key)}
            name = part if task == "t2v" else f"{part}_I2V"
            files[folder / name / f"{name}.safetensors"] = mine
        write_together(files, facts)
    else:
        write_safetensors(folder / f"{config.fusion}.safetensors", tensors, facts)


def check_resumed(config: Config) -> None:
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


def is_sharded(accelerator: Any) -> bool:
    """Whether each process holds a part of the weights only."""
    from accelerate.utils import DistributedType

    return accelerator.distributed_type == DistributedType.FSDP


class States:
    """Whole states of a run, the newest kept: written under another name, then renamed, then the former removed."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def newest(self) -> tuple[int, Path] | None:
        """The step after which the newest state was saved, and its folder."""
        found = [(int(match[1]), path) for path in self._folder.glob("state-*") if (match := _STATE.match(path.name))]
        return max(found, default=None)

    def save(self, accelerator: Any, step: int, average: Any) -> None:
        """Of all processes; a full disk leaves the former state.

        Args:
            accelerator: what it prepared, and what is registered with it.
            step: after which it is saved.
            average: diffusers' ``EMAModel``, of which each process may hold a part.
        """
        former = self.newest()
        place = self._folder / f"state-{step:08d}"

        def write(part: Path) -> None:
            accelerator.save_state(str(part))
            if accelerator.is_main_process or is_sharded(accelerator):
                torch.save(
                    {"step": average.optimization_step, "weights": [_own(each) for each in average.shadow_params]},
                    part / _average_file(accelerator),
                )

        if accelerator.num_processes > 1:
            write(part := place.with_name(f".{place.name}.part"))
            accelerator.wait_for_everyone()
            if accelerator.is_main_process:
                part.rename(place)
        else:
            written(place, write)
        if former is not None and accelerator.is_main_process and former[1] != place:
            shutil.rmtree(former[1])

    def load(self, accelerator: Any, place: Path, average: Any) -> None:
        """What ``save`` wrote, by the same number of processes."""
        accelerator.load_state(str(place))
        saved = torch.load(place / _average_file(accelerator), weights_only=True)
        average.optimization_step = saved["step"]
        for mine, weight in zip(average.shadow_params, saved["weights"], strict=True):
            _own(mine).copy_(weight)


def _average_file(accelerator: Any) -> str:
    return _AVERAGE.format(accelerator.process_index if is_sharded(accelerator) else 0)


def _own(weight: Any) -> Tensor:
    """This process's part of a weight that may be sharded."""
    return weight.to_local() if hasattr(weight, "to_local") else weight
