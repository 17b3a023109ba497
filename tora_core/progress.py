"""Type of the callback that reports the progress of long work."""

from __future__ import annotations

from collections.abc import Callable

ProgressCallback = Callable[[int, int], None]
"""Called with (done, total) after each part of the work. It may raise an exception to interrupt the work."""
