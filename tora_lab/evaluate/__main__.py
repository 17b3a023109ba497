"""Measures how well videos follow their tracks: ``python -m tora_lab.evaluate VIDEOS TRACKS``.

The results file gets one row per video. Run the command again to resume. It then measures new videos, failed videos
and, with --clip, videos without CLIPSIM.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from tora_core.evaluation.trajectory_error import format_px, track_and_compare
from tora_core.video import Size

from ..media.video_reader import read_video
from .metrics import (
    MIN_I3D_FRAMES,
    ClipModel,
    clip_similarity,
    frechet_video_distance,
    load_clip,
    video_features,
)
from .pairs import Pair, list_videos, pair_files, read_trajectories

RESULTS = "trajectory_errors.jsonl"
_FIRST_KEY = '{"name": '
"""Start of every line of a results file. A file with another start was not written by this command."""
_WIDEST_NAME = 36

Row = dict[str, Any]


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m tora_lab.evaluate", description=__doc__)
    parser.add_argument("videos", type=Path, help="folder of .mp4, .webm and .mov files, or one such file")
    parser.add_argument(
        "tracks",
        type=Path,
        help="folder of files with the videos' stems: .json (pixels, one point per frame) or .txt (256x256 canvas)",
    )
    parser.add_argument(
        "--out",
        type=Path,
        help=f"results file, JSON lines; a new one measures all videos again (default: VIDEOS/{RESULTS})",
    )
    parser.add_argument(
        "--clip", metavar="MODEL", help="also measure CLIPSIM with this CLIP model: a folder, or a name to download"
    )
    parser.add_argument(
        "--prompts", type=Path, metavar="FOLDER", help="folder with STEM.txt for each video, for --clip"
    )
    parser.add_argument(
        "--reference", type=Path, metavar="FOLDER", help="also measure FVD (I3D) against these real videos"
    )
    options = parser.parse_args(arguments)
    try:
        _run(options)
    except (ValueError, OSError) as error:
        parser.error(str(error))


def _run(options: argparse.Namespace) -> None:
    if (options.clip is None) != (options.prompts is None):
        raise ValueError("expected --clip and --prompts together, got one of them: give both, CLIPSIM needs them")
    if options.reference and not find_spec("cdfvd"):
        raise ValueError("expected the library cd-fvd for --reference, got none: pip install cd-fvd")
    pairs = pair_files(options.videos, options.tracks)
    out = options.out or (options.videos if options.videos.is_dir() else options.videos.parent) / RESULTS
    reference = list_videos(options.reference) if options.reference else []
    out.parent.mkdir(parents=True, exist_ok=True)
    recorded = {_make_key(row): row for row in _read_results(out)}
    device = "cuda" if torch.cuda.is_available() else "cpu"
    clip = load_clip(options.clip, device) if options.clip else None
    rows = []
    _write(_format_line("video", "TrajError", "Euclidean", "tracked", "size", "CLIPSIM" if clip else ""))
    with out.open("a", encoding="utf-8") as file:
        for pair in pairs:
            known = recorded.get(_make_key(_start_row(pair)))
            if known is None or known["error"] or (clip and "clip_similarity" not in known):
                row = _evaluate_pair(pair, clip, options.prompts)
                if row != known:
                    file.write(json.dumps(row, allow_nan=False) + "\n")
                    file.flush()
                _write(_format_row(row))
                known = row
            rows.append(known)
    _write(_summarise(rows, out))
    if reference:
        videos = [pair.video for pair in pairs if pair.video]
        _write(_compare_sets(reference, videos, device))


def _start_row(pair: Pair) -> Row:
    video, tracks = (file and str(file.resolve()) for file in (pair.video, pair.tracks))
    return {"name": pair.name, "video": video, "tracks": tracks, "error": None}


def _make_key(row: Row) -> tuple[str, ...]:
    return row["name"], str(row["video"]), str(row["tracks"])


def _evaluate_pair(pair: Pair, clip: ClipModel | None, prompts: Path | None) -> Row:
    """Measures one video. After a failure the row holds the error and the values measured before it."""
    row = _start_row(pair)
    try:
        if pair.video is None or pair.tracks is None:
            missing = "a video" if pair.video is None else "tracks (.json or .txt)"
            raise ValueError(f"expected {missing} with the same stem as {pair.name}, got none: add the file")
        video = read_video(pair.video)
        frames, height, width, _ = video.shape
        wanted = read_trajectories(pair.tracks, frames, Size(width, height))
        found = track_and_compare(video, wanted)[1].to_json()
        row |= {key: found[key] for key in ("traj_error_px", "euclidean_px", "coverage", "canvas", "lost")}
        row |= {"frames": frames, "paths": wanted.points_px.shape[1]}
        if clip and prompts:
            prompt = (prompts / f"{pair.video.stem}.txt").read_text(encoding="utf-8-sig")
            row["clip_similarity"] = clip_similarity(video, prompt, clip)
    except (ValueError, OSError, RuntimeError, MemoryError) as error:
        row["error"] = f"{error}" or type(error).__name__
    return row


def _read_results(out: Path) -> list[Row]:
    """Reads the rows of a results file and removes an incomplete last line of an interrupted run.

    Raises:
        ValueError: the file is not a results file of this command. The file stays unchanged.
    """
    if not out.exists():
        return []
    whole, _, rest = out.read_bytes().rpartition(b"\n")
    lines = whole.decode(errors="replace").split("\n") if whole else []
    start = rest[: len(_FIRST_KEY)].decode(errors="replace")
    try:
        if not all(line.startswith(_FIRST_KEY) for line in lines) or not _FIRST_KEY.startswith(start):
            raise ValueError(f"a line does not start with {_FIRST_KEY}")
        rows = [_parse_row(line) for line in lines]
    except ValueError as error:
        raise ValueError(f"expected a results file of this command, got {out} ({error}): give another --out") from error
    if rest:
        with out.open("r+b") as file:
            file.truncate(len(whole) + 1 if lines else 0)
    return rows


def _parse_row(line: str) -> Row:
    try:
        row: Row = json.loads(line)
    except ValueError as error:
        raise ValueError("a line is not valid JSON") from error
    if missing := sorted({"video", "tracks", "error"} - row.keys()):
        raise ValueError(f"a line has no {', '.join(missing)}")
    return row


def _summarise(rows: Sequence[Row], out: Path) -> str:
    measured = [row for row in rows if row.get("coverage") is not None]
    lost = sum(row["traj_error_px"] is None for row in measured)
    failed = sum(bool(row["error"]) for row in rows)
    sizes = {tuple(row["canvas"]) for row in measured}
    size = str(Size(*sizes.pop())) if len(sizes) == 1 else f"{len(sizes)} sizes" if sizes else ""
    numbers = ("traj_error_px", "euclidean_px", "coverage", "clip_similarity")
    mean = {key: _mean(row.get(key) for row in measured) for key in numbers}
    counts = f"{len(rows)} videos: {len(measured) - lost} in the mean, {failed} failed"
    counts += f", {lost} in which nothing could be tracked" if lost else ""
    return f"{_format_cells('mean', mean, size)}\n{counts}\nresults: {out.resolve()}"


def _format_row(row: Row) -> str:
    if row.get("coverage") is None:
        return f"{row['name']:<{_WIDEST_NAME}}  failed: {row['error']}"
    words = _format_cells(row["name"], row, str(Size(*row["canvas"])))
    return f"{words}  failed: {row['error']}" if row["error"] else words


def _format_cells(name: str, values: Row, size: str) -> str:
    l1_px, euclidean_px = (
        "-" if values[key] is None else format_px(values[key]) for key in ("traj_error_px", "euclidean_px")
    )
    coverage = "" if values["coverage"] is None else f"{100 * values['coverage']:.0f} %"
    similarity = values.get("clip_similarity")
    return _format_line(name, l1_px, euclidean_px, coverage, size, "" if similarity is None else f"{similarity:.4f}")


def _format_line(name: str, *cells: str) -> str:
    short = name if len(name) <= _WIDEST_NAME else f"...{name[3 - _WIDEST_NAME :]}"
    return f"{short:<{_WIDEST_NAME}}{''.join(f'{cell:>11}' for cell in cells)}".rstrip()


def _mean(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if known else None


def _compare_sets(reference: Sequence[Path], videos: Sequence[Path], device: str) -> str:
    real, generated = (video_features(_read_usable(files), device=device) for files in (reference, videos))
    distance = frechet_video_distance(real, generated)
    return f"FVD (I3D) {distance:.1f}: {len(generated)} videos against {len(real)} real videos"


def _read_usable(files: Sequence[Path]) -> Iterator[Tensor]:
    """Reads the videos one by one and skips broken ones and those too short for I3D."""
    for file in files:
        try:
            video = read_video(file)
        except ValueError as error:
            _write(f"skipped for FVD: {error}")
            continue
        if len(video) < MIN_I3D_FRAMES:
            _write(f"skipped for FVD: {file.name} has {len(video)} frames, I3D needs at least {MIN_I3D_FRAMES}")
            continue
        yield video


def _write(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
