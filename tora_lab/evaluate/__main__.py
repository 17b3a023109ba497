"""Measures how well videos follow their tracks: ``python -m tora_lab.evaluate VIDEOS TRACKS``.

The results file gets one row per video. Run the command again to resume. It then measures new videos, failed videos
and videos that lack a value you ask for. TrajError is the mean of |dx| + |dy| in pixels of the video, over the points
that are visible in the wanted and in the found path (Tora, section 4). Euclidean is the mean of the distance over the
same points, also called EPE, and ObjMC for paths of object centres.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from importlib.util import find_spec
from pathlib import Path

import torch
from torch import Tensor

from tora_core.evaluation.trajectory_error import format_px
from tora_core.video import Size

from ..media.video_reader import read_video
from ..ray_cluster import add_ray_option
from .measuring import SCORES, Measures, Row, make_key, start_row
from .metrics import MIN_I3D_FRAMES, frechet_inception_distance, frechet_video_distance, video_features
from .pairs import Pair, list_videos, pair_files
from .results import read_results
from .similarity import LPIPS_NETWORKS
from .trackers import HELP as TRACKER_HELP
from .trackers import LUCAS_KANADE

RESULTS = "trajectory_errors.jsonl"
_WIDEST_NAME = 36


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
    parser.add_argument("--tracker", default=LUCAS_KANADE, help=TRACKER_HELP)
    parser.add_argument("--workers", type=int, default=1, help="processes, or actors with --ray (default: 1)")
    add_ray_option(parser)
    parser.add_argument(
        "--truth", type=Path, metavar="FOLDER", help="also measure PSNR and SSIM against these videos, by their stems"
    )
    parser.add_argument(
        "--lpips", choices=LPIPS_NETWORKS, help="also measure LPIPS against --truth; torchvision downloads its weights"
    )
    parser.add_argument(
        "--masks",
        type=Path,
        nargs=2,
        metavar=("WANTED", "FOUND"),
        help="also measure the IoU of masks and boxes: folders with STEM/FRAME.png, a value per object",
    )
    parser.add_argument("--report", type=Path, metavar="FOLDER", help="write report.html into this folder")
    parser.add_argument(
        "--compare",
        action="append",
        default=[],
        metavar="NAME=RESULTS",
        help="results file of another run, for the report; may be given several times",
    )
    parser.add_argument(
        "--clip", metavar="MODEL", help="also measure CLIPSIM with this CLIP model: a folder, or a name to download"
    )
    parser.add_argument(
        "--prompts",
        type=Path,
        metavar="FOLDER",
        help="folder with STEM.txt for each video, for --clip and for trackers that read prompts",
    )
    parser.add_argument(
        "--reference", type=Path, metavar="FOLDER", help="also measure FVD (I3D) against these real videos"
    )
    parser.add_argument(
        "--fid", action="store_true", help="also measure FID against --reference; torch-fidelity downloads its weights"
    )
    options = parser.parse_args(arguments)
    try:
        _run(options)
    except (ValueError, OSError) as error:
        parser.error(str(error))


def _run(options: argparse.Namespace) -> None:
    if options.clip is not None and options.prompts is None:
        raise ValueError("expected --clip and --prompts together, got one of them: CLIPSIM needs both")
    if options.lpips is not None and options.truth is None:
        raise ValueError("expected --truth with --lpips, got none: LPIPS compares with the true videos")
    if (options.truth or options.masks) and not find_spec("torchmetrics"):
        raise ValueError(
            "expected the library torchmetrics for --truth and --masks, got none: pip install torchmetrics"
        )
    if options.fid and (not options.reference or not find_spec("torch_fidelity")):
        raise ValueError(
            "expected --reference and the library torch-fidelity for --fid, got only one: pip install torch-fidelity"
        )
    if options.workers < 1:
        raise ValueError(f"expected at least 1 worker, got {options.workers}: use 1 or more")
    if options.reference and not find_spec("cdfvd"):
        raise ValueError("expected the library cd-fvd for --reference, got none: pip install cd-fvd")
    folders = (folder and folder.resolve() for folder in (options.prompts, options.truth))
    prompts, truth = folders
    masks = options.masks and tuple(folder.resolve() for folder in options.masks)
    measures = Measures(options.clip, prompts, options.tracker, truth, options.lpips, masks)
    pairs = pair_files(options.videos, options.tracks)
    out = options.out or (options.videos if options.videos.is_dir() else options.videos.parent) / RESULTS
    reference = list_videos(options.reference) if options.reference else []
    out.parent.mkdir(parents=True, exist_ok=True)
    rows = {make_key(row): row for row in read_results(out)}
    todo = [pair for pair in pairs if _is_open(rows.get(make_key(start_row(pair, measures))), measures)]
    measured = _measure(measures, todo, options) if todo else iter(())  # fails here if a model cannot be loaded
    _write(_format_line("video", "TrajError", "Euclidean", "tracked", "size", "CLIPSIM" if options.clip else ""))
    with out.open("a", encoding="utf-8") as file:
        for row in measured:
            if row != rows.get(make_key(row)):
                file.write(json.dumps(row, allow_nan=False) + "\n")
                file.flush()
            rows[make_key(row)] = row
            _write(_format_row(row))
    found = [rows[make_key(start_row(pair, measures))] for pair in pairs]
    _write(_summarise(found, out))
    if options.report:
        from .report import read_run, write_report

        runs = [read_run(_name_run(out), out, found)]
        runs += [read_run(*_split_run(each)) for each in options.compare]
        _write(f"report: {write_report(options.report, runs).resolve()}")
    if reference:
        videos = [pair.video for pair in pairs if pair.video]
        device = "cuda" if torch.cuda.is_available() else "cpu"
        _write(_compare_sets(reference, videos, device))
        if options.fid:
            distance = frechet_inception_distance(_read_usable(reference), _read_usable(videos), device=device)
            _write(f"FID (Inception-v3) {distance:.1f}")


def _is_open(known: Row | None, measures: Measures) -> bool:
    """Whether a video is not measured yet, failed, or lacks a value that is asked for."""
    return known is None or bool(known["error"]) or any(key not in known for key in measures.keys)


def _measure(measures: Measures, pairs: Sequence[Pair], options: argparse.Namespace) -> Iterator[Row]:
    from . import workers

    absolute = [Pair(pair.name, *(file and file.resolve() for file in pair[1:])) for pair in pairs]
    if options.ray is not None:
        return workers.measure_on_ray(measures, absolute, options.ray or None, options.workers)
    if options.workers > 1:
        return workers.measure_in_processes(measures, absolute, options.workers)
    return workers.measure_here(measures, absolute)


def _split_run(text: str) -> tuple[str, Path]:
    """Reads ``NAME=RESULTS``."""
    name, mark, place = text.partition("=")
    return (name, Path(place)) if mark else (_name_run(Path(text)), Path(text))


def _name_run(results: Path) -> str:
    """Names a run by its folder, which is above ``videos`` in what ``tora_lab.generate`` writes."""
    folder = results.resolve().parent
    return folder.parent.name if folder.name == "videos" else folder.name


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
    scores = [(name, _mean(row.get(key) for row in rows), unit) for key, name, unit in SCORES]
    known = ", ".join(f"{name} {value:.4g} {unit}".rstrip() for name, value, unit in scores if value is not None)
    lines = [_format_cells("mean", mean, size), counts, *([known] if known else []), f"results: {out.resolve()}"]
    return "\n".join(lines)


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
