"""A video's dense flow, its camera part found by a robust homography, and what is left of it after that."""

from __future__ import annotations

import logging
from typing import Any, Literal, get_args

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ..opencv import import_opencv
from ..progress import ProgressCallback
from ..video import check_video

logger = logging.getLogger(__name__)

CameraPart = Literal["keep", "remove", "only"]
CAMERA_PARTS: tuple[CameraPart, ...] = get_args(CameraPart)
_GRID = 48
"""Points along the longer side that a homography is fitted to; more say the same again."""
_INLIER_PX = 1.0
_MIN_POINTS = 12
_MIN_SIDE_PX = 12
"""DIS needs room for its patches."""


def optical_flow(video: Tensor, progress: ProgressCallback | None = None) -> Tensor:
    """Dense inverse search flow between neighbouring frames (Kroeger et al., ECCV 2016; OpenCV's DIS).

    Args:
        video: ``[T, H, W, 3]`` uint8 on the CPU, T >= 2.
        progress: called with (done, total) after each pair; may raise to interrupt.

    Returns:
        ``[T, H, W, 2]`` float32 displacements (x, y) in pixels per frame, as ``flow_map`` gives them: frame 0 is zero,
        and frame i+1 holds what starts at each pixel of frame i.

    Raises:
        ValueError: another layout, a single frame, or a frame too small for DIS.
    """
    cv2 = import_opencv()
    width, height = check_video(video, min_frames=2, min_side_px=_MIN_SIDE_PX)
    frames = len(video)
    search = cv2.DISOpticalFlow_create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
    search.setFinestScale(0)  # the preset stops at half the resolution
    flow = torch.zeros(frames, height, width, 2)
    grey: list[Any] = [cv2.cvtColor(np.ascontiguousarray(video[0].numpy()), cv2.COLOR_RGB2GRAY)]
    for index in range(1, frames):
        grey.append(cv2.cvtColor(np.ascontiguousarray(video[index].numpy()), cv2.COLOR_RGB2GRAY))
        flow[index] = torch.from_numpy(search.calc(grey.pop(0), grey[0], None))
        if progress is not None:
            progress(index, frames - 1)
    return flow


def split_camera(flow: Tensor, part: CameraPart) -> Tensor:
    """A flow map whole, without the camera's part, or that part alone.

    The camera's part of a frame is the flow of the homography that most of it agrees with: exact for a camera that
    turns or zooms, and for one that moves past something flat.

    Args:
        flow: ``[T, H, W, 2]``.
        part: ``keep``, ``remove`` or ``only``.
    """
    if part not in CAMERA_PARTS:
        raise ValueError(f"expected a camera part of {CAMERA_PARTS}, got {part!r}")
    if flow.ndim != 4 or flow.shape[-1] != 2:
        raise ValueError(f"expected a flow map [T, H, W, 2], got {tuple(flow.shape)}")
    if part == "keep":
        return flow
    found = [_camera_flow(frame) for frame in flow]
    if missed := sum(not fits for _, fits in found):
        logger.warning(
            "no homography fits the camera's motion in %d of %d frames: their median translation is taken",
            *(missed, len(flow)),
        )
    camera = torch.stack([part for part, _ in found])
    return camera if part == "only" else flow - camera


def adjust_flow(
    flow: Tensor, blur_sigma_px: float = 0.0, mask: NDArray[np.bool_] | None = None, strength: float = 1.0
) -> Tensor:
    """Flow blurred, kept where a mask is, and scaled.

    Args:
        flow: ``[T, H, W, 2]``.
        blur_sigma_px: of a Gaussian; 0 leaves it sharp.
        mask: ``[H, W]``, ``[1, H, W]`` or ``[T, H, W]``.
        strength: factor.

    Raises:
        ValueError: a mask of another size or number of frames, or a negative blur.
    """
    cv2 = import_opencv()

    frames, height, width, _ = flow.shape
    if blur_sigma_px < 0:
        raise ValueError(f"expected a blur of at least 0 px, got {blur_sigma_px:g}")
    if mask is not None:
        mask = mask.reshape(-1, *mask.shape[-2:])  # [1 or T, H, W]
        if mask.shape[0] not in (1, frames) or mask.shape[1:] != (height, width):
            raise ValueError(
                f"expected a mask of {width}x{height} for 1 or {frames} frames, got {mask.shape[2]}x{mask.shape[1]} "
                f"for {mask.shape[0]}: make it for this video"
            )
    if blur_sigma_px:
        blurred = [cv2.GaussianBlur(frame.numpy(), (0, 0), blur_sigma_px) for frame in flow]
        flow = torch.from_numpy(np.stack(blurred))
    if mask is not None:
        flow = flow * torch.from_numpy(mask)[..., None]
    return flow if strength == 1.0 else flow * strength


def _camera_flow(frame: Tensor) -> tuple[Tensor, bool]:
    """The flow ``[H, W, 2]`` of a robust homography, or the median translation where that explains the frame better."""
    height, width, _ = frame.shape
    flow = frame.numpy()
    if not flow.any():  # as the first frame of every flow map
        return torch.zeros_like(frame), True
    step = max(1, max(height, width) // _GRID)
    y, x = np.mgrid[step // 2 : height : step, step // 2 : width : step]
    starts_px = np.stack([x, y], axis=-1).reshape(-1, 2).astype(np.float32)
    moved_px = starts_px + flow[y, x].reshape(-1, 2)
    median = np.median(moved_px - starts_px, axis=0)
    matrix = _homography(starts_px, moved_px)
    if matrix is not None:
        rows, columns = np.mgrid[:height, :width].astype(np.float64)
        a, b, scale = (row[0] * columns + row[1] * rows + row[2] for row in matrix)
        camera = np.stack([a / scale - columns, b / scale - rows], axis=-1).astype(np.float32)
        off_px, plain_px = (np.median(np.linalg.norm(flow[y, x] - each, axis=-1)) for each in (camera[y, x], median))
        if off_px <= max(plain_px, _INLIER_PX / 2):
            return torch.from_numpy(camera), True
    return torch.from_numpy(np.broadcast_to(median, flow.shape).astype(np.float32)), False


def _homography(starts_px: NDArray[np.float32], moved_px: NDArray[np.float32]) -> NDArray[np.float64] | None:
    """Found by MAGSAC++ with a seed of its own, and fitted once more to all that agree with it."""
    cv2 = import_opencv()

    if len(starts_px) < _MIN_POINTS:
        return None
    settings = cv2.UsacParams()
    settings.randomGeneratorState, settings.threshold, settings.confidence = 0, _INLIER_PX, 0.999
    settings.maxIterations = 2000
    settings.score, settings.loMethod = cv2.SCORE_METHOD_MAGSAC, cv2.LOCAL_OPTIM_SIGMA
    found, inliers = cv2.findHomography(starts_px, moved_px, settings)
    if found is None or int(inliers.sum()) < _MIN_POINTS:
        return None
    agreeing = inliers.ravel().astype(bool)
    refined, _ = cv2.findHomography(starts_px[agreeing], moved_px[agreeing], 0)
    matrix = found if refined is None else refined
    return np.asarray(matrix) if np.isfinite(matrix).all() else None
