"""Dense optical flow of a video, split into camera motion (a robust homography) and the rest."""

from __future__ import annotations

import logging
import threading
from typing import Any, Literal, get_args

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ..opencv import frame_threads, import_opencv
from ..progress import ProgressCallback
from ..video import check_video

logger = logging.getLogger(__name__)

CameraPart = Literal["keep", "remove", "only"]
CAMERA_PARTS: tuple[CameraPart, ...] = get_args(CameraPart)
_GRID = 48
"""Number of points along the longer side for the homography fit. More points add no information."""
_INLIER_PX = 1.0
_MIN_POINTS = 12
_MIN_SIDE_PX = 12
"""DIS needs at least this size for its patches."""
_LEAST_BLUR_PX = 0.01
"""OpenCV has no kernel for a smaller blur, and none would be seen."""


Quality = Literal["fast", "best"]
QUALITIES: tuple[Quality, ...] = get_args(Quality)


def optical_flow(video: Tensor, progress: ProgressCallback | None = None, quality: Quality = "fast") -> Tensor:
    """Computes dense inverse search flow between neighbouring frames (Kroeger et al., ECCV 2016; OpenCV's DIS).

    Args:
        video: ``[T, H, W, 3]`` uint8 on the CPU, T >= 2.
        progress: called with (done, total) after each pair. It may raise an exception to interrupt.
        quality: ``best`` takes about twice the time of ``fast``. The mean error differs by less than 0.01 px.

    Returns:
        ``[T, H, W, 2]`` float32 displacements (x, y) in pixels per frame, in the layout of ``flow_map``. Frame 0 is
        zero, and frame i+1 holds the displacement that starts at each pixel of frame i.

    Raises:
        ValueError: the quality is unknown, the layout is wrong, or the video has a single frame or is too small.
    """
    cv2 = import_opencv()
    if quality not in QUALITIES:
        raise ValueError(f"expected a quality of {QUALITIES}, got {quality!r}: choose one of these")
    width, height = check_video(video, min_frames=2, min_side_px=_MIN_SIDE_PX)
    frames = len(video)
    flow = torch.zeros(frames, height, width, 2)
    greys = [cv2.cvtColor(np.ascontiguousarray(frame.numpy()), cv2.COLOR_RGB2GRAY) for frame in video]
    found = flow.numpy()  # torch's inference mode, in which ComfyUI runs nodes, does not reach other threads
    searches = threading.local()  # one per thread, because a search keeps its buffers

    def estimate(index: int) -> None:
        if not hasattr(searches, "own"):
            searches.own = make_search(quality)
        found[index] = searches.own.calc(greys[index - 1], greys[index], None)

    with frame_threads() as pool:
        for index, _ in enumerate(pool.map(estimate, range(1, frames)), 1):
            if progress is not None:
                progress(index, frames - 1)
    return flow


def make_search(quality: Quality) -> Any:
    """Makes OpenCV's DIS with the preset "medium" at full resolution. The preset alone stops at half of it."""
    cv2 = import_opencv()
    search = cv2.DISOpticalFlow_create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
    search.setFinestScale(0)
    if quality == "fast":
        search.setPatchStride(4)  # the preset has 3
        search.setGradientDescentIterations(16)  # 25
        search.setVariationalRefinementIterations(2)  # 5
    return search


def split_camera(flow: Tensor, part: CameraPart) -> Tensor:
    """Returns the whole flow map, the flow without camera motion, or the camera motion alone.

    The camera motion of a frame is the flow of the homography that fits most of the frame. It is exact for a camera
    that turns or zooms, and for a camera that moves past a flat surface.

    Args:
        flow: ``[T, H, W, 2]``.
        part: ``keep`` returns the whole flow, ``remove`` the flow without camera motion, ``only`` the camera motion.

    Raises:
        ValueError: the part is unknown, or the layout is wrong.
    """
    if part not in CAMERA_PARTS:
        raise ValueError(f"expected a camera part of {CAMERA_PARTS}, got {part!r}: choose one of these")
    if flow.ndim != 4 or flow.shape[-1] != 2:
        raise ValueError(f"expected a flow map [T, H, W, 2], got {tuple(flow.shape)}: pass the result of optical_flow")
    if part == "keep":
        return flow
    estimates = [_camera_flow(frame) for frame in flow]
    if unfitted := sum(not fits for _, fits in estimates):
        logger.warning(
            "no homography fits the camera motion in %d of %d frames: the median translation of each frame is used",
            *(unfitted, len(flow)),
        )
    camera = torch.stack([camera_flow for camera_flow, _ in estimates])
    return camera if part == "only" else flow - camera


