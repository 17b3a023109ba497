"""Reads files of paths: text, NumPy arrays of trackers, and the tracks of ATI."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import Any

import numpy as np

from .axes import order_axes
from .drawn_path import FloatArray, Reading
from .exports import read_tracks
from .typed_text import MAX_POINTS, MAX_TEXT

TEXT_SUFFIXES = (".txt", ".csv", ".json", ".svg")
ARRAY_SUFFIXES = (".npy", ".pth")
SUFFIXES = TEXT_SUFFIXES + ARRAY_SUFFIXES
_MAX_BYTES = MAX_TEXT * 4
ATI_STEPS = 8
"""ATI stores coordinates and visibility in eighths (its ``get_tracks_inference`` and ``trajectory_editor/app.py``)."""
_ENCODINGS = {b"\xef\xbb\xbf": "utf-8-sig", b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}


def read_path_file(path: Path, frames: int | None = None) -> str | Reading:
    """Reads a file of paths.

    Args:
        path: a file with one of ``SUFFIXES``, in any case. A visibility file beside it is read too
            (``clip_tracks.npy`` and ``clip_visibility.npy``, as Wan-Move writes them).
        frames: the video's frames T, for arrays.

    Returns:
        The text, or the paths of an array.

    Raises:
        ValueError: the file is missing, too large, or holds something else.
    """
    suffix = path.suffix.lower()
    if suffix not in SUFFIXES:
        raise ValueError(f"expected a file of {', '.join(SUFFIXES)}, got {path.name!r}: save the paths in one of these")
    try:
        with path.open("rb") as file:
            data = file.read(_MAX_BYTES + 1)
    except (OSError, ValueError) as error:  # a name with a NUL character is a ValueError
        why = getattr(error, "strerror", None) or error
        raise ValueError(f"expected a file of paths, got {path.name!r} ({why}): choose another file") from error
    if len(data) > _MAX_BYTES:
        raise ValueError(f"expected at most {_MAX_BYTES} bytes in {path.name!r}, got more: use fewer points")
    if suffix in TEXT_SUFFIXES:
        return decode_bytes(data, path.name)
    array = _load_array(data, path.name, suffix)
    beside = _visibility_beside(path)
    visible = None if beside is None else _load_array(beside.read_bytes(), beside.name, ".npy")
    return _read_array(array, visible, frames, path.name)


def decode_bytes(data: bytes, name: str) -> str:
    """Decodes text in UTF-8 or UTF-16, with or without a byte order mark.

    Raises:
        ValueError: the bytes are in another encoding, or no text.
    """
    encoding = next((encoding for mark, encoding in _ENCODINGS.items() if data.startswith(mark)), None)
    if encoding is None:
        zeros_first, zeros_second = data[:200:2].count(0), data[1:200:2].count(0)
        small = max(1, len(data[:200]) // 4)
        encoding = "utf-16-be" if zeros_first > small else "utf-16-le" if zeros_second > small else "utf-8"
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        raise ValueError(f"expected text in UTF-8 or UTF-16 in {name!r}, got other bytes: save it as UTF-8") from error
    if "\x00" in text:
        raise ValueError(f"expected text in {name!r}, got a binary file: choose another file")
    return text


def _load_array(data: bytes, name: str, suffix: str) -> FloatArray:
    """Loads an array without running code of the file."""
    try:
        if suffix == ".npy":
            value: Any = np.load(io.BytesIO(data), allow_pickle=False)
        else:
            value = _load_torch(data)
        array = np.asarray(value, dtype=np.float64)
    except (ValueError, TypeError, KeyError, EOFError, OSError, zipfile.BadZipFile, MemoryError) as error:
        kind = "a NumPy array" if suffix == ".npy" else "tracks of ATI"
        raise ValueError(f"expected {kind} in {name!r}, got something else or damaged data: save it again") from error
    if array.size > MAX_POINTS * 4:
        numbers = array.shape[-1] if array.ndim else 1
        raise ValueError(
            f"expected at most {MAX_POINTS} points in {name!r}, got {array.size // max(1, numbers)}: use fewer"
        )
    return array


def _load_torch(data: bytes) -> Any:
    """Loads the tracks of ATI: bytes of an ``.npz`` file with ``array``, in eighths of a pixel."""
    import pickle

    import torch

    try:
        value = torch.load(io.BytesIO(data), map_location="cpu", weights_only=True)
    except (pickle.UnpicklingError, RuntimeError, AttributeError, IndexError) as error:
        raise ValueError("no tensors") from error
    if not isinstance(value, bytes):
        return value
    with zipfile.ZipFile(io.BytesIO(value)) as archive:
        if sum(entry.file_size for entry in archive.infolist()) > _MAX_BYTES:
            raise ValueError("too large")
    with np.load(io.BytesIO(value), allow_pickle=False) as arrays:
        array = np.asarray(arrays["array"], dtype=np.float64)
    array[..., :2] /= ATI_STEPS
    array[..., 2:3] = array[..., 2:3] > 0  # its own editor writes 8, others 1
    array = array[..., :3]
    if array.ndim == 4 and array.shape[2] == 1:  # [N, 121, 1, 3] or [121, N, 1, 3]
        array = array[:, :, 0]
        array = array.swapaxes(0, 1) if array.shape[1] == 121 else array
    return array[None]  # a leading axis says: frames first


def _visibility_beside(path: Path) -> Path | None:
    """Finds the file of visibilities that belongs to a file of tracks."""
    for word in ("tracks", "track"):
        if word in path.stem:
            beside = path.with_name("visibility".join(path.stem.rsplit(word, 1)) + path.suffix)
            return beside if beside.is_file() and beside.suffix.lower() == ".npy" else None
    return None


def _read_array(array: FloatArray, visible: FloatArray | None, frames: int | None, name: str) -> Reading:
    """Reads ``[P, 2]``, ``[T, N, 2]``, ``[N, T, 2]`` or ``[1, T, N, 2]``; a third value per point is its visibility."""
    shape = array.shape
    frames_first = array.ndim == 4 and len(array) == 1
    array = array[0] if frames_first else array
    if array.ndim not in (2, 3) or array.shape[-1] not in (2, 3) or 0 in array.shape:
        raise ValueError(
            f"expected an array [T, N, 2], [1, T, N, 2] or [P, 2] in {name!r}, got {list(shape)}: save x and y of "
            "every point"
        )
    if array.shape[-1] == 3:
        third = array[..., 2]
        if not np.isin(third, (0, 1)).all():
            raise ValueError(f"expected 0 or 1 as third value of points in {name!r}, got others: save x and y only")
        array, visible = array[..., :2], third if visible is None else visible
    if array.ndim == 2:
        shown = np.ones(len(array)) if visible is None else visible.reshape(-1)
        return read_tracks(array[:, None], shown[:, None])
    notes: list[str] = []
    if not frames_first and visible is None:
        array, notes = order_axes(array, frames)
    while visible is not None and visible.ndim > 2 and 1 in (len(visible), visible.shape[-1]):
        visible = visible[0] if len(visible) == 1 else visible[..., 0]
    reading = read_tracks(array, np.ones(array.shape[:2]) if visible is None else visible)
    reading.notes += notes
    return reading
