"""A small world with exact truth: textured sprites on known paths over textured grounds, and their captions."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from ..paths.coordinates import FloatArray
from ..paths.trajectories import Size, Trajectories

VIDEO = Size(96, 64)
FRAMES = 9
COLOURS = {
    "red": (225, 45, 50),
    "yellow": (240, 205, 40),
    "green": (45, 175, 75),
    "blue": (50, 90, 225),
    "pink": (235, 70, 200),
}
GROUNDS = {"stone": (142, 142, 146), "sand": (196, 182, 158), "slate": (100, 108, 122), "snow": (218, 220, 218)}
"""Pale or grey, so that a sprite's colour is nowhere in them."""
SHAPES = ("disc", "square", "triangle", "star")
SPRITE_COUNTS = (0.5, 0.35, 0.15)
"""How often a clip shows one, two and three sprites."""
RADIUS_PX = (7.5, 9.5)
_GAP_PX = 3.0
_FASTEST_PX = 8.0
"""Between two frames; of a sprite's path."""
_WAVES = 4
_WAVELENGTHS_PX = (22.0, 60.0)
_STRIPES_PX = (8.0, 13.0)
_EDGE_PX = 1.6
"""How wide a sprite's edge is; as out of a camera, not out of a paint program."""


class Sprite(NamedTuple):
    """What moves: its looks, and where its centre is in each frame, ``[T, 2]`` px."""

    shape: str
    colour: str
    radius_px: float
    stripe: tuple[float, float, float]
    path_px: FloatArray


class Wave(NamedTuple):
    """One wave of a ground's texture: radians per px along x and y, and its phase."""

    x: float
    y: float
    phase: float


@dataclass(frozen=True)
class Scene:
    """All that a clip shows; the sprites never touch each other or the frame's edge."""

    sprites: tuple[Sprite, ...]
    ground: str
    waves: tuple[Wave, ...]

    @property
    def prompt(self) -> str:
        """Such as ``red disc, blue star on sand``."""
        return f"{', '.join(f'{sprite.colour} {sprite.shape}' for sprite in self.sprites)} on {self.ground}"

    @property
    def trajectories(self) -> Trajectories:
        """The sprites' centres."""
        points_px = np.stack([sprite.path_px for sprite in self.sprites], axis=1)  # [T, N, 2]
        return Trajectories(points_px, np.ones(points_px.shape[:2], dtype=bool), VIDEO)


def random_scene(seed: int, sprites: int | None = None) -> Scene:
    """A scene of one to three sprites of different colours; the same for the same seed."""
    random = np.random.default_rng(seed)
    count = sprites or 1 + int(random.choice(len(SPRITE_COUNTS), p=SPRITE_COUNTS))
    while (radii_and_paths := _random_paths(random, count)) is None:
        pass
    colours = random.permutation(list(COLOURS))[:count]
    cast = tuple(
        Sprite(
            str(random.choice(SHAPES)),
            str(colour),
            radius,
            (*_direction(random, random.uniform(*_STRIPES_PX)), random.uniform(0, 2 * np.pi)),
            path_px,
        )
        for colour, (radius, path_px) in zip(colours, radii_and_paths, strict=True)
    )
    waves = tuple(
        Wave(*_direction(random, random.uniform(*_WAVELENGTHS_PX)), random.uniform(0, 2 * np.pi)) for _ in range(_WAVES)
    )
    return Scene(cast, str(random.choice(list(GROUNDS))), waves)


def render(scene: Scene) -> Tensor:
    """Draws a scene, its edges smooth: ``[T, H, W, 3]`` uint8."""
    y, x = np.mgrid[: VIDEO.height, : VIDEO.width].astype(np.float64)
    texture = sum(np.sin(wave.x * x + wave.y * y + wave.phase) for wave in scene.waves) * (11 / np.sqrt(_WAVES))
    video = np.empty((FRAMES, VIDEO.height, VIDEO.width, 3))
    video[:] = np.array(GROUNDS[scene.ground]) + np.asarray(texture)[..., None]
    for sprite, frame, dx, dy in _placed(scene, x, y):
        distance_px = signed_distance_px(sprite.shape, sprite.radius_px, dx, dy)
        coverage = np.clip(0.5 - distance_px / _EDGE_PX, 0, 1)[..., None]
        along_x, along_y, phase = sprite.stripe
        shade = 1 + 0.16 * np.sin(along_x * dx + along_y * dy + phase)[..., None]
        video[frame] += coverage * (np.clip(shade * np.array(COLOURS[sprite.colour]), 0, 255) - video[frame])
    return torch.from_numpy(np.rint(video).clip(0, 255).astype(np.uint8))


