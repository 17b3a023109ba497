"""Files that are whole or not there: written under another name first, then renamed."""

from __future__ import annotations

import contextlib
import shutil
import uuid
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from torch import Tensor


def write_safetensors(path: Path, tensors: Mapping[str, Tensor], facts: Mapping[str, str] | None = None) -> None:
    """Saves tensors; a full disk leaves what was there before."""
    write_together({path: tensors}, facts)


def write_together(files: Mapping[Path, Mapping[str, Tensor]], facts: Mapping[str, str] | None = None) -> None:
    """Saves files that belong together: none is put in its place before all are written."""
    from safetensors.torch import save_file

    with contextlib.ExitStack() as stack:
        for path, tensors in files.items():
            whole = {key: tensor.detach().cpu().contiguous() for key, tensor in tensors.items()}
            save_file(whole, stack.enter_context(replace_when_whole(path)), metadata=dict(facts or {}))


def write_text(path: Path, text: str) -> None:
    write_whole(path, lambda file: file.write_text(text, encoding="utf-8"))


def write_whole(path: Path, write: Callable[[Path], object]) -> None:
    """Lets ``write`` make a file, or a folder that is not there yet, beside ``path``, then puts it in its place."""
    with replace_when_whole(path) as part:
        write(part)


@contextlib.contextmanager
def replace_when_whole(path: Path) -> Iterator[Path]:
    """A name beside ``path`` to write under; what is there after the ``with`` block takes ``path``'s place."""
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
