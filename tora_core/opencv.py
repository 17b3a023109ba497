"""Imports OpenCV where it is used, or explains how to repair it."""

from __future__ import annotations

from typing import Any

_REPAIR = (
    "reinstall it in ComfyUI's Python environment with "
    "'pip uninstall -y opencv-python opencv-contrib-python opencv-python-headless' and then "
    "'pip install opencv-python-headless', and restart ComfyUI"
)


def import_opencv() -> Any:
    """Returns the module ``cv2``.

    Several packages install files of ``cv2`` over each other, so a broken one is common. The rest of the pack works
    without it: text, editor, flow map, encoding and sampling do not use it.

    Raises:
        ImportError: OpenCV is missing or broken; one sentence with the repair.
    """
    try:
        import cv2
    except (ImportError, AttributeError, OSError, RuntimeError) as error:  # what a half-overwritten cv2 raises
        raise ImportError(f"this node needs OpenCV, which cannot be imported ({error}): {_REPAIR}") from error
    if not hasattr(cv2, "cvtColor"):  # an empty folder left behind by an uninstall imports as a namespace package
        raise ImportError(f"this node needs OpenCV, and the installed cv2 is empty: {_REPAIR}")
    return cv2
