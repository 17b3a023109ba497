"""Writes the thumbnails of the example workflows from what is drawn in them: ``python -m scripts.write_thumbnails``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from tora_core.evaluation.overlay import Style, draw_frame
from tora_core.flow.flow_color import flow_video
from tora_core.flow.flow_map import flow_boxes
from tora_core.flow.optical_flow import optical_flow
from tora_core.paths.drawing import parse_drawing
from tora_core.paths.drawn_motion import sample_drawing
from tora_core.paths.ltx_guide import draw_ltx_guide
from tora_core.paths.presets import preset
from tora_core.paths.trajectories import Size, Trajectories
from tora_core.toy.models import FRAMES, VIDEO
from tora_lab.toy.models import load_toy
from tora_lab.toy.pictures import draw_paths
from tora_lab.toy.sampling import sample_toy
from tora_lab.toy.world import Scene, Sprite, render

WORKFLOWS = Path(__file__).parents[1] / "example_workflows"
SIZE = Size(720, 480)
_FRAMES = 49
_SCALE = 6
"""Enlargement of the toy's world, and of its clips."""
_PATHS = Style(arrows=True, width=1.4)
_LATE = 6
"""Frame of the toy's clip."""


def main() -> None:
    white = torch.full((SIZE.height, SIZE.width, 3), 255, dtype=torch.uint8)
    for name in ("text_to_video", "several_paths"):
        _save(name, _draw_drawing(name, white))
    _save("image_to_video", _draw_drawing("image_to_video", _make_picture()))
    for name in ("wan_move", "wan_ati"):
        _save(name, _draw_drawing(name, _make_picture()))
    _save("ltx_tracks", draw_ltx_guide(_read_paths("ltx_tracks"))[-1])
    _save("motion_from_video", _draw_motion())
    _save("toy_playground", _draw_toy())


def _save(name: str, picture: Tensor) -> None:
    from PIL import Image

    Image.fromarray(picture.numpy()).save(WORKFLOWS / f"{name}.jpg", quality=88, optimize=True)


def _read_widget(name: str, node_type: str, widget: str) -> Any:
    """Reads a widget's value from the saved names in a workflow or its subgraphs."""
    workflow = json.loads((WORKFLOWS / f"{name}.json").read_text(encoding="utf-8"))
    graphs = [workflow, *workflow.get("definitions", {}).get("subgraphs", [])]
    nodes = [node for graph in graphs for node in graph["nodes"]]
    return next(node["widgets_values_named"][widget] for node in nodes if node["type"] == node_type)


def _read_paths(name: str, frames: int = _FRAMES, size: Size = SIZE) -> Trajectories:
    drawing = parse_drawing(_read_widget(name, "ToraTrajectoryEditor", "trajectory"))
    return sample_drawing(drawing, frames, size)


def _draw_drawing(name: str, picture: Tensor) -> Tensor:
    """Draws a workflow's paths and the trail of their flow over a picture, ``[H, W, 3]`` uint8."""
    paths = _read_paths(name)
    trail = flow_video(flow_boxes(paths))[::6].amin(dim=0)  # white where nothing moves
    tinted = (picture.float() * trail.float() / 255).round().to(torch.uint8)
    return draw_frame(tinted, paths, _FRAMES - 1, _PATHS)


def _make_picture() -> Tensor:
    """Renders a sprite where the path of ``image_to_video`` starts."""
    paths = _read_paths("image_to_video")
    return _render((Sprite("disc", "yellow", paths.fit_to(VIDEO).points_px[:1, 0]),), "stone")[0]


def _draw_motion() -> Tensor:
    """Shows two moving sprites beside their flow."""
    one = preset("line", 9, VIDEO, (0.3, 0.5), (0.12, 0.12), rotation=-30)
    other = preset("line", 9, VIDEO, (0.7, 0.5), (0.12, 0.12), rotation=150)
    cast = Sprite("square", "red", one.points_px[:, 0]), Sprite("disc", "blue", other.points_px[:, 0])
    video = _render(cast, "sand")[3:5]
    quarter = SIZE.height // 4
    return torch.cat([each[quarter : 3 * quarter] for each in (video[1], flow_video(optical_flow(video))[1])])


def _draw_toy() -> Tensor:
    """Samples the path and prompt of ``toy_playground``, and shows a late frame with Tora above one without."""
    paths = _read_paths("toy_playground", FRAMES, VIDEO)
    prompt, toy = _read_widget("toy_playground", "ToraLoadToy", "prompt"), load_toy()
    shown = []
    for label, strength in (("With Tora", 1.0), ("Without Tora", None)):
        run = sample_toy(toy, prompt, paths, 1, strength)
        shown.append(draw_paths(run.video, paths, _SCALE, Style(width=1.4, label=label))[_LATE])
    return torch.cat(shown)


def _render(sprites: tuple[Sprite, ...], ground: str) -> Tensor:
    """Renders a scene at the size of the thumbnails, ``[T, H, W, 3]`` uint8."""
    planes = render(Scene(sprites, ground), 8).permute(0, 3, 1, 2).float()  # [T, 3, H, W]
    scaled = torch.nn.functional.interpolate(planes, (SIZE.height, SIZE.width), mode="bilinear", antialias=True)
    return scaled.round().to(torch.uint8).permute(0, 2, 3, 1).contiguous()


if __name__ == "__main__":
    main()
