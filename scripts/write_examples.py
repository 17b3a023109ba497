"""Writes the pictures on the help pages that show what a node does: ``python -m scripts.write_examples``.

Each has the same style and size: what goes in, an arrow, what comes out. The nodes' own functions make the right side.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor

from tora_core.evaluation.overlay import Style, draw_frame, load_font
from tora_core.flow.flow_color import flow_video
from tora_core.flow.flow_map import flow_boxes
from tora_core.flow.optical_flow import optical_flow
from tora_core.paths.camera import camera_trajectories
from tora_core.paths.camera_move import CameraMove
from tora_core.paths.coordinates import parse_coordinates
from tora_core.paths.depth_map import DepthMap
from tora_core.paths.ltx_guide import draw_ltx_guide
from tora_core.paths.masks import mask_trajectories
from tora_core.paths.object_motion import ObjectMotion
from tora_core.paths.presets import preset
from tora_core.paths.resampling import Target, resample_trajectories
from tora_core.paths.retiming import Timing, retime
from tora_core.paths.tracking import track_points
from tora_core.paths.trajectories import Size, Trajectories
from tora_core.paths.transforms import Transform, combine, transform
from tora_lab.toy.world import Scene, Sprite, render

FOLDER = Path(__file__).parents[1] / "web" / "docs" / "images" / "examples"
SCALE = 4
SIZE = Size(96 * SCALE, 64 * SCALE)
FRAMES = 33
MIDDLE = 21
"""Frame of the pictures: the path so far is strong, the rest faint."""
_MARGIN, _GAP, _FOOT = 12, 56, 34
_PAPER, _INK, _LINE = (250, 250, 248), (32, 32, 36), (150, 150, 156)
_STYLE = Style(arrows=True, width=1.2)
_TEXT = "[{'x': 60, 'y': 190},\n {'x': 110, 'y': 70},\n {'x': 200, 'y': 60},\n {'x': 320, 'y': 180}]"


class Example(NamedTuple):
    """Two pictures ``[H, W, 3]`` uint8 of ``SIZE``, and the words under them."""

    before: Tensor
    before_words: str
    after: Tensor
    after_words: str


def main() -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    for node, make in EXAMPLES.items():
        lay_out(make()).save(FOLDER / f"{node}.webp", quality=90, method=6)


def lay_out(example: Example) -> Any:
    """Puts both pictures of an example side by side on paper, with an arrow between them. Returns a ``PIL.Image``."""
    from PIL import Image, ImageDraw

    width, height = 2 * (SIZE.width + _MARGIN) + _GAP, SIZE.height + _MARGIN + _FOOT
    sheet = Image.new("RGB", (width, height), _PAPER)
    draw = ImageDraw.Draw(sheet)
    font = load_font(17)
    sides = ((example.before, example.before_words), (example.after, example.after_words))
    for left, (picture, words) in zip((_MARGIN, _MARGIN + SIZE.width + _GAP), sides, strict=True):
        sheet.paste(Image.fromarray(picture.numpy()), (left, _MARGIN))
        draw.text((left, _MARGIN + SIZE.height + 7), words, _INK, font)
    start, end, y = _MARGIN + SIZE.width + 14, _MARGIN + SIZE.width + _GAP - 14, _MARGIN + SIZE.height // 2
    draw.line((start, y, end - 4, y), _LINE, 4)
    draw.polygon([(end - 12, y - 9), (end + 2, y), (end - 12, y + 9)], _LINE)
    return sheet


def _show_text() -> Example:
    (path,) = parse_coordinates(_TEXT)
    paths = Trajectories.from_paths([path], SIZE, FRAMES, SIZE)
    return Example(_write(_TEXT), "coordinates text", _draw(paths), "the path")


def _show_preset() -> Example:
    spiral = preset("spiral", FRAMES, SIZE, extent=(0.4, 0.4), turns=2)
    before = _write("preset  spiral\nturns  2\nwidth  0.4,  height  0.4")
    return Example(before, "a name, turns and a size", _draw(spiral), "the path")


def _show_retime() -> Example:
    path = _wave()
    timed = retime(path, Timing(start=0.1, hold=0.3, ease="in_out"))
    return Example(_draw_dots(path), "a dot per frame", _draw_dots(timed), "starts later, eases, rests in the middle")


def _show_transform() -> Example:
    path = transform(_wave(), Transform(scale=(0.8, 0.8), move_unit=(-0.06, 0.0)))
    turned = transform(path, Transform(move_unit=(0.12, 0.0), scale=(0.7, 1.3), rotation=50))
    return Example(_draw(path), "a path", _draw(turned), "scaled, turned and moved")


def _show_resample() -> Example:
    few = preset("wave", 13, SIZE, extent=(0.6, 0.3), turns=1)
    more = resample_trajectories(few, Target(33, Size(SIZE.height, SIZE.height)))
    left = (SIZE.width - SIZE.height) // 2
    shown = _paper()
    shown[:, :left] = shown[:, -left:] = 205  # outside the square that the model gets
    moved = Trajectories(more.points_px + np.array([left, 0.0]), more.visible, SIZE)
    return Example(_draw_dots(few), "13 points at 384x256", _draw_dots(moved, shown), "33 points at 256x256")


def _show_ltx_guide() -> Example:
    path = _wave()
    return Example(_draw(path), "a path", draw_ltx_guide(path)[MIDDLE], "what LTX reads: 50 frames, blue is now")


def _show_combine() -> Example:
    one = preset("arc", FRAMES, SIZE, (0.32, 0.45), (0.35, 0.35))
    other = preset("wave", FRAMES, SIZE, (0.68, 0.65), (0.4, 0.25))
    return Example(_draw(one), "TRACKS of one node", _draw(combine([one, other])), "joined with those of another")


def _show_camera() -> Example:
    picture = _scene()[FRAMES // 2]
    grey = np.tile(np.linspace(0.0, 0.5, SIZE.height)[:, None], (1, SIZE.width))  # the ground comes nearer
    grey[_mask(picture)] = 1.0
    depth = DepthMap.from_picture(grey)
    grid = camera_trajectories(CameraMove(preset="orbit", strength=0.5), FRAMES, SIZE, 44.0, depth=depth)
    shown = torch.from_numpy(np.repeat((255 * grey[..., None]).round().astype(np.uint8), 3, axis=-1))
    after = draw_frame(picture, grid, FRAMES - 1, Style(arrows=True, width=0.8))
    return Example(shown, "depth: near is white", after, "an orbit: near and far go opposite ways")


def _show_mask() -> Example:
    mask = _mask(_scene()[0])
    way = preset("arc", FRAMES, SIZE, (0.5, 0.4), (0.6, 0.4))
    tinted = _scene()[0].clone()
    tinted[torch.from_numpy(mask)] = (0.4 * tinted[torch.from_numpy(mask)].float() + 0.6 * 255).to(torch.uint8)
    moved = mask_trajectories(mask[None], 7, way, ObjectMotion(0.6, 120))
    after = draw_frame(_scene()[0], moved, MIDDLE, _STYLE)
    return Example(tinted, "a mask", after, "7 points in it move along a path, turn and shrink")


def _show_tracking() -> Example:
    video = _scene()
    rows, columns = np.nonzero(_mask(video[0]))
    centre = np.array([columns.mean(), rows.mean()])
    starts = centre + np.array([[0, -18], [-12, 10], [12, 10]])
    found = track_points(video, starts, window_px=41)
    return Example(video[0], "a video", draw_frame(video[MIDDLE], found, MIDDLE, _STYLE), "points followed in it")


def _show_flow_map() -> Example:
    path = _wave()
    flow = draw_frame(flow_video(flow_boxes(path))[MIDDLE], path, MIDDLE, Style(dots=False, width=0.5))
    return Example(_draw(path), "a path", flow, "its flow: hue is direction, depth is speed")


def _show_optical_flow() -> Example:
    video = _scene()
    flow = flow_video(optical_flow(video[MIDDLE - 1 : MIDDLE + 1]))
    return Example(video[MIDDLE], "a video", flow[1], "its flow: what moves, and where to")


def _show_drawing() -> Example:
    video = _scene()
    style = Style(arrows=True, numbers=True, width=1.2, label="With Tora")
    after = draw_frame(video[MIDDLE], _scene_paths(), MIDDLE, style)
    return Example(video[MIDDLE], "a video", after, "its paths, frame number and a label")


EXAMPLES: dict[str, Callable[[], Example]] = {
    "ToraTrajectoryFromText": _show_text,
    "ToraTrajectoryPreset": _show_preset,
    "ToraTrajectoryRetime": _show_retime,
    "ToraTrajectoryTransform": _show_transform,
    "ToraTrajectoryResample": _show_resample,
    "ToraLTXGuide": _show_ltx_guide,
    "ToraTrajectoryCombine": _show_combine,
    "ToraCameraTrajectory": _show_camera,
    "ToraTrajectoryFromMask": _show_mask,
    "ToraTrajectoryFromVideo": _show_tracking,
    "ToraFlowMap": _show_flow_map,
    "ToraFlowFromVideo": _show_optical_flow,
    "ToraDrawTrajectories": _show_drawing,
}
"""The example of each node, by its id."""


def _scene_paths() -> Trajectories:
    return preset("arc", FRAMES, SIZE, (0.5, 0.62), (0.55, 0.38))


def _scene() -> Tensor:
    """Renders a red star on an arc, ``[T, H, W, 3]`` uint8."""
    path_px = (_scene_paths().points_px[:, 0] + 0.5) / SCALE - 0.5
    return render(Scene((Sprite("star", "red", path_px),), "sand"), SCALE)


def _wave() -> Trajectories:
    return preset("wave", FRAMES, SIZE, extent=(0.65, 0.35), turns=1)


def _mask(picture: Tensor) -> np.ndarray:
    """Finds the star, ``[H, W]`` bool."""
    red, green, _ = picture.int().unbind(-1)
    return (red - green > 90).numpy()


def _draw(paths: Trajectories) -> Tensor:
    return draw_frame(_paper(), paths, MIDDLE, _STYLE)


def _draw_dots(paths: Trajectories, paper: Tensor | None = None) -> Tensor:
    """Draws a path with a dot for each frame."""
    picture = draw_frame(_paper() if paper is None else paper, paths, 0, Style(dots=False, width=0.7))
    for frame in range(paths.frames):
        picture = draw_frame(picture, paths, frame, Style(tail=0, ahead=False, width=0.8))
    return picture


def _paper() -> Tensor:
    return torch.full((SIZE.height, SIZE.width, 3), 236, dtype=torch.uint8)


def _write(text: str) -> Tensor:
    from PIL import Image, ImageDraw

    picture = Image.new("RGB", SIZE, (38, 40, 46))
    ImageDraw.Draw(picture).multiline_text((24, 60), text, (225, 228, 235), load_font(22), spacing=12)
    return torch.from_numpy(np.array(picture))


if __name__ == "__main__":
    main()
