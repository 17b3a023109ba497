"""Atomic file writes: a file is written under a temporary name and renamed when it is complete."""

from __future__ import annotations

import contextlib
import shutil
import uuid
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from torch import Tensor


def write_safetensors(path: Path, tensors: Mapping[str, Tensor], facts: Mapping[str, str] | None = None) -> None:
    """Saves tensors to one file. If writing fails, the old file stays."""
    write_together({path: tensors}, facts)


def write_together(files: Mapping[Path, Mapping[str, Tensor]], facts: Mapping[str, str] | None = None) -> None:
    """Saves several files as one unit. No file is replaced before all of them are written.

    Raises:
        OSError: a file cannot be written.
    """
    from safetensors import SafetensorError
    from safetensors.torch import save_file

    with contextlib.ExitStack() as stack:
        for path, tensors in files.items():
            whole = {key: tensor.detach().cpu().contiguous() for key, tensor in tensors.items()}
            part = stack.enter_context(replace_when_whole(path))
            try:
                save_file(whole, part, metadata=dict(facts or {}))
            except SafetensorError as error:  # a full disk
                raise OSError(f"{path} cannot be written: {error}") from error


def write_text(path: Path, text: str) -> None:
    """Writes UTF-8 text to a file. If writing fails, the old file stays."""
    write_whole(path, lambda file: file.write_text(text, encoding="utf-8"))


def write_whole(path: Path, write: Callable[[Path], object]) -> None:
    """Writes a file or a new folder, then moves it to ``path``.

    Args:
        path: where the result goes. If it is a folder, it must not exist yet.
        write: creates the file or folder at the temporary path that it is given.
    """
    with replace_when_whole(path) as part:
        write(part)


@contextlib.contextmanager
def replace_when_whole(path: Path) -> Iterator[Path]:
    """Yields a temporary path beside ``path``. The file there replaces ``path`` at the end of the ``with`` block."""
    part = path.with_name(f".{path.name}.{uuid.uuid4().hex}.part")
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        yield part
        part.replace(path)
    finally:
        if part.is_dir():
            shutil.rmtree(part)
        else:
            part.unlink(missing_ok=True)
