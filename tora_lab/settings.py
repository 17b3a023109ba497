"""Settings from YAML files: read, checked, and described for ``--help`` and the documentation."""

from __future__ import annotations

import json
import typing
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic.fields import FieldInfo

Positive = Annotated[int, Field(gt=0)]
Share = Annotated[float, Field(ge=0, le=1)]


class SettingsModel(BaseModel):
    """Base of all settings: unknown keys are errors, and nothing changes after reading."""

    model_config = ConfigDict(extra="forbid", frozen=True)


Model = TypeVar("Model", bound=BaseModel)


class Setting(NamedTuple):
    """One key of a settings file, as the documentation shows it."""

    key: str
    default: str
    description: str


def read_yaml(path: Path) -> Any:
    """Reads the plain values of a YAML file.

    Raises:
        ValueError: the file cannot be read, or is not valid YAML.
    """
    import yaml

    try:
        return yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ValueError(f"expected a settings file, got {path}, which cannot be read: {error.strerror}") from error
    except yaml.YAMLError as error:
        place = getattr(error, "problem_mark", None)
        where = f" (line {place.line + 1})" if place else ""
        raise ValueError(f"expected valid YAML in {path}{where}: check indentation, colons and quotes") from error


def validate_settings(model: type[Model], raw: Any, complaint: str) -> Model:
    """Checks plain values against a settings model.

    Args:
        model: the settings that are expected.
        raw: plain values as YAML gives them.
        complaint: how the error begins.

    Raises:
        ValueError: a key is unknown or missing, or a value is wrong. One line per problem.
    """
    try:
        return model.model_validate(raw)
    except ValidationError as error:
        lines = [_describe_problem(model, dict(each)) for each in error.errors()]
        raise ValueError(f"{complaint}:\n  " + "\n  ".join(lines)) from error


def list_settings(model: type[BaseModel], prefix: str = "") -> Iterator[Setting]:
    """Lists every key of a settings model, sections with their keys after a dot."""
    for name, field in model.model_fields.items():
        section = _section_of(field)
        if section is not None:
            yield from list_settings(section, f"{prefix}{name}.")
        else:
            yield Setting(prefix + name, _default_text(field), _description_text(field))


def describe_settings(model: type[BaseModel]) -> str:
    """The keys of a settings model as text for ``--help``."""
    lines = [f"  {each.key} ({each.default}): {each.description}" for each in list_settings(model)]
    return "keys of the settings file:\n" + "\n".join(lines)


def tabulate_settings(model: type[BaseModel]) -> str:
    """The keys of a settings model as a Markdown table."""
    rows = [
        f"| `{each.key}` | {each.default} | {each.description} |".replace("\n", " ") for each in list_settings(model)
    ]
    return "\n".join(["| key | default | meaning |", "| --- | --- | --- |", *rows]) + "\n"


def _section_of(field: FieldInfo) -> type[BaseModel] | None:
    annotation = field.annotation
    return annotation if isinstance(annotation, type) and issubclass(annotation, BaseModel) else None


def _default_text(field: FieldInfo) -> str:
    if field.is_required():
        return "required"
    return json.dumps(field.default, default=str)  # as YAML writes it


def _description_text(field: FieldInfo) -> str:
    words = [option for option in _literals(field.annotation) if isinstance(option, str)]
    numbers = [str(option) for option in _literals(field.annotation) if not isinstance(option, str)]
    choices = f" One of {', '.join(words or numbers)}." if words or numbers else ""
    return f"{field.description or ''}{choices}".strip()


def _literals(annotation: Any) -> tuple[Any, ...]:
    return typing.get_args(annotation) if typing.get_origin(annotation) is Literal else ()


def _describe_problem(model: Any, error: dict[str, Any]) -> str:
    key = ".".join(str(part) for part in error["loc"])
    if error["type"] == "missing":
        return f"{key}: this key is required, but missing"
    if error["type"] == "extra_forbidden":
        for name in error["loc"][:-1]:
            model = model.model_fields[name].annotation
        return f"{key}: there is no such key; known keys are {', '.join(model.model_fields)}"
    message = error["msg"].removeprefix("Value error, ")
    return f"{key}: {message}, got {error['input']!r}" if key and not isinstance(error["input"], dict) else message
