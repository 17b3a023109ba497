"""Base class of the pack's nodes."""

from __future__ import annotations

import functools
import math
from typing import Any

from comfy_api.latest import io

from .host.notice import show_notices


class ToraNode(io.ComfyNode):
    """A node that checks its numbers before it runs, and shows its notices. ComfyUI's range check lets NaN pass."""

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        own = vars(cls).get("execute")
        if own is None or hasattr(own.__func__, "__wrapped__"):  # ComfyUI runs a locked copy of the class
            return
        define_schema, execute = vars(cls)["define_schema"].__func__, own.__func__

        @functools.wraps(define_schema)
        def defined(cls: type[io.ComfyNode]) -> io.Schema:
            schema: io.Schema = define_schema(cls)
            schema.hidden = [io.Hidden.unique_id]  # the place of notices
            return schema

        @functools.wraps(execute)
        def checked(cls: type[io.ComfyNode], **inputs: Any) -> io.NodeOutput:
            for name, value in inputs.items():
                if isinstance(value, float) and not math.isfinite(value):
                    raise ValueError(f"expected a finite number for {name}, got {value}: enter a number")
            with show_notices(cls.hidden.unique_id if cls.hidden else None):
                output: io.NodeOutput = execute(cls, **inputs)
            return output

        setattr(cls, "define_schema", classmethod(defined))  # noqa: B010 - mypy forbids assigning a method
        setattr(cls, "execute", classmethod(checked))  # noqa: B010
