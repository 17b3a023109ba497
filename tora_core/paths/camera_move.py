"""A camera move: what the camera does from the first frame to the last, in the plane and in space."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from ..video import Size
from .drawn_path import FloatArray
from .easing import EASES
from .transforms import rotation_matrix

CameraPreset = Literal["none", "orbit", "dolly zoom", "crane"]
CAMERA_PRESETS: tuple[CameraPreset, ...] = get_args(CameraPreset)
ORBIT_DEGREES = 30.0
DOLLY_ZOOM = 0.4
"""Part of the distance to the subject that the camera moves forward, while the zoom keeps the subject's size."""
CRANE = 0.4
"""Height that the camera rises, as a part of the distance to the subject. It keeps looking at the subject."""
MAX_STRENGTH = 2.0
_NEAREST = 1e-6
"""Smallest distance from the camera at which a point is projected."""


@dataclass(frozen=True)
class CameraViews:
    """The camera at each frame. Space has its origin at the first camera: x right, y down, z forward.

    Args:
        positions: ``[T, 3]``, in the units of the depth map.
        rotations: ``[T, 3, 3]``, from space to the camera.
        focal_px: ``[T]``.
        size: the frame in pixels. Its centre is on the optical axis.
    """

    positions: FloatArray
    rotations: FloatArray
    focal_px: FloatArray
    size: Size

    def __len__(self) -> int:
        return len(self.focal_px)

    def at(self, frame: int) -> CameraViews:
        """Returns the camera at one frame."""
        one = slice(frame, frame + 1)
        return CameraViews(self.positions[one], self.rotations[one], self.focal_px[one], self.size)

    def equals(self, other: CameraViews) -> bool:
        """Whether both cameras see the same."""
        mine, theirs = ((each.positions, each.rotations, each.focal_px) for each in (self, other))
        return all(np.array_equal(one, another) for one, another in zip(mine, theirs, strict=True))

    def project(self, points: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Projects points in space, ``[N, 3]`` or ``[T, N, 3]``.

        Returns:
            Points ``[T, N, 2]`` in pixels and their distances ``[T, N]`` along the optical axis. A point that is not in
            front of the camera has a distance that is not above 0.
        """
        relative = points - self.positions[:, None]  # [T, N, 3]
        seen = relative @ self.rotations.transpose(0, 2, 1)
        distances = seen[..., 2]
        ahead = np.maximum(distances, _NEAREST)[..., None]  # behind the camera: far outside, on the right side
        points_px = self.focal_px[:, None, None] * seen[..., :2] / ahead + np.array(self.size) / 2
        return points_px, distances


@dataclass(frozen=True)
class CameraMove:
    """A camera move from the first frame to the last. All its parts happen together, around the frame's centre.

    Args:
        pan: turn to the right, as a fraction of the frame's width. The picture moves left.
        tilt: turn upwards, as a fraction of the frame's height. The picture moves down.
        zoom: size of the picture at the end, relative to the start, by focal length. With a linear ease, it grows by
            the same factor every frame.
        roll: clockwise turn in degrees. The picture turns anticlockwise.
        dolly: move towards the scene, as a fraction of its distance, below 1. The picture grows faster and faster.
            Negative values move away.
        ease: one of ``easing.EASES``.
        preset: a move around the subject in the middle of the picture, added to the others. ``orbit`` goes around it to
            the right by 30 degrees, ``dolly zoom`` moves 0.4 of the distance forward at the same size of the subject,
            ``crane`` rises by 0.4 of the distance and keeps looking at it.
        strength: factor for the preset, -2..2. Negative values go the other way.
    """

    pan: float = 0.0
    tilt: float = 0.0
    zoom: float = 1.0
    roll: float = 0.0
    dolly: float = 0.0
    ease: str = "linear"
    preset: CameraPreset = "none"
    strength: float = 1.0

    def __post_init__(self) -> None:
        if self.zoom <= 0:
            raise ValueError(f"expected a zoom above 0, got {self.zoom:g}: use 1 for no zoom, 2 for twice as large")
        if self.dolly >= 1:
            raise ValueError(f"expected a dolly below 1, got {self.dolly:g}: 1 reaches the wall, use for example 0.5")
        if self.ease not in EASES:
            raise ValueError(f"expected an ease of {tuple(EASES)}, got {self.ease!r}: choose one of these")
        if self.preset not in CAMERA_PRESETS:
            raise ValueError(f"expected a preset of {CAMERA_PRESETS}, got {self.preset!r}: choose one of these")
        if not abs(self.strength) <= MAX_STRENGTH:
            raise ValueError(
                f"expected a preset strength of -{MAX_STRENGTH:g} to {MAX_STRENGTH:g}, got {self.strength:g}: use for "
                "example 1"
            )

    @property
    def needs_space(self) -> bool:
        """Whether the move has no counterpart in the plane."""
        return self.preset != "none" and self.strength != 0

    @property
    def stands_still(self) -> bool:
        return (self.pan, self.tilt, self.zoom, self.roll, self.dolly) == (0, 0, 1, 0, 0) and not self.needs_space

    def matrices(self, frames: int, size: Size) -> FloatArray:
        """Computes the affine map of the picture of a wall, ``[T, 2, 3]`` in pixels. The first is the identity."""
        time = self._time(frames)
        centre_px, extent_px = np.array(size) / 2, np.array(size, dtype=np.float64)
        scale = self.zoom**time / (1 - self.dolly * time)
        linear = scale[:, None, None] * rotation_matrix(-self.roll * time)  # [T, 2, 2]
        moved_px = time[:, None] * np.array([-self.pan, self.tilt]) * extent_px  # [T, 2]
        return np.concatenate([linear, (centre_px + moved_px - linear @ centre_px)[..., None]], axis=-1)

    def views(self, frames: int, size: Size, focal_px: float, subject: float) -> CameraViews:
        """Computes the camera in space at each frame.

        Args:
            frames: T.
            size: the frame in pixels.
            focal_px: focal length at the first frame.
            subject: distance of the subject in the middle of the picture.
        """
        time = self._time(frames)
        positions, rotations, zoom = self._preset_views(time, subject)
        positions = positions + (self.dolly * subject * time)[:, None] * rotations[:, 2]  # row 2 looks forward
        focal = focal_px * zoom * self.zoom**time
        up = self.tilt * size.height * time / focal
        pitch = np.arctan(up)
        yaw = np.arctan(self.pan * size.width * time / focal * np.cos(pitch))
        return CameraViews(positions, _turns(yaw, pitch, self.roll * time) @ rotations, focal, size)

    def _preset_views(self, time: FloatArray, subject: float) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Computes positions ``[T, 3]``, rotations ``[T, 3, 3]`` and zoom factors ``[T]`` of the preset alone."""
        none, one, amount = np.zeros_like(time), np.ones_like(time), self.strength * time
        position, forward, zoom = [none, none, none], [none, none, one], one
        right = np.stack([one, none, none], axis=-1)
        if self.preset == "orbit":
            angle = np.radians(ORBIT_DEGREES * amount)
            position = [subject * np.sin(angle), none, subject * (1 - np.cos(angle))]
            forward = [-np.sin(angle), none, np.cos(angle)]
            right = np.stack([np.cos(angle), none, np.sin(angle)], axis=-1)
        elif self.preset == "dolly zoom":
            position = [none, none, DOLLY_ZOOM * subject * amount]
            zoom = 1 - DOLLY_ZOOM * amount
        elif self.preset == "crane":
            rise = CRANE * amount
            position = [none, -rise * subject, none]
            forward = [none, rise / np.hypot(rise, 1), 1 / np.hypot(rise, 1)]
        ahead = np.stack(forward, axis=-1)
        rotations = np.stack([right, np.cross(ahead, right), ahead], axis=-2)  # rows: right, down, forward
        return np.stack(position, axis=-1), rotations, zoom

    def _time(self, frames: int) -> FloatArray:
        return EASES[self.ease](np.linspace(0.0, 1.0, frames))


def _turns(yaw: FloatArray, pitch: FloatArray, roll: FloatArray) -> FloatArray:
    """Computes rotations ``[T, 3, 3]`` of a camera that rolls (degrees), then turns right and up (radians)."""
    none, one = np.zeros_like(yaw), np.ones_like(yaw)

    def rows(*each: list[FloatArray]) -> FloatArray:
        return np.stack([np.stack(row, axis=-1) for row in each], axis=-2)

    rolled = np.zeros((len(yaw), 3, 3))
    rolled[:, :2, :2], rolled[:, 2, 2] = rotation_matrix(-roll), 1.0
    to_right = rows([np.cos(yaw), none, -np.sin(yaw)], [none, one, none], [np.sin(yaw), none, np.cos(yaw)])
    to_top = rows([one, none, none], [none, np.cos(pitch), np.sin(pitch)], [none, -np.sin(pitch), np.cos(pitch)])
    return np.asarray(to_top @ to_right @ rolled)