def flow_of(scene: Scene) -> Tensor:
    """What moves between frames, exactly, as ``optical_flow`` gives it: ``[T, H, W, 2]`` px."""
    y, x = np.mgrid[: VIDEO.height, : VIDEO.width].astype(np.float64)
    flow = np.zeros((FRAMES, VIDEO.height, VIDEO.width, 2), dtype=np.float32)
    for sprite, frame, dx, dy in _placed(scene, x, y):
        if frame + 1 < FRAMES:
            inside = signed_distance_px(sprite.shape, sprite.radius_px, dx, dy) < 0
            flow[frame + 1][inside] = sprite.path_px[frame + 1] - sprite.path_px[frame]
    return torch.from_numpy(flow)


def signed_distance_px(shape: str, radius_px: float, dx: FloatArray, dy: FloatArray) -> FloatArray:
    """How far from a shape's edge places around its centre are, in pixels; inside is negative.

    The shapes are about as large as a disc of the radius, and each one's centre of area is its centre.
    """
    if shape == "disc":
        return np.hypot(dx, dy) - radius_px
    if shape == "square":
        return np.maximum(np.abs(dx), np.abs(dy)) - 0.87 * radius_px
    if shape == "triangle":
        sides = [np.cos(angle) * dx + np.sin(angle) * dy for angle in np.pi / 2 + 2 * np.pi / 3 * np.arange(3)]
        return np.max(sides, axis=0) - 0.72 * radius_px
    if shape == "star":
        angle = np.arctan2(dx, -dy)  # from straight up
        fold = np.abs((angle + np.pi / 5) % (2 * np.pi / 5) - np.pi / 5)
        along, across = np.hypot(dx, dy) * np.cos(fold), np.hypot(dx, dy) * np.sin(fold)
        tip = 1.28 * radius_px
        notch = 0.5 * tip
        edge = np.array([notch * np.cos(np.pi / 5) - tip, notch * np.sin(np.pi / 5)])
        normal = np.array([edge[1], -edge[0]]) / np.hypot(*edge)
        return (along - tip) * normal[0] + across * normal[1]
    raise ValueError(f"expected a shape of {SHAPES}, got {shape!r}")


def _placed(scene: Scene, x: FloatArray, y: FloatArray) -> Iterator[tuple[Sprite, int, FloatArray, FloatArray]]:
    """Every sprite in every frame, with all pixels' places from its centre."""
    for sprite in scene.sprites:
        for frame, (centre_x, centre_y) in enumerate(sprite.path_px):
            yield sprite, frame, x - centre_x, y - centre_y


def _direction(random: np.random.Generator, length_px: float) -> tuple[float, float]:
    """A wave of that length in any direction, in radians per px along x and y."""
    angle = random.uniform(0, 2 * np.pi)
    return 2 * np.pi / length_px * np.cos(angle), 2 * np.pi / length_px * np.sin(angle)


def _random_paths(random: np.random.Generator, count: int) -> list[tuple[float, FloatArray]] | None:
    """Radii and paths that keep apart; None where the last ones found no room."""
    found: list[tuple[float, FloatArray]] = []
    for _ in range(60 * count):
        radius = random.uniform(*RADIUS_PX)
        path = random_path(random, 1.3 * radius)
        if all(_apart(path, other, 1.15 * (radius + other_radius) + _GAP_PX) for other_radius, other in found):
            found.append((radius, path))
            if len(found) == count:
                return found
    return None


def random_path(random: np.random.Generator, margin_px: float) -> FloatArray:
    """A smooth path ``[T, 2]`` px through two to four places that keeps inside the margin and below 8 px a frame."""
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


def _apart(one: FloatArray, other: FloatArray, distance_px: float) -> bool:
    return bool((np.linalg.norm(one - other, axis=1) >= distance_px).all())
