"""Renders the toy world: textured sprites on known paths over textured grounds, with captions and exact flow."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from tora_core.paths.drawn_path import FloatArray
from tora_core.paths.trajectories import Trajectories
from tora_core.toy.models import FRAMES, VIDEO
from tora_core.toy.text import COLOURS, GROUNDS, SHAPES

SPRITE_COUNTS = (0.7, 0.2, 0.1)
"""Probabilities of one, two and three sprites in a clip."""
RADIUS_PX = 10.0
_GAP_PX = 2.0
"""Extra distance between two sprites."""
_FASTEST_PX = 6.0
"""Largest movement of a sprite from one frame to the next."""
_ORDER_PX = 5.0
"""Least horizontal distance between the centres of two sprites. It keeps their order from left to right."""
_EDGE_PX = 1.6
"""Width of a sprite's soft edge, as in a camera's picture."""
_STRIPE_PX, _STRIPE_SHADE = 9.0, 0.14
_WAVES, _WAVELENGTHS_PX, _WAVE_LEVELS = 3, (20.0, 48.0), 7.0


class Sprite(NamedTuple):
    """Shape, colour and centre in each frame, ``[T, 2]`` px."""

    shape: str
    colour: str
    path_px: FloatArray


@dataclass(frozen=True)
class Scene:
    """Contents of a clip: sprites and ground. Sprites never touch each other or the frame's edge.

    The prompt names sprites from left to right, and they keep that order. So the prompt assigns a path to each sprite.
    Without this rule, the frames of a clip would have to agree on the assignment. A small model learns that slowly.

    Each word has the same look in every clip, including its texture. So the prompt determines everything except the
    positions, and a small model has nothing else to memorise or to guess.
    """

    sprites: tuple[Sprite, ...]
    ground: str

    @property
    def prompt(self) -> str:
        """The caption, for example ``red disc, blue star on sand``."""
        return f"{', '.join(f'{sprite.colour} {sprite.shape}' for sprite in self.sprites)} on {self.ground}"

    @property
    def trajectories(self) -> Trajectories:
        """Centres of the sprites in each frame."""
        points_px = np.stack([sprite.path_px for sprite in self.sprites], axis=1)  # [T, N, 2]
        return Trajectories(points_px, np.ones(points_px.shape[:2], dtype=bool), VIDEO)


def random_scene(seed: int, sprites: int | None = None) -> Scene:
    """Generates a scene of one to three sprites in different colours. The same seed gives the same scene."""
    random = np.random.default_rng(seed)
    count = sprites or 1 + int(random.choice(len(SPRITE_COUNTS), p=SPRITE_COUNTS))
    while (paths := _generate_paths(random, count)) is None:
        pass
    colours = random.permutation(list(COLOURS))[:count]
    cast = [Sprite(str(random.choice(SHAPES)), str(colour), path) for colour, path in zip(colours, paths, strict=True)]
    return Scene(tuple(cast), str(random.choice(list(GROUNDS))))


def render(scene: Scene, scale: int = 1) -> Tensor:
    """Renders a scene with soft edges, ``[T, H, W, 3]`` uint8. ``scale`` renders it that much larger, for pictures."""
    video = np.empty((len(scene.sprites[0].path_px), VIDEO.height * scale, VIDEO.width * scale, 3))
    video[:] = _paint_ground(scene.ground, scale)
    for sprite, frame, dx, dy in _place_sprites(scene, scale):
        distance_px = signed_distance_px(sprite.shape, RADIUS_PX, dx, dy)
        coverage = np.clip(0.5 - scale * distance_px / _EDGE_PX, 0, 1)[..., None]
        angle = SHAPES.index(sprite.shape) * np.pi / len(SHAPES)
        across = np.cos(angle) * dx + np.sin(angle) * dy
        shade = 1 + _STRIPE_SHADE * np.sin(2 * np.pi / _STRIPE_PX * across)[..., None]
        video[frame] += coverage * (np.clip(shade * np.array(COLOURS[sprite.colour]), 0, 255) - video[frame])
    return torch.from_numpy(np.rint(video).clip(0, 255).astype(np.uint8))


def exact_flow(scene: Scene) -> Tensor:
    """Computes the exact flow of a scene in the form of ``optical_flow``, ``[T, H, W, 2]`` px."""
    flow = np.zeros((FRAMES, VIDEO.height, VIDEO.width, 2), dtype=np.float32)
    for sprite, frame, dx, dy in _place_sprites(scene):
        if frame + 1 < FRAMES:
            inside = signed_distance_px(sprite.shape, RADIUS_PX, dx, dy) < 0
            flow[frame + 1][inside] = sprite.path_px[frame + 1] - sprite.path_px[frame]
    return torch.from_numpy(flow)


def signed_distance_px(shape: str, radius_px: float, dx: FloatArray, dy: FloatArray) -> FloatArray:
    """Computes the distance from a shape's edge in pixels, negative inside, at offsets from the shape's centre.

    Each shape is about as large as a disc with this radius. Its centre is its centre of area.
    """
    if shape == "disc":
        return np.hypot(dx, dy) - radius_px
    if shape == "square":
        return np.maximum(np.abs(dx), np.abs(dy)) - 0.87 * radius_px
    if shape == "triangle":
        sides = [np.cos(angle) * dx + np.sin(angle) * dy for angle in np.pi / 2 + 2 * np.pi / 3 * np.arange(3)]
        return np.max(sides, axis=0) - 0.72 * radius_px
    if shape == "star":
        angle = np.arctan2(dx, -dy)  # 0 is up
        fold = np.abs((angle + np.pi / 5) % (2 * np.pi / 5) - np.pi / 5)
        along, across = np.hypot(dx, dy) * np.cos(fold), np.hypot(dx, dy) * np.sin(fold)
        tip = 1.28 * radius_px
        notch = 0.5 * tip
        edge = np.array([notch * np.cos(np.pi / 5) - tip, notch * np.sin(np.pi / 5)])
        normal = np.array([edge[1], -edge[0]]) / np.hypot(*edge)
        return (along - tip) * normal[0] + across * normal[1]
    raise ValueError(f"expected one of the shapes {', '.join(SHAPES)}, got {shape!r}: choose one of them")


@functools.cache
def _paint_ground(name: str, scale: int = 1) -> FloatArray:
    """Paints a ground in its colour with soft waves that are the same in every clip, ``[H, W, 3]``."""
    random = np.random.default_rng(list(GROUNDS).index(name))
    y, x = _list_pixels(scale)
    texture = np.zeros(x.shape)
    for _ in range(_WAVES):
        angle, phase = random.uniform(0, 2 * np.pi, 2)
        along = np.cos(angle) * x + np.sin(angle) * y
        texture += _WAVE_LEVELS * np.sin(2 * np.pi / random.uniform(*_WAVELENGTHS_PX) * along + phase)
    return np.array(GROUNDS[name]) + texture[..., None]


def _list_pixels(scale: int) -> FloatArray:
    """Lists the rows and columns of all pixels in pixels of the unscaled frame, ``[2, H, W]``."""
    pixels = np.mgrid[: VIDEO.height * scale, : VIDEO.width * scale]
    return (pixels + 0.5) / scale - 0.5  # pixel centres have whole coordinates


def _place_sprites(scene: Scene, scale: int = 1) -> Iterator[tuple[Sprite, int, FloatArray, FloatArray]]:
    """Yields each sprite in each frame, with the offsets of all pixels from its centre."""
    y, x = _list_pixels(scale)
    for sprite in scene.sprites:
        for frame, (centre_x, centre_y) in enumerate(sprite.path_px):
            yield sprite, frame, x - centre_x, y - centre_y


def _generate_paths(random: np.random.Generator, count: int) -> list[FloatArray] | None:
    """Generates paths that keep their distance, sorted from left to right. Returns None if not all of them fit."""
    found: list[FloatArray] = []
    for _ in range(60 * count):
        path = random_path(random, 1.25 * RADIUS_PX)
        if all(_are_apart(path, other, 2.15 * RADIUS_PX + _GAP_PX) for other in found):
            found.append(path)
            if len(found) == count:
                return sorted(found, key=lambda path: float(path[0, 0]))
    return None


def random_path(random: np.random.Generator, margin_px: float) -> FloatArray:
    """Generates a smooth path ``[T, 2]`` px through 2 to 4 places, inside the margin and at most 6 px per frame."""
    from scipy.interpolate import CubicSpline

    low, high = np.full(2, margin_px), np.array(VIDEO) - 1 - margin_px
    while True:
        places = random.uniform(low, high, (int(random.integers(2, 5)), 2))
        lengths = np.linalg.norm(np.diff(places, axis=0), axis=1)
        times = np.concatenate([[0], np.cumsum(np.maximum(lengths, 1))])
        path = CubicSpline(times / times[-1], places, bc_type="natural")(np.linspace(0, 1, FRAMES))
        steps = np.linalg.norm(np.diff(path, axis=0), axis=1)
        inside = (path >= low).all() and (path <= high).all()
        if inside and steps.max() <= _FASTEST_PX and steps.sum() >= FRAMES - 1:
            return path


def _are_apart(one: FloatArray, other: FloatArray, distance_px: float) -> bool:
    """Whether two paths keep this distance, and one stays left of the other."""
    across_px = (one - other)[:, 0]
    in_order = (across_px >= _ORDER_PX).all() or (across_px <= -_ORDER_PX).all()
    return bool(in_order and (np.linalg.norm(one - other, axis=1) >= distance_px).all())
