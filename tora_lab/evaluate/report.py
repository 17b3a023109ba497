"""A report of one or several runs: one HTML page that needs no other file."""

from __future__ import annotations

import base64
import html
import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from torch import Tensor

from tora_core.evaluation.overlay import Style, draw_on
from tora_core.evaluation.trajectory_error import format_px
from tora_core.video import Size

from ..media.files import write_text
from ..media.video_reader import read_video
from .measuring import SCORES, Row
from .pairs import read_trajectories
from .results import read_results

_TEMPLATE = Path(__file__).with_name("report.html")
_RESAMPLES = 2000
_SHOWN = 4
"""How many of the best and of the worst clips are shown."""
_WIDTH_PX = 240
_COLOURS = ("#1d78b4", "#e63946", "#2a9d5a", "#f48c14", "#7b4bb4")
_VALUES = (
    ("traj_error_px", "TrajError", "px"),
    ("euclidean_px", "Euclidean (EPE)", "px"),
    ("coverage", "points found", ""),
    ("clip_similarity", "CLIPSIM", ""),
    *SCORES,
)


class EvaluatedRun(NamedTuple):
    """The rows of a run, without failures, and how many failed."""

    name: str
    rows: list[Row]
    failed: int


def read_run(name: str, results: Path, rows: Sequence[Row] | None = None) -> EvaluatedRun:
    """Reads a results file, the last row of each video.

    Raises:
        ValueError: the file is not a results file.
    """
    if rows is None:
        if not results.is_file():
            raise ValueError(f"expected a results file, got {results}, which does not exist: check --compare")
        rows = list({row["name"]: row for row in read_results(results)}.values())
    good = [row for row in rows if row.get("traj_error_px") is not None]
    return EvaluatedRun(name, good, len(rows) - len(good))


def write_report(folder: Path, runs: Sequence[EvaluatedRun]) -> Path:
    """Writes ``report.html``. Clips are compared by their names.

    Raises:
        ValueError: no clip of the first run was measured.
    """
    first = runs[0]
    if not first.rows:
        raise ValueError("expected measured clips for the report, got none: see the errors of the videos")
    ordered = sorted(first.rows, key=lambda row: float(row["traj_error_px"]))
    parts = [
        "<h1>Trajectory control: report</h1>",
        "<p>TrajError is the mean of |dx| + |dy| in pixels of the video, over the points that are visible in the "
        f"wanted and in the found path. Tracker: {html.escape(str(first.rows[0].get('tracker', '')))}. In brackets: "
        f"95 % of {_RESAMPLES} bootstrap samples over clips.</p>",
        _table(runs),
        "<h2>Error over time</h2>",
        _image(_plot_frames(runs)),
        "<h2>Errors of all clips</h2>",
        _image(_plot_histogram(runs)),
    ]
    if len(runs) > 1:
        parts += ["<h2>The same clips in two runs</h2>", _image(_plot_pairs(runs))]
    parts += ["<h2>Best</h2>", _clips(ordered[:_SHOWN]), "<h2>Worst</h2>", _clips(ordered[::-1][:_SHOWN])]
    page = folder / "report.html"
    write_text(page, _TEMPLATE.read_text(encoding="utf-8").replace("CONTENT", "\n".join(parts)))
    return page


def bootstrap_interval(values: Sequence[float], resamples: int = _RESAMPLES) -> tuple[float, float]:
    """Computes the interval that holds the middle 95 % of the means of resampled values. Needs no true randomness."""
    data = np.asarray(values, dtype=np.float64)
    picks = np.random.default_rng(0).integers(0, len(data), (resamples, len(data)))
    low, high = np.percentile(data[picks].mean(axis=1), [2.5, 97.5])
    return float(low), float(high)


def _table(runs: Sequence[EvaluatedRun]) -> str:
    shown = [entry for entry in _VALUES if any(entry[0] in row for run in runs for row in run.rows)]
    head = "".join(f"<th>{html.escape(title)}</th>" for _, title, _ in shown)
    lines = []
    for run in runs:
        cells = []
        for key, _, unit in shown:
            values = [float(row[key]) for row in run.rows if row.get(key) is not None]
            if not values:
                cells.append("<td>-</td>")
                continue
            low, high = bootstrap_interval(values)
            cells.append(f"<td>{np.mean(values):.3g} {unit} <small>[{low:.3g}, {high:.3g}]</small></td>")
        lines.append(
            f"<tr><th>{html.escape(run.name)}</th><td>{len(run.rows)}</td><td>{run.failed}</td>{''.join(cells)}</tr>"
        )
    return f"<table><tr><th>run</th><th>clips</th><th>failed</th>{head}</tr>{''.join(lines)}</table>"


