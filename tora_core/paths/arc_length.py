"""Lengths along a line of points."""

from __future__ import annotations

import numpy as np

from .drawn_path import FloatArray


def arc_length(line: FloatArray) -> FloatArray:
    """Measures the length of a line ``[P, 2]`` from its first point to each of its points, ``[P]``.

    >>> arc_length(np.array([[0.0, 0.0], [3.0, 4.0], [3.0, 5.0]])).tolist()
    [0.0, 5.0, 6.0]
    """
    return np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(line, axis=0), axis=-1))])
