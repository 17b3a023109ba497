"""Draws the figure of the pipeline: path, flow, motion latent, blocks, video. Every picture in it is a real one."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor

from tora_core.cogvideox.latents import COGVIDEOX_1_0
from tora_core.evaluation.overlay import Style, load_font
from tora_core.flow.flow_color import flow_video
from tora_core.flow.flow_map import flow_boxes
from tora_core.paths.trajectories import Trajectories

from ..pipeline import ToraPipeline
from .pictures import draw_paths, enlarge

_SCALE = 3
_FRAME = 5
"""Frame of the video in the figure. It belongs to the latent frame 2."""
_LATENT_FRAME = 2
_MARGIN, _GAP, _TOP, _FOOT = 24, 44, 16, 62
_PAPER, _INK, _QUIET, _LINE = (250, 250, 248), (32, 32, 36), (110, 110, 118), (150, 150, 156)
_TILES = 4
"""Channels of the latent per row of its picture."""


def draw_pipeline(pipeline: ToraPipeline, paths: Trajectories, video: Tensor) -> Any:
    """Draws the figure as a ``PIL.Image``.

    Args:
        pipeline: a model with an adapter.
        paths: the drawn paths.
        video: what the model made of them, ``[T, H, W, 3]`` uint8.
    """
    from PIL import Image, ImageDraw

    motion = pipeline.encode_motion(paths)
    grey = torch.full_like(video, 236)
    style = Style(arrows=True, width=0.8)
    flow = enlarge(flow_video(flow_boxes(paths)), _SCALE)
    panels = [
        ("1  path", "what you draw", draw_paths(grey, paths, _SCALE, style)[_FRAME]),
        ("2  flow", "colour is direction and speed", flow[_FRAME]),
        ("3  motion latent", "16 channels, by the video VAE", _show_latent(motion)),
        ("4  in every block", "size of what Tora adds to the tokens", _show_blocks(pipeline, motion)),
        ("5  video", "follows the path", draw_paths(video, paths, _SCALE, Style(dots=False, width=0.6))[_FRAME]),
    ]
    height, width, _ = panels[0][2].shape
    size = 2 * _MARGIN + len(panels) * width + (len(panels) - 1) * _GAP, _TOP + height + _FOOT
    sheet = Image.new("RGB", size, _PAPER)
    draw = ImageDraw.Draw(sheet)
    for place, (title, words, picture) in enumerate(panels):
        left = _MARGIN + place * (width + _GAP)
        sheet.paste(Image.fromarray(picture.numpy()).resize((width, height), Image.Resampling.NEAREST), (left, _TOP))
        draw.rectangle((left - 1, _TOP - 1, left + width, _TOP + height), outline=(215, 215, 215))
        draw.text((left, _TOP + height + 8), title, _INK, load_font(18))
        draw.text((left, _TOP + height + 32), words, _QUIET, load_font(15))
        if place:
            start, end, y = left - _GAP + 8, left - 8, _TOP + height // 2
            draw.line((start, y, end - 4, y), _LINE, 4)
            draw.polygon([(end - 11, y - 8), (end, y), (end - 11, y + 8)], _LINE)
    return sheet


def _show_latent(motion: Tensor) -> Tensor:
    """Shows the channels of one frame of a latent ``[1, 16, T', h, w]`` as tiles, dark to light."""
    return _lay_tiles(motion[0, :, _LATENT_FRAME], _TILES)


def _show_blocks(pipeline: ToraPipeline, motion: Tensor) -> Tensor:
    """Shows for each block how much its modulation adds at each token of one latent frame."""
    modulations = pipeline.steering(motion).modulations
    _, rows, columns = COGVIDEOX_1_0.token_shape(*motion.shape[2:])
    sizes = []
    for block in range(len(pipeline.transformer.transformer_blocks)):
        beta = modulations.at(block).beta[_LATENT_FRAME].float()  # [h*w, C]
        sizes.append(beta.norm(dim=-1).view(rows, columns))
    return _lay_tiles(torch.stack(sizes), 3)


def _lay_tiles(maps: Tensor, columns: int) -> Tensor:
    """Lays maps ``[N, h, w]`` out as tiles with gaps, each scaled to its own range. Returns ``[H, W, 3]`` uint8."""
    low, high = maps.amin((1, 2), keepdim=True), maps.amax((1, 2), keepdim=True)
    values = (maps - low) / (high - low).clamp(min=1e-6)
    dark, light = np.array([36.0, 44, 74]), np.array([255.0, 214, 122])
    tiles = dark + values.numpy()[..., None] * (light - dark)  # [N, h, w, 3]
    large = tiles.repeat(8, axis=1).repeat(8, axis=2)
    framed = np.pad(large, ((0, 0), (2, 2), (2, 2), (0, 0)), constant_values=250)
    framed = np.concatenate([framed, np.full((-len(framed) % columns, *framed.shape[1:]), 250.0)])
    rows = [np.concatenate(list(framed[start : start + columns]), axis=1) for start in range(0, len(framed), columns)]
    return torch.from_numpy(np.concatenate(rows).astype(np.uint8))