def _plot_frames(runs: Sequence[EvaluatedRun]) -> bytes:
    """Plots the mean error of each frame, as a part of the clip where lengths differ."""

    def draw(axes: Any) -> None:
        for run, colour in zip(runs, _COLOURS, strict=False):
            curves = [row["frame_l1_px"] for row in run.rows if row.get("frame_l1_px")]
            if not curves:
                continue
            length = max(map(len, curves))
            known = [curve for curve in curves if len(curve) == length]
            data = np.array([[np.nan if value is None else value for value in curve] for curve in known], dtype=float)
            counts = (~np.isnan(data)).sum(axis=0)
            means = np.where(counts > 0, np.nansum(data, axis=0) / np.maximum(counts, 1), np.nan)
            axes.plot(np.arange(length), means, color=colour, label=run.name)
        axes.set(xlabel="frame", ylabel="TrajError in px")
        axes.legend(frameon=False)

    return _plot(draw)


def _plot_histogram(runs: Sequence[EvaluatedRun]) -> bytes:
    def draw(axes: Any) -> None:
        top = max(float(row["traj_error_px"]) for run in runs for row in run.rows)
        bins = np.linspace(0, max(top, 1e-6), 30)
        for run, colour in zip(runs, _COLOURS, strict=False):
            axes.hist([float(row["traj_error_px"]) for row in run.rows], bins, color=colour, alpha=0.6, label=run.name)
        axes.set(xlabel="TrajError in px", ylabel="clips")
        axes.legend(frameon=False)

    return _plot(draw)


def _plot_pairs(runs: Sequence[EvaluatedRun]) -> bytes:
    """Plots each clip's error in the first run against its error in the others."""

    def draw(axes: Any) -> None:
        mine = {row["name"]: float(row["traj_error_px"]) for row in runs[0].rows}
        for run, colour in zip(runs[1:], _COLOURS[1:], strict=False):
            both = [(mine[row["name"]], float(row["traj_error_px"])) for row in run.rows if row["name"] in mine]
            if both:
                x, y = zip(*both, strict=True)
                axes.scatter(x, y, s=12, color=colour, alpha=0.7, label=f"{run.name}, {len(both)} clips")
        top = max(*axes.get_xlim(), *axes.get_ylim())
        axes.plot([0, top], [0, top], color="#999", linewidth=1)
        axes.set(xlabel=f"TrajError in px, {runs[0].name}", ylabel="TrajError in px, other runs")
        axes.legend(frameon=False)

    return _plot(draw)


def _plot(draw: Any) -> bytes:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7, 3.2), dpi=110, layout="constrained")
    axes = figure.subplots()
    axes.spines[["top", "right"]].set_visible(False)
    draw(axes)
    file = io.BytesIO()
    figure.savefig(file, format="png")
    return file.getvalue()


def _clips(rows: Sequence[Row]) -> str:
    shown = []
    for row in rows:
        words = f"{html.escape(row['name'])}<br>{format_px(float(row['traj_error_px']))}"
        try:
            video = read_video(Path(row["video"]))
            _, height, width, _ = video.shape
            wanted = read_trajectories(Path(row["tracks"]), len(video), Size(width, height))
            picture = _image(_animate(draw_on(video, wanted, Style(width=1.2))), "webp")
        except (ValueError, OSError) as error:
            picture = f"<p>not shown: {html.escape(str(error))}</p>"
        shown.append(f"<figure>{picture}<figcaption>{words}</figcaption></figure>")
    return f'<div class="clips">{"".join(shown)}</div>'


def _animate(video: Tensor) -> bytes:
    """Writes a small animation that repeats."""
    from PIL import Image

    pictures = [Image.fromarray(frame.numpy()) for frame in video]
    height = round(_WIDTH_PX * pictures[0].height / pictures[0].width)
    small = [picture.resize((_WIDTH_PX, height), Image.Resampling.LANCZOS) for picture in pictures]
    file = io.BytesIO()
    small[0].save(file, "WEBP", save_all=True, append_images=small[1:], duration=125, loop=0, quality=70)
    return file.getvalue()


def _image(data: bytes, kind: str = "png") -> str:
    return f'<img alt="" src="data:image/{kind};base64,{base64.b64encode(data).decode()}">'
