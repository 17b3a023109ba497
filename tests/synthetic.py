"""Synthetic clips with known motion: analytic textures on moving layers, sampled exactly, so their truth is exact."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import torch
from torch import Tensor

from tora_core.video import Size

FRAME = Size(240, 160)
WAVES = 48
WAVELENGTHS_PX = (7.0, 40.0)


@dataclass(frozen=True)
class Layer:
    """A textured plane, or a textured ellipse of it, that moves over the layers before it.

    Args:
        poses: ``[T, 3, 3]`` homographies from the layer's own pixels to the frame's.
        seed: of its texture.
        radii_px: half axes of the ellipse around the layer's (0, 0); None is a plane without end.
        points: ``[N, 2]`` in the layer's own pixels; they are what the clip follows.
    """

    poses: np.ndarray
    seed: int = 0
    radii_px: tuple[float, float] | None = None
    points: Sequence[tuple[float, float]] = field(default=())

    def coverage(self, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        """0..1 at places of the layer, soft over about a pixel."""
        if self.radii_px is None:
            return np.ones_like(x)
        distance = np.hypot(x / self.radii_px[0], y / self.radii_px[1])
        return np.clip((1 - distance) * min(self.radii_px) + 0.5, 0, 1)


@dataclass(frozen=True)
class Clip:
    """``video`` [T, H, W, 3] uint8, ``points_px`` [T, N, 2], ``visible`` [T, N], ``flow`` [T, H, W, 2].

    ``flow`` is as the pack's: frame 0 is zero, frame i+1 holds what starts in frame i. ``top`` [T, H, W] is the number
    of the layer that is seen.
    """

    video: Tensor
    points_px: np.ndarray
    visible: np.ndarray
    flow: Tensor
    top: np.ndarray


def path_of(
    frames: int,
    start: tuple[float, float] = (0.0, 0.0),
    step: tuple[float, float] = (0.0, 0.0),
    turn: float = 0.0,
    zoom: float = 1.0,
    wave: tuple[float, float] = (0.0, 0.0),
) -> np.ndarray:
    """Poses ``[T, 3, 3]``: from ``start``, each frame by ``step`` px, ``turn`` radians and a factor ``zoom``.

    ``wave`` adds a sine over the clip of that many pixels: a path that bends.
    """
    poses = np.tile(np.eye(3), (frames, 1, 1))
    for frame, pose in enumerate(poses):
        cos, sin, scale = np.cos(turn * frame), np.sin(turn * frame), zoom**frame
        pose[:2, :2] = scale * np.array([[cos, -sin], [sin, cos]])
        bend = np.sin(2 * np.pi * frame / (frames - 1)) * np.array(wave)
        pose[:2, 2] = np.array(start) + frame * np.array(step) + bend
    return poses


def around_centre(poses: np.ndarray, size: Size = FRAME) -> np.ndarray:
    """The same motion of a ground whose own (0, 0) is the frame's top left, turned and zoomed around the centre."""
    shift = np.eye(3)
    shift[:2, 2] = (np.array(size) - 1) / 2
    return shift @ poses @ np.linalg.inv(shift)


def render(layers: Sequence[Layer], size: Size = FRAME) -> Clip:
    """Draws the layers, the last in front, and says where their points and their pixels go."""
    frames = len(layers[0].poses)
    y, x = np.mgrid[: size.height, : size.width].astype(float)
    video = np.zeros((frames, size.height, size.width, 3))
    flow = np.zeros((frames, size.height, size.width, 2))
    top = np.zeros((frames, size.height, size.width), dtype=int)
    for frame in range(frames):
        for number, layer in enumerate(layers):
            own_x, own_y = _mapped(np.linalg.inv(layer.poses[frame]), x, y)
            coverage = layer.coverage(own_x, own_y)
            here = coverage > 0
            alpha = coverage[here][:, None]
            colours = _texture(own_x[here], own_y[here], layer.seed)
            video[frame][here] = (1 - alpha) * video[frame][here] + alpha * colours
            seen = coverage >= 0.5
            top[frame][seen] = number
            if frame + 1 < frames:
                ends = _mapped(layer.poses[frame + 1], own_x[seen], own_y[seen])
                flow[frame + 1][seen] = np.stack(ends, -1) - np.stack([x[seen], y[seen]], -1)
    tracks = [_followed(layers, number, size) for number, layer in enumerate(layers) if layer.points]
    points = np.concatenate([points for points, _ in tracks], axis=1) if tracks else np.zeros((frames, 0, 2))
    visible = np.concatenate([visible for _, visible in tracks], axis=1) if tracks else np.zeros((frames, 0), bool)
    pixels = torch.from_numpy(np.rint(video).clip(0, 255).astype(np.uint8))
    return Clip(pixels, points, visible, torch.from_numpy(flow).float(), top)


def crossing(size: Size) -> Clip:
    """A textured ellipse that crosses a textured ground in 11 frames, with two points on it."""
    ground = Layer(path_of(11), seed=1)
    mover = Layer(path_of(11, (50.0, 50.0), (5.0, 1.5)), seed=2, radii_px=(34, 30), points=((-8, 0), (9, 6)))
    return render([ground, mover], size)


def _followed(layers: Sequence[Layer], number: int, size: Size) -> tuple[np.ndarray, np.ndarray]:
    """Where a layer's points are, ``[T, N, 2]``, and where they are inside the frame with nothing before them."""
    layer = layers[number]
    own = np.array(layer.points, dtype=float)
    points = np.stack([np.stack(_mapped(pose, *own.T), -1) for pose in layer.poses])  # [T, N, 2]
    visible = ((points >= 0) & (points <= np.array(size) - 1)).all(-1)
    for front in layers[number + 1 :]:
        for frame, pose in enumerate(front.poses):
            visible[frame] &= front.coverage(*_mapped(np.linalg.inv(pose), *points[frame].T)) < 0.5
    return points, visible


def _mapped(pose: np.ndarray, x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    a, b, scale = (row[0] * x + row[1] * y + row[2] for row in pose)
    return a / scale, b / scale


def _texture(x: np.ndarray, y: np.ndarray, seed: int) -> np.ndarray:
    """A smooth random colour ``[n, 3]`` in 0..255: waves of random directions, lengths, phases and colours."""
    random = np.random.default_rng(seed)
    lengths = np.exp(random.uniform(*np.log(WAVELENGTHS_PX), WAVES))
    directions = random.uniform(0, 2 * np.pi, WAVES)
    numbers = 2 * np.pi / lengths * np.stack([np.cos(directions), np.sin(directions)])  # [2, waves]
    phases = random.uniform(0, 2 * np.pi, WAVES)
    colours = random.uniform(0.3, 1.0, (WAVES, 3)) * np.sqrt(2 / WAVES) * 60
    waves = np.sin(np.outer(x, numbers[0]) + np.outer(y, numbers[1]) + phases)
    return 128 + random.uniform(-30, 30, 3) + waves @ colours
