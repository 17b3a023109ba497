"""Finds the reference's results by file name, so that tests can use any folder with such files.

The environment variable ``TORA_GOLDEN`` sets the folder. The default is the small set beside this file.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file
from torch import Tensor

GOLDEN = Path(os.environ.get("TORA_GOLDEN") or Path(__file__).parent / "golden").resolve()
FLOWS = sorted(GOLDEN.glob("flow_*.npz"))
TINY = sorted(path for path in GOLDEN.glob("tora_*_tiny") if path.is_dir())
SAMPLING = sorted(GOLDEN.glob("sampling_*.safetensors"))


def name_of(path: Path) -> str:
    """Returns the file's name without its ending, as a test id."""
    return path.stem


def relative_error(actual: Tensor, expected: Tensor) -> float:
    """Computes ``||actual - expected|| / ||expected||`` over the whole tensor."""
    return float((actual.double() - expected.double()).norm() / expected.double().norm())


@dataclass(frozen=True)
class Flow:
    """One ``flow_*.npz``: the texts of the paths, and the reference's points, flow and colours for them.

    ``kept_frames`` are the frames whose flow and colours the file holds.
    """

    texts: list[str]
    frames: int
    height: int
    width: int
    kept_frames: list[int]
    points: np.ndarray
    flow: Tensor
    rgb: Tensor
    rgb_mean: Tensor


def load_flow(path: Path) -> Flow:
    """Reads one ``flow_*.npz`` and its texts."""
    data = np.load(path, allow_pickle=False)
    texts = [(path.parent / "trajectories" / str(name)).read_text() for name in data["trajectories"]]
    return Flow(
        texts,
        int(data["frames"]),
        int(data["height"]),
        int(data["width"]),
        data["kept"].tolist(),
        data["points"],
        torch.from_numpy(data["flow"]),
        torch.from_numpy(data["rgb"]).permute(0, 2, 3, 1),  # [T, H, W, 3]
        torch.from_numpy(data["rgb_mean"]),
    )


class InputsOutputs:
    """One case (``small``, ``canvas``) of a ``*_io.safetensors``. Outputs are complete or hold every n-th value."""

    def __init__(self, tensors: dict[str, Tensor], case: str) -> None:
        self.tensors = {
            key.removeprefix(f"{case}."): value for key, value in tensors.items() if key.startswith(f"{case}.")
        }

    def __getitem__(self, name: str) -> Tensor:
        return self.tensors[name].float()

    def video(self, name: str) -> Tensor:
        """Returns an input as ``[B, C, T, H, W]``."""
        return self[name].transpose(1, 2)

    def has(self, name: str) -> bool:
        """Whether the case holds this tensor, complete or every n-th value."""
        return any(key == name or key.startswith(f"{name}.every") for key in self.tensors)

    def error(self, name: str, actual: Tensor) -> float:
        """Computes the relative error of ``actual`` [B, T, C, H, W] on the stored values."""
        if name in self.tensors:
            assert actual.shape == self.tensors[name].shape
            return relative_error(actual, self.tensors[name])
        key = next(key for key in self.tensors if key.startswith(f"{name}.every"))
        assert list(actual.shape) == self.tensors[f"{name}.shape"].tolist()
        return relative_error(actual.flatten()[:: int(key.rpartition("every")[2])], self.tensors[key])


def cases() -> list[tuple[Path, str]]:
    """Lists every (tiny checkpoint, case) with stored inputs and outputs."""
    found = []
    for tiny in TINY:
        if (file := io_file(tiny)).is_file():
            found += [(tiny, case) for case in sorted({key.split(".")[0] for key in _load(file)})]
    return found


def io_file(tiny: Path) -> Path:
    """Returns the file with the inputs and outputs of a tiny checkpoint."""
    return tiny.with_name(f"{tiny.name}_io.safetensors")


def load_case(tiny: Path, case: str) -> InputsOutputs:
    """Loads the inputs and outputs of one case."""
    return InputsOutputs(_load(io_file(tiny)), case)


@cache
def _load(file: Path) -> dict[str, Tensor]:
    return load_file(file)


def load_sampling(file: Path) -> tuple[Path, dict[str, Tensor]]:
    """Returns the checkpoint that made a ``sampling_NAME.safetensors``, and the file's tensors."""
    return file.with_name(f"{file.stem.replace('sampling', 'tora', 1)}"), load_file(file)
