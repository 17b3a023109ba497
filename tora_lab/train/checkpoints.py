"""Saves trained weights, and the states that a run resumes from."""

from __future__ import annotations

import json
import pickle
import re
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

from torch import Tensor

from ..media.files import write_safetensors, write_text, write_together, write_whole
from .averages import Averages
from .config import TrainingConfig
from .progress import TrainingProgress

CONFIG_FILE = "config.json"
PROGRESS_FILE = "progress.json"
_FIXED_KEYS = "stage", "fusion", "motion_channels"
_STATE_NAME = re.compile(r"^state-(\d{8})$")
_DAMAGED = (RuntimeError, OSError, EOFError, LookupError, TypeError, AttributeError, pickle.UnpicklingError)
"""Errors of torch and JSON on damaged files, besides ValueError."""


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
    Progress and schedule are JSON and the rest holds only tensors, so that loading a state runs no code from it.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def find_newest(self) -> tuple[int, Path] | None:
        """Finds the newest state: its number of finished steps, and its folder. None if there is no state."""
        matches = [(_STATE_NAME.match(path.name), path) for path in self._folder.glob("state-*")]
        found = [(int(match[1]), path) for match, path in matches if match]
        return max(found, default=None)

    def remove_incomplete(self) -> None:
        """Deletes states that a stopped run did not finish writing."""
        for path in self._folder.glob(".state-*.part"):
            shutil.rmtree(path)

    def save(self, accelerator: Any, averages: Averages, progress: TrainingProgress, schedule: Any) -> None:
        """Saves the state of all processes: what accelerate prepared, the averages, the progress and the schedule.

        Raises:
            ValueError: writing failed, for example because the disk is full. The previous state stays.
        """
        previous = self.find_newest()
        place = self._folder / f"state-{progress.step:08d}"
        facts = {"progress": asdict(progress), "schedule": schedule.state_dict()}

        def write(part: Path) -> None:
            accelerator.save_state(str(part))
            averages.save(part)
            if accelerator.is_main_process:
                write_text(part / PROGRESS_FILE, json.dumps(facts))

        with _explain_failed_write(place, previous[1] if previous else None):
            if accelerator.num_processes > 1:
                write(part := place.with_name(f".{place.name}.part"))
                accelerator.wait_for_everyone()
                if accelerator.is_main_process:
                    part.rename(place)
            else:
                write_whole(place, write)
        if previous is not None and accelerator.is_main_process and previous[1] != place:
            shutil.rmtree(previous[1])

    def load(
        self, accelerator: Any, place: Path, averages: Averages, progress: TrainingProgress, schedule: Any
    ) -> None:
        """Loads a state that ``save`` wrote.

        Raises:
            ValueError: the state is damaged, or of an older version whose progress is pickled code.
        """
        if pickled := sorted(place.glob("custom_checkpoint_*.pkl")):
            raise ValueError(
                f"expected {PROGRESS_FILE} in {place}, got {pickled[0].name}, which can run code and is not read: "
                "delete this folder. With adapter in the config, training continues from the saved weights"
            )
        from accelerate.utils import load
        from safetensors import SafetensorError

        try:
            facts = json.loads((place / PROGRESS_FILE).read_text(encoding="utf-8"))
            loaded = TrainingProgress(**facts["progress"])
            load(place / f"random_states_{accelerator.process_index}.pkl")  # load_state would ignore an error in it
            accelerator.load_state(str(place))
            averages.load(place)
            schedule.load_state_dict(facts["schedule"])
        except (ValueError, SafetensorError, *_DAMAGED) as error:
            raise ValueError(
                f"expected a complete state of this run in {place}, got one that cannot be read "
                f"({_first_line(error)}): delete this folder. With adapter in the config, training continues from the "
                "saved weights"
            ) from error
        vars(progress).update(vars(loaded))
        # accelerate counts batches since the last update. States are saved after an update, and gradient_accumulation
        # may have changed.
        accelerator.step = 0


@contextmanager
def _explain_failed_write(place: Path, previous: Path | None) -> Iterator[None]:
    """Explains errors of writing a state. torch reports a full disk as RuntimeError, safetensors as its own error."""
    from safetensors import SafetensorError

    try:
        yield
    except (OSError, RuntimeError, SafetensorError) as error:
        kept = f"the last good state is {previous}" if previous else "there is no earlier state"
        raise ValueError(
            f"expected to write the state {place}, got an error ({_first_line(error)}): free disk space and start "
            f"again; {kept}"
        ) from error


def _first_line(error: Exception) -> str:
    return (str(error) or type(error).__name__).splitlines()[0][:200]
