"""Imports OpenCV on first use, and explains how to repair a broken install."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

MAX_THREADS = 8
"""Most threads of a pool. Each needs its own memory."""
_threads_in_use = threading.Lock()

_REPAIR = (
    "reinstall it in ComfyUI's Python environment with "
    "'pip uninstall -y opencv-python opencv-contrib-python opencv-python-headless' and then "
    "'pip install opencv-python-headless', and restart ComfyUI"
)


def import_opencv() -> Any:
    """Imports the module ``cv2`` and returns it.

    Several pip packages install ``cv2`` into the same folder, so broken installs are common. Text, editor, flow map,
    encoding and sampling do not need OpenCV.

    Raises:
        ImportError: OpenCV is missing or broken. The message explains the repair.
    """
    try:
        import cv2
    except (ImportError, AttributeError, OSError, RuntimeError) as error:  # a half-overwritten cv2 raises any of these
        reason = next(iter(str(error).splitlines()), type(error).__name__)
        raise ImportError(f"this node needs OpenCV, but cv2 cannot be imported ({reason}): {_REPAIR}") from error
    if not hasattr(cv2, "cvtColor"):  # an empty folder, left by an uninstall, imports too
        raise ImportError(f"this node needs OpenCV, but the installed cv2 is empty: {_REPAIR}")
    return cv2


def make_threads() -> ThreadPoolExecutor:
    """Makes a pool with as many threads as OpenCV is set to use, up to ``MAX_THREADS``."""
    return ThreadPoolExecutor(min(max(import_opencv().getNumThreads(), 1), MAX_THREADS))


@contextmanager
def frame_threads() -> Iterator[ThreadPoolExecutor]:
    """Makes a pool with as many threads as OpenCV is set to use, for one frame per thread.

    Meanwhile, OpenCV uses one thread per call. For small frames this is faster, and the results are the same.
    """
    cv2 = import_opencv()
    with _threads_in_use:
        threads = cv2.getNumThreads()
        pool = make_threads()
        cv2.setNumThreads(1)
        try:
            yield pool
        finally:
            pool.shutdown(cancel_futures=True)
            cv2.setNumThreads(threads)
