"""One line of the benchmark's table."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Figure:
    """One line of the table.

    Args:
        name: what was measured, with its size.
        ours: result of the pack, in ``unit``. None if this machine cannot measure it.
        naive: result of the plain implementation, in the same run.
        base: result without motion, or of the least work that any implementation must do. None if there is neither.
        unit: unit of the three results.
        goal: goal of the project, in words.
        reached: result that corresponds to the goal, in words.
    """

    name: str
    ours: float | None
    naive: float | None = None
    base: float | None = None
    unit: str = "ms"
    goal: str = ""
    reached: str = ""
