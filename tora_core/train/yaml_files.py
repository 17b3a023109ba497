"""YAML files -> checked settings; what is wrong is said by key, with what is known."""

from __future__ import annotations

from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

Model = TypeVar("Model", bound=BaseModel)


def read_yaml(path: Path) -> Any:
    """A YAML file's plain values.

    Raises:
        ValueError: no such file, or no YAML.
    """
    import yaml

    try:
        return yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ValueError(f"expected a config file, got {path}, which cannot be read ({error.strerror})") from error
    except yaml.YAMLError as error:
        raise ValueError(f"expected YAML in {path}: {error}") from error


def checked(model: type[Model], raw: Any, complaint: str) -> Model:
    """Settings from plain values.

    Args:
        model: what they should be.
        raw: as YAML gives them.
        complaint: how the error begins.

    Raises:
        ValueError: an unknown key or a wrong value; a line for each, with what is known.
    """
    try:
        return model.model_validate(raw)
    except ValidationError as error:
        lines = [_problem(model, dict(each)) for each in error.errors()]
        raise ValueError(f"{complaint}:\n  " + "\n  ".join(lines)) from error


def _problem(model: Any, error: dict[str, Any]) -> str:
    place = ".".join(str(part) for part in error["loc"]) or "config"
    if error["type"] != "extra_forbidden":
        return f"{place}: {error['msg']}" + ("" if place == "config" else f", got {error['input']!r}")
    for name in error["loc"][:-1]:
        model = model.model_fields[name].annotation
    return f"{place}: there is no such key; known are {', '.join(model.model_fields)}"
