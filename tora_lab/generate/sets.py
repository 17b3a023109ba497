"""Published sets as lists of jobs: ``python -m tora_lab.generate.sets KIND FOLDER --out DIR``.

Reads MoveBench, MC-Bench and folders in the layout of MagicData as they lie on disk, scales their paths to the model's
size and frames, and writes DIR/jobs.jsonl with one file of paths per job.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from tora_core.cogvideox.latents import COGVIDEOX_1_0
from tora_core.paths.masks import centroid_path
from tora_core.paths.resampling import Target, resample_trajectories
from tora_core.paths.saving import write_path_files
from tora_core.paths.trajectories import Trajectories, tracked_points
from tora_core.paths.transforms import combine
from tora_core.video import Size

from ..media.files import write_text
from ..media.masks import read_masks
from .jobs import parse_size

PICTURES = (".jpg", ".jpeg", ".png", ".webp")
MC_BENCH_FRAMES = 16
"""MC-Bench's own evaluation samples the key points at 16 frames, with a monotone cubic (PCHIP)."""


class SetItem(NamedTuple):
    """One entry of a set: its first frame, and its paths in pixels of that frame."""

    id: str
    prompt: str
    image: Path
    paths: Trajectories


def read_movebench(folder: Path, mode: str = "single") -> Iterator[SetItem]:
    """Reads MoveBench: ``{mode}_track.txt`` with ``NAME,caption`` lines, ``first_frame/NAME.jpg`` and
    ``track/{mode}/NAME_tracks.npy`` ``[1, T, N, 2]`` px with ``NAME_visibility.npy`` ``[1, T, N]``.

    Args:
        folder: the folder of one language, such as ``MoveBench/en``.
        mode: ``single`` or ``multi``.
    """
    listed = folder / f"{mode}_track.txt"
    for line in _read_text(listed).splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        name, comma, caption = line.partition(",")
        if not comma:
            raise ValueError(f"expected NAME,caption in every line of {listed.name}, got {line[:60]!r}: correct it")
        stem = Path(name.strip()).stem
        image = _find_picture(folder / "first_frame", stem)
        arrays = [_load(folder / "track" / mode / f"{stem}_{kind}.npy") for kind in ("tracks", "visibility")]
        yield SetItem(stem, caption.strip(), image, tracked_points(arrays[0], arrays[1], _size_of(image)))


def read_mc_bench(folder: Path, mode: str = "") -> Iterator[SetItem]:
    """Reads MC-Bench: ``GROUP/NAME/first_frame.png`` and ``meta_data.json`` with ``traj_key_points`` in its pixels.

    The key points become ``MC_BENCH_FRAMES`` frames with a monotone cubic over their number. A single point moves by a
    pixel, as in its own evaluation. The set has no prompts.

    Args:
        folder: the set.
        mode: a group, such as ``Fine_grained_control``; empty reads all.
    """
    from scipy.interpolate import PchipInterpolator

    for meta in sorted(folder.glob(f"{mode or '*'}/*/meta_data.json")):
        image = _find_picture(meta.parent, "first_frame")
        try:
            tracks = json.loads(_read_text(meta))["traj_key_points"]
            frames = []
            for track in tracks:
                points = np.array(track, dtype=np.float64)  # [P, 2]
                points = np.concatenate([points, points + 1]) if len(points) == 1 else points
                times = np.linspace(0, 1, len(points))
                frames.append(PchipInterpolator(times, points)(np.linspace(0, 1, MC_BENCH_FRAMES)))
        except (KeyError, TypeError, ValueError) as error:
            raise ValueError(f"expected traj_key_points [[x, y], ...] in {meta}, got others: check the set") from error
        name = f"{meta.parent.parent.name}-{meta.parent.name}"
        yield SetItem(name, "", image, tracked_points(np.stack(frames, axis=1), None, _size_of(image)))


