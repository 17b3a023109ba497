"""Saves trained weights, and the states that a run resumes from."""

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
_FIXED_KEYS = "stage", "fusion", "motion_channels"
_STATE_NAME = re.compile(r"^state-(\d{8})$")


def save_weights(
    folder: Path, config: TrainingConfig, tensors: Mapping[str, Tensor], facts: Mapping[str, str], task: str = "t2v"
) -> None:
    """Saves trained weights.

    An ``adaptive_norm`` adapter becomes two files that Tora Load Model reads: ``fuser/fuser.safetensors`` and
    ``traj_extractor/traj_extractor.safetensors``. Other weights become one file.

    Args:
        folder: folder for the files.
        config: settings of the run. They decide the file names.
        tensors: trained weights.
        facts: metadata of the files.
        task: ``t2v`` or ``i2v``, the task of the base. Names of an image-to-video adapter end in ``_I2V``, as in the
            published files.
    """
    facts = {"format": "pt", **facts}
    if config.stage == "base":
        write_safetensors(folder / "transformer.safetensors", tensors, facts)
    elif config.fusion == "adaptive_norm":
        files = {}
        for part, key in (("fuser", "fuser."), ("traj_extractor", "traj_extractor.")):
            part_tensors = {name.removeprefix(key): tensor for name, tensor in tensors.items() if name.startswith(key)}
            name = part if task == "t2v" else f"{part}_I2V"
            files[folder / name / f"{name}.safetensors"] = part_tensors
        write_together(files, facts)
    else:
        write_safetensors(folder / f"{config.fusion}.safetensors", tensors, facts)


def check_same_run(config: TrainingConfig) -> None:
    """Checks that the output folder belongs to a run with the same stage, fusion and motion channels.

    Raises:
        ValueError: one of them differs, so the state in the folder does not fit.
    """
    path = config.output / CONFIG_FILE
    if not path.is_file():
        return
    first = json.loads(path.read_text(encoding="utf-8"))
    now = config.model_dump(mode="json")
    keys = [key for key in _FIXED_KEYS if first[key] != now[key]]
    if keys:
        raise ValueError(
            f"expected {', '.join(f'{key} {first[key]}' for key in keys)} to resume the run in {config.output}, got "
            f"{', '.join(f'{key} {now[key]}' for key in keys)}: set output to another folder"
        )


class States:
    """Saved states of a run, in its output folder. Only the newest state is kept.

    A state is written under a temporary name and renamed when it is complete. Then the previous state is deleted.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def find_newest(self) -> tuple[int, Path] | None:
        """Finds the newest state: its number of finished steps, and its folder. None if there is no state."""
        matches = [(_STATE_NAME.match(path.name), path) for path in self._folder.glob("state-*")]
        found = [(int(match[1]), path) for match, path in matches if match]
        return max(found, default=None)

    def save(self, accelerator: Any, step: int, averages: Averages) -> None:
        """Saves the state of all processes: everything that accelerate prepared or registered, and the averages.

        If writing fails, the previous state stays.
        """
        previous = self.find_newest()
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
        if previous is not None and accelerator.is_main_process and previous[1] != place:
            shutil.rmtree(previous[1])

    def load(self, accelerator: Any, place: Path, averages: Averages) -> None:
        """Loads a state that ``save`` wrote."""
        accelerator.load_state(str(place))
        # accelerate counts batches since the last update. States are saved after an update, and gradient_accumulation
        # may have changed.
        accelerator.step = 0
        averages.load(place)
