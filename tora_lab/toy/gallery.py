"""Writes the gallery ``docs/gallery.md`` from runs of the toy: ``python -m tora_lab.toy.gallery``.

It also writes the figure of the pipeline in README, and the plot on the help page of Tora Trajectory Error.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

from tora_core.evaluation.plot import error_plot
from tora_core.evaluation.trajectory_error import trajectory_error
from tora_core.paths.presets import preset
from tora_core.paths.trajectories import Size, Trajectories
from tora_core.paths.transforms import combine
from tora_core.toy.models import FRAMES, VIDEO

from ..media.files import write_text
from .models import load_toy
from .page import encode_webp, format_error, join_panels
from .pictures import draw_flow, draw_paths, enlarge
from .pipeline_figure import draw_pipeline
from .sampling import ToySample, sample_toy
from .tracker import prompt_colours, sprite_centres

ROOT = Path(__file__).parents[2]
IMAGES = ROOT / "docs" / "images"
_SCALE = 4
_PLOT_SCALE = 5
_HEAD = """# Gallery

Made by `python -m tora_lab.toy.gallery` with the [toy](toy.md). The seeds are 0, 1, 2 and so on: no clip was picked or
retouched. Each picture shows, from left to right: the drawn path over its flow, the clip with Tora, and the clip
without Tora from the same prompt and noise. The line is the path that was asked for.
"""
_FOOT = """
The toy has {millions:.1f} million parameters and runs on a CPU. Nodes and code are those for CogVideoX-5B.
"""


class GalleryScene(NamedTuple):
    """A title, a prompt and one path per sprite."""

    title: str
    prompt: str
    paths: Trajectories


def list_scenes() -> list[GalleryScene]:
    """Lists the scenes of the gallery, each with its seed by its place."""
    return [
        GalleryScene("Arc", "red disc on sand", _path("arc", (0.5, 0.58), (0.14, 0.14))),
        GalleryScene("Wave", "blue star on snow", _path("wave", (0.5, 0.5), (0.18, 0.07), turns=1)),
        GalleryScene("Circle", "yellow square on slate", _path("circle", (0.5, 0.5), (0.065, 0.065))),
        GalleryScene("Pause in the middle", "pink triangle on stone", _path("pause", (0.5, 0.5), (0.16, 0.1))),
        GalleryScene(
            "Two sprites, up and down",
            "green disc, red star on snow",
            combine(
                [
                    _path("line", (0.28, 0.5), (0.17, 0.1), rotation=-90),
                    _path("line", (0.72, 0.5), (0.17, 0.1), rotation=90),
                ]
            ),
        ),
        GalleryScene(
            "Three sprites, a hard scene",
            "yellow star, blue disc, red square on sand",
            combine(
                [
                    _path("line", (0.18, 0.45), (0.14, 0.1), rotation=90),
                    _path("arc", (0.5, 0.55), (0.1, 0.1)),
                    _path("line", (0.82, 0.55), (0.14, 0.1), rotation=-90),
                ]
            ),
        ),
    ]


def main() -> None:
    pipeline = load_toy()
    folder = IMAGES / "gallery"
    folder.mkdir(parents=True, exist_ok=True)
    lines = [_HEAD]
    for seed, scene in enumerate(list_scenes()):
        steered, plain = (sample_toy(pipeline, scene.prompt, scene.paths, seed, strength) for strength in (1.0, None))
        name = scene.title.split(",")[0].lower().replace(" ", "_")
        (folder / f"{name}.webp").write_bytes(encode_webp(_show(scene.paths, steered, plain), quality=85))
        errors = f"with Tora {format_error(steered.error)}, without {format_error(plain.error)}"
        lines.append(f"\n## {scene.title}\n\n![{scene.title}](images/gallery/{name}.webp)\n\n")
        lines.append(f"`{scene.prompt}`, seed {seed}. TrajError: {errors}.\n")
        if seed == 0:
            draw_pipeline(pipeline, scene.paths, steered.video).save(IMAGES / "pipeline.webp", quality=90, method=6)
        if len(steered.error.path_l1_px) > 2:
            plot = _plot_error(scene, steered)
            plot.save(ROOT / "web" / "docs" / "images" / "error_plot.webp", quality=90, method=6)
    millions = sum(weight.numel() for weight in pipeline.transformer.parameters()) / 1e6
    write_text(ROOT / "docs" / "gallery.md", "".join(lines) + _FOOT.format(millions=millions))


def _path(name: str, centre: tuple[float, float], extent: tuple[float, float], **how: Any) -> Trajectories:
    """Makes a preset for the toy. ``extent`` is in parts of the frame's width, as the toy's frame is small."""
    parts = (extent[0] * VIDEO.width / VIDEO.height, extent[1] * VIDEO.width / VIDEO.height)
    return preset(name, FRAMES, VIDEO, centre, parts, **how)


def _show(paths: Trajectories, steered: ToySample, plain: ToySample) -> Any:
    clips = (draw_paths(each.video, paths, _SCALE) for each in (steered, plain))
    return join_panels(draw_flow(paths, _SCALE), *clips)


def _plot_error(scene: GalleryScene, steered: ToySample) -> Any:
    """Draws the plot of Tora Trajectory Error for the enlarged clip, with the places that the toy's tracker found."""
    from PIL import Image

    found = sprite_centres(steered.video, prompt_colours(scene.prompt))
    size = Size(_PLOT_SCALE * VIDEO.width, _PLOT_SCALE * VIDEO.height)
    wanted, tracked = scene.paths.fit_to(size), found.fit_to(size)
    picture = enlarge(steered.video, _PLOT_SCALE)[-1]
    return Image.fromarray(error_plot(picture, wanted, tracked, trajectory_error(wanted, tracked)).numpy())


if __name__ == "__main__":
    main()
