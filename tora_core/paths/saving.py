"""Writes paths as files that other tools read, and that ``read_path_file`` reads again."""

from __future__ import annotations

import io
from collections.abc import Callable

import numpy as np

from .coordinates_text import tracks_text
from .path_files import ATI_STEPS
from .records import MAX_PATHS
from .resampling import ATI, TARGETS
from .retiming import Timing, retime
from .trajectories import Trajectories
from .typed_text import MAX_POINTS

Files = dict[str, bytes]
"""Contents by the end of the file's name, such as ``_.csv``."""


def write_path_files(trajectories: Trajectories, form: str, frames_per_second: float = 8.0) -> Files:
    """Writes paths in one of ``FORMS``.

    Args:
        trajectories: the paths.
        form: ``TRACKS`` (JSON) and ``CSV`` keep everything. ``After Effects`` has keyframes, and none where a point is
            hidden. ``Wan-Move`` is a pair of NumPy files. ``ATI`` has 121 points per path.
        frames_per_second: speed of the video, for After Effects.

    Raises:
        ValueError: the form is unknown, the speed is not above 0, or nothing is visible.
    """
    if form not in FORMS:
        raise ValueError(f"expected a form of {tuple(FORMS)}, got {form!r}: choose one of these")
    if not trajectories.visible.any():
        raise ValueError("expected a path that is visible in at least one frame, got none: show a path")
    if not 0 < frames_per_second < 1000:
        raise ValueError(f"expected frames per second above 0, got {frames_per_second:g}: use for example 8")
    return FORMS[form](trajectories, frames_per_second)


def too_many_to_read(trajectories: Trajectories) -> str | None:
    """Says that the reader of this pack refuses so many paths or points. None: it reads them."""
    frames, paths, _ = trajectories.points_px.shape
    if paths <= MAX_PATHS and frames * paths <= MAX_POINTS:
        return None
    return (
        f"Tora Trajectory From Text reads at most {MAX_PATHS} paths and {MAX_POINTS} points, these are {paths} paths "
        f"and {frames * paths} points: save fewer paths to read them again"
    )


def _write_tracks(trajectories: Trajectories, _: float) -> Files:
    return {"_.json": tracks_text(trajectories).encode()}


def _write_csv(trajectories: Trajectories, _: float) -> Files:
    lines = ["frame,track,x,y,visible"]
    for track in range(trajectories.points_px.shape[1]):
        for frame, (x, y) in enumerate(np.round(trajectories.points_px[:, track], 3).tolist()):
            lines.append(f"{frame},{track + 1},{x},{y},{int(trajectories.visible[frame, track])}")
    return {"_.csv": ("\n".join(lines) + "\n").encode()}


def _write_keyframes(trajectories: Trajectories, frames_per_second: float) -> Files:
    """Writes keyframe text to be pasted in After Effects: a position, or a point control for each of several paths."""
    width, height = trajectories.canvas
    paths = trajectories.points_px.shape[1]
    lines = [
        "Adobe After Effects 8.0 Keyframe Data",
        "",
        f"\tUnits Per Second\t{frames_per_second:g}",
        f"\tSource Width\t{width}",
        f"\tSource Height\t{height}",
        "\tSource Pixel Aspect Ratio\t1",
        "\tComp Pixel Aspect Ratio\t1",
        "",
    ]
    for path in range(paths):
        shown = np.flatnonzero(trajectories.visible[:, path])
        if not len(shown):
            continue
        if paths == 1:
            lines += ["Transform\tPosition", "\tFrame\tX pixels\tY pixels\tZ pixels"]
        else:
            lines += [f"Effects\tPoint Control #{path + 1}\tPoint #2", "\tFrame\tX pixels\tY pixels"]
        end = "\t0" if paths == 1 else ""
        points = np.round(trajectories.points_px[:, path], 3)
        lines += [f"\t{frame}\t{points[frame, 0]}\t{points[frame, 1]}{end}" for frame in shown]
        lines.append("")
    return {"_.txt": "\n".join([*lines, "End of Keyframe Data", ""]).encode()}


def _write_wan_move(trajectories: Trajectories, _: float) -> Files:
    """Writes ``[1, T, N, 2]`` and ``[1, T, N]``, as Wan-Move's examples have them."""
    return {
        "_tracks.npy": _array_bytes(trajectories.points_px[None].astype(np.float32)),
        "_visibility.npy": _array_bytes(trajectories.visible[None]),
    }


def _write_ati(trajectories: Trajectories, _: float) -> Files:
    """Writes ``[N, 121, 1, 3]`` (x, y, visible), packed as ATI's editor packs it."""
    import torch

    wanted = TARGETS[ATI].frames
    timed = trajectories if trajectories.frames == wanted else retime(trajectories, Timing(wanted))
    array = np.concatenate([timed.points_px, timed.visible[..., None]], axis=-1).swapaxes(0, 1)[:, :, None]
    packed, file = io.BytesIO(), io.BytesIO()
    np.savez_compressed(packed, array=(ATI_STEPS * array).astype(np.float32))
    torch.save(packed.getvalue(), file)
    return {"_.pth": file.getvalue()}


def _array_bytes(array: np.ndarray) -> bytes:
    file = io.BytesIO()
    np.save(file, array)
    return file.getvalue()


FORMS: dict[str, Callable[[Trajectories, float], Files]] = {
    "TRACKS": _write_tracks,
    "CSV": _write_csv,
    "After Effects": _write_keyframes,
    "Wan-Move": _write_wan_move,
    "ATI": _write_ati,
}