def read_magicdata(folder: Path, mode: str = "") -> Iterator[SetItem]:
    """Reads folders ``NAME`` with a picture per frame, and ``masks/FRAME.png`` whose grey values mark objects.

    Each object's path is that of its mask's centre. ``caption.txt`` holds the prompt.

    Args:
        folder: the set.
        mode: not used.
    """
    for place in sorted(path for path in folder.iterdir() if (path / "masks").is_dir()):
        pictures = sorted(path for path in place.iterdir() if path.suffix.lower() in PICTURES)
        masks = read_masks(place)
        if not pictures or len(masks) < 2:
            raise ValueError(f"expected pictures and at least 2 masks in {place}, got too few: check the set")
        levels = [level for level in np.unique(masks[0]) if level > 0]
        if not levels:
            raise ValueError(f"expected an object in the first mask of {place}, got a black one: check the set")
        paths = [centroid_path(masks == level) for level in levels]
        caption = place / "caption.txt"
        prompt = _read_text(caption).strip() if caption.exists() else ""
        yield SetItem(place.name, prompt, pictures[0], combine(paths))


SETS: dict[str, Callable[[Path, str], Iterator[SetItem]]] = {
    "movebench": read_movebench,
    "mc-bench": read_mc_bench,
    "magicdata": read_magicdata,
}


def write_jobs(items: Iterator[SetItem], out: Path, size: Size, frames: int, settings: dict[str, Any]) -> int:
    """Writes a list of jobs with their paths, scaled like a first frame that is scaled and cropped to ``size``.

    Time is scaled evenly: the first and last frame stay the first and last.

    Returns:
        The number of jobs.
    """
    lines = []
    for item in items:
        paths = resample_trajectories(item.paths, Target(frames, size))
        file = out / "tracks" / f"{item.id}.json"
        (content,) = write_path_files(paths, "TRACKS").values()
        write_text(file, content.decode())
        job: dict[str, Any] = {"id": item.id, "prompt": item.prompt, "tracks": f"tracks/{file.name}"}
        job |= {"image": str(item.image.resolve()), "size": str(size), "frames": frames, **settings}
        lines.append(json.dumps({key: value for key, value in job.items() if value != ""}, ensure_ascii=False))
    if not lines:
        raise ValueError("expected entries in the set, got none: check the folder")
    write_text(out / "jobs.jsonl", "\n".join(lines) + "\n")
    return len(lines)


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m tora_lab.generate.sets", description=__doc__)
    parser.add_argument("kind", choices=list(SETS), help="layout of the set")
    parser.add_argument("folder", type=Path, help="the set; of MoveBench the folder of a language, such as en")
    parser.add_argument("--out", type=Path, required=True, help="folder for jobs.jsonl and the paths")
    parser.add_argument("--mode", default="", help="MoveBench: single (default) or multi; MC-Bench: a group")
    parser.add_argument("--size", default=str(COGVIDEOX_1_0.trained_size), help="size of the videos")
    parser.add_argument("--frames", type=int, default=COGVIDEOX_1_0.trained_frames, help="frames of the videos")
    parser.add_argument("--no-image", action="store_true", help="leave the first frames out, for text to video")
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="another key of every job")
    options = parser.parse_args(arguments)
    try:
        settings = dict(each.split("=", 1) for each in options.set)
        if options.no_image:
            settings["image"] = ""
        items = SETS[options.kind](options.folder, options.mode or ("single" if options.kind == "movebench" else ""))
        count = write_jobs(items, options.out, parse_size(options.size), options.frames, settings)
    except (ValueError, OSError) as error:
        parser.error(str(error))
    sys.stdout.write(f"{count} jobs: {options.out / 'jobs.jsonl'}\n")


def _read_text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise ValueError(f"expected {path}, which cannot be read: check the folder of the set") from error


def _load(path: Path) -> np.ndarray:
    try:
        return np.load(path, allow_pickle=False).astype(np.float64)
    except (OSError, ValueError) as error:
        raise ValueError(f"expected a NumPy array in {path}, got none: check the set") from error


def _find_picture(folder: Path, stem: str) -> Path:
    for suffix in PICTURES:
        if (folder / f"{stem}{suffix}").is_file():
            return folder / f"{stem}{suffix}"
    raise ValueError(f"expected a picture {stem}.jpg in {folder}, got none: check the set")


def _size_of(picture: Path) -> Size:
    from PIL import Image

    with Image.open(picture) as opened:
        return Size(*opened.size)


if __name__ == "__main__":
    main()
