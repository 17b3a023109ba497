"""Synthetic clips with exactly known motion: analytic textures on moving layers."""

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
    """A textured plane or ellipse that moves in front of the layers before it.

    Args:
        poses: ``[T, 3, 3]`` homographies from the layer's own pixels to pixels of the frame.
        seed: seed of the texture.
        radii_px: half axes of the ellipse around the layer's (0, 0). None is an infinite plane.
        points: ``[N, 2]`` in the layer's own pixels, whose tracks ``render`` returns.
    """

    poses: np.ndarray
    seed: int = 0
    radii_px: tuple[float, float] | None = None
    points: Sequence[tuple[float, float]] = field(default=())

    def coverage(self, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        """Computes the opacity 0..1 at positions of the layer. The edge is about a pixel wide."""
        if self.radii_px is None:
            return np.ones_like(x)
        distance = np.hypot(x / self.radii_px[0], y / self.radii_px[1])
        return np.clip((1 - distance) * min(self.radii_px) + 0.5, 0, 1)


@dataclass(frozen=True)
class Clip:
    """A rendered clip with its true motion.

    Args:
        video: ``[T, H, W, 3]`` uint8.
        points_px: ``[T, N, 2]``, positions of the layers' points.
        visible: ``[T, N]``, whether the points are visible.
        flow: ``[T, H, W, 2]`` in the layout of ``flow_map``. Frame i+1 holds the motion that starts in frame i.
        top: ``[T, H, W]``, number of the visible layer.
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
    """Computes poses ``[T, 3, 3]`` that begin at ``start``.

    Each frame adds ``step`` px, ``turn`` radians and a factor ``zoom``. ``wave`` is the amplitude in pixels of a sine
    over the clip, which bends the path.
    """
    poses = np.tile(np.eye(3), (frames, 1, 1))
    for frame, pose in enumerate(poses):
        cos, sin, scale = np.cos(turn * frame), np.sin(turn * frame), zoom**frame
        pose[:2, :2] = scale * np.array([[cos, -sin], [sin, cos]])
        bend = np.sin(2 * np.pi * frame / (frames - 1)) * np.array(wave)
        pose[:2, 2] = np.array(start) + frame * np.array(step) + bend
    return poses


def around_centre(poses: np.ndarray, size: Size = FRAME) -> np.ndarray:
    """Makes poses of a ground turn and zoom around the frame's centre instead of its top left corner."""
    shift = np.eye(3)
    shift[:2, 2] = (np.array(size) - 1) / 2
    return shift @ poses @ np.linalg.inv(shift)


def render(layers: Sequence[Layer], size: Size = FRAME) -> Clip:
    """Draws the layers, the last in front, and computes the true motion of their points and pixels."""
    frames = len(layers[0].poses)
    y, x = np.mgrid[: size.height, : size.width].astype(float)
    video = np.zeros((frames, size.height, size.width, 3))
    flow = np.zeros((frames, size.height, size.width, 2))
    top = np.zeros((frames, size.height, size.width), dtype=int)
    for frame in range(frames):
        for number, layer in enumerate(layers):
            layer_x, layer_y = _apply_pose(np.linalg.inv(layer.poses[frame]), x, y)
            coverage = layer.coverage(layer_x, layer_y)
            here = coverage > 0
            alpha = coverage[here][:, None]
            colours = _texture(layer_x[here], layer_y[here], layer.seed)
            video[frame][here] = (1 - alpha) * video[frame][here] + alpha * colours
            seen = coverage >= 0.5
            top[frame][seen] = number
            if frame + 1 < frames:
                ends = _apply_pose(layer.poses[frame + 1], layer_x[seen], layer_y[seen])
                flow[frame + 1][seen] = np.stack(ends, -1) - np.stack([x[seen], y[seen]], -1)
    tracks = [_track_points(layers, number, size) for number, layer in enumerate(layers) if layer.points]
    points = np.concatenate([points for points, _ in tracks], axis=1) if tracks else np.zeros((frames, 0, 2))
    visible = np.concatenate([visible for _, visible in tracks], axis=1) if tracks else np.zeros((frames, 0), bool)
    pixels = torch.from_numpy(np.rint(video).clip(0, 255).astype(np.uint8))
    return Clip(pixels, points, visible, torch.from_numpy(flow).float(), top)


def crossing(size: Size) -> Clip:
    """Renders 11 frames of a textured ellipse that crosses a textured ground, with two points on the ellipse."""
    ground = Layer(path_of(11), seed=1)
    mover = Layer(path_of(11, (50.0, 50.0), (5.0, 1.5)), seed=2, radii_px=(34, 30), points=((-8, 0), (9, 6)))
    return render([ground, mover], size)


def _track_points(layers: Sequence[Layer], number: int, size: Size) -> tuple[np.ndarray, np.ndarray]:
    """Computes positions ``[T, N, 2]`` of a layer's points, and whether they are in the frame and uncovered."""
    layer = layers[number]
    points_layer = np.array(layer.points, dtype=float)
    points = np.stack([np.stack(_apply_pose(pose, *points_layer.T), -1) for pose in layer.poses])  # [T, N, 2]
    visible = ((points >= 0) & (points <= np.array(size) - 1)).all(-1)
    for front in layers[number + 1 :]:
        for frame, pose in enumerate(front.poses):
            visible[frame] &= front.coverage(*_apply_pose(np.linalg.inv(pose), *points[frame].T)) < 0.5
    return points, visible


def _apply_pose(pose: np.ndarray, x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Applies a homography to positions."""
    a, b, scale = (row[0] * x + row[1] * y + row[2] for row in pose)
    return a / scale, b / scale


def _texture(x: np.ndarray, y: np.ndarray, seed: int) -> np.ndarray:
    """Computes smooth random colours ``[n, 3]`` in 0..255: waves of random directions, lengths, phases and colours."""
    random = np.random.default_rng(seed)
    lengths = np.exp(random.uniform(*np.log(WAVELENGTHS_PX), WAVES))
    directions = random.uniform(0, 2 * np.pi, WAVES)
    numbers = 2 * np.pi / lengths * np.stack([np.cos(directions), np.sin(directions)])  # [2, waves]
    phases = random.uniform(0, 2 * np.pi, WAVES)
    colours = random.uniform(0.3, 1.0, (WAVES, 3)) * np.sqrt(2 / WAVES) * 60
    waves = np.sin(np.outer(x, numbers[0]) + np.outer(y, numbers[1]) + phases)
    return 128 + random.uniform(-30, 30, 3) + waves @ colours