def adjust_flow(
    flow: Tensor, blur_sigma_px: float = 0.0, mask: NDArray[np.bool_] | None = None, strength: float = 1.0
) -> Tensor:
    """Blurs flow, sets it to zero outside a mask, and scales it.

    Args:
        flow: ``[T, H, W, 2]``.
        blur_sigma_px: standard deviation of the Gaussian blur. 0 turns it off.
        mask: ``[H, W]``, ``[1, H, W]`` or ``[T, H, W]``.
        strength: factor.

    Raises:
        ValueError: the mask has another size or number of frames, or the blur is negative.
    """
    frames, height, width, _ = flow.shape
    if blur_sigma_px < 0:
        raise ValueError(f"expected a blur of at least 0 px, got {blur_sigma_px:g}: use 0 for no blur")
    if mask is not None:
        mask = mask.reshape(-1, *mask.shape[-2:])  # [1 or T, H, W]
        if mask.shape[0] not in (1, frames) or mask.shape[1:] != (height, width):
            raise ValueError(
                f"expected a mask of {width}x{height} for 1 or {frames} frames, got {mask.shape[2]}x{mask.shape[1]} "
                f"for {mask.shape[0]}: resize the mask to the video and use one mask, or one per frame"
            )
    if blur_sigma_px > _LEAST_BLUR_PX:
        cv2 = import_opencv()
        blurred = [cv2.GaussianBlur(frame.numpy(), (0, 0), blur_sigma_px) for frame in flow]
        flow = torch.from_numpy(np.stack(blurred))
    if mask is not None:
        flow = flow * torch.from_numpy(mask)[..., None]
    return flow if strength == 1.0 else flow * strength


def _camera_flow(frame: Tensor) -> tuple[Tensor, bool]:
    """Estimates the camera flow ``[H, W, 2]`` of a frame, and whether a homography fits it.

    Uses the median translation if no homography fits, or if the median fits the frame better.
    """
    height, width, _ = frame.shape
    flow = frame.numpy()
    if not flow.any():  # the first frame of every flow map
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
        homography_error_px, median_error_px = (
            np.median(np.linalg.norm(flow[y, x] - each, axis=-1)) for each in (camera[y, x], median)
        )
        if homography_error_px <= max(median_error_px, _INLIER_PX / 2):
            return torch.from_numpy(camera), True
    return torch.from_numpy(np.broadcast_to(median, flow.shape).astype(np.float32)), False


def _homography(starts_px: NDArray[np.float32], moved_px: NDArray[np.float32]) -> NDArray[np.float64] | None:
    """Fits a homography by MAGSAC++ with a fixed seed, then refits it to all inliers. None if too few points agree."""
    cv2 = import_opencv()

    if len(starts_px) < _MIN_POINTS:
        return None
    settings = cv2.UsacParams()
    settings.randomGeneratorState, settings.threshold, settings.confidence = 0, _INLIER_PX, 0.999
    settings.maxIterations = 2000
    settings.score, settings.loMethod = cv2.SCORE_METHOD_MAGSAC, cv2.LOCAL_OPTIM_SIGMA
    first, inliers = cv2.findHomography(starts_px, moved_px, settings)
    if first is None or int(inliers.sum()) < _MIN_POINTS:
        return None
    is_inlier = inliers.ravel().astype(bool)
    refined, _ = cv2.findHomography(starts_px[is_inlier], moved_px[is_inlier], 0)
    matrix = first if refined is None else refined
    return np.asarray(matrix) if np.isfinite(matrix).all() else None
