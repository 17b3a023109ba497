"""Reads typed text as lists, objects and numbers: JSON, Python notation, and what people and programs write instead."""

from __future__ import annotations

import json
import re
import unicodedata
from dataclasses import dataclass, field
from typing import Any

MAX_TEXT = 4_000_000
"""Most characters of a text: 100,000 points of 40 characters."""
MAX_POINTS = 100_000
_MAX_COMMAS = MAX_POINTS * 4
_MAX_DEPTH = 64
NUMBER = r"[-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?"
_TOKEN = re.compile(
    rf"(?P<space>[\s,;]+)|(?P<number>{NUMBER})|(?P<word>-?[A-Za-z_][\w.]*)"
    r"""|(?P<string>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')|(?P<mark>[\[\](){}:=])""",
    re.DOTALL,
)
_CLOSING = {"[": "]", "(": ")", "{": "}"}
_WORDS: dict[str, Any] = {
    "true": True,
    "false": False,
    "null": None,
    "none": None,
    "nan": float("nan"),
    "-nan": float("nan"),
    "inf": float("inf"),
    "infinity": float("inf"),
    "-inf": float("-inf"),
    "-infinity": float("-inf"),
}
_TRAILING_COMMA = re.compile(r",(\s*[\]}])")
_LINE_BREAK = re.compile("\r\n?|[\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")
_COMMENT = re.compile(r"^[ \t]*(?:#|//)[^\n]*$", re.MULTILINE)
_PYTHON_TO_JSON = str.maketrans("()'", '[]"')
_TYPED_CHARACTERS: dict[str, str | int | None] = {
    **dict.fromkeys("\u2212\u2010\u2011\u2012\u2013\u2014", "-"),
    **dict.fromkeys("\u201c\u201d\u201e\u00ab\u00bb", '"'),
    **dict.fromkeys("\u2018\u2019\u201a\u2032", "'"),
    **dict.fromkeys("\u200b\u200c\u200d\u2060\ufeff\x00", ""),
    "\u3001": ",",
}
"""What keyboards and web pages put in place of plain characters: dashes, quotes, zero-width characters, commas."""
_TYPED_TO_PLAIN = str.maketrans(_TYPED_CHARACTERS)
FORMS = "[[10, 20], [30, 40]], or one 'x,y' per line"


def clean_text(text: str) -> str:
    """Replaces what keyboards and web pages put in place of plain characters. Line numbers stay.

    Raises:
        ValueError: the text is too long to be read in reasonable time.
    """
    if len(text) > MAX_TEXT:
        raise ValueError(f"expected at most {MAX_TEXT} characters, got {len(text)}: use fewer points")
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text)
    text = _LINE_BREAK.sub("\n", text.translate(_TYPED_TO_PLAIN))
    if (commas := text.count(",")) > _MAX_COMMAS:
        raise ValueError(f"expected at most {MAX_POINTS} points, got a text with {commas} commas: use fewer points")
    return text.rstrip()


def decode_text(text: str) -> Any:
    """Decodes one value, or a list of several values after each other.

    Raises:
        ValueError: the text is neither. The error names line, character and what stands there.
    """
    text = _COMMENT.sub("", text)
    for prepare in (str, _to_json):  # much faster than the tolerant reader, with the same result
        try:
            return json.loads(prepare(text))
        except (ValueError, RecursionError):
            continue
    return _decode_tolerant(text)


def refuse(text: str, at: int, fix: str, length: int = 20) -> ValueError:
    """Builds the error for a piece of the text that cannot be read: where it stands, what it is, what to write."""
    piece = text[at : at + length].split("\n")[0]
    line = text.count("\n", 0, at) + 1
    character = at - (text.rfind("\n", 0, at) + 1) + 1
    got = repr(piece) if piece else "the end of the text"
    return ValueError(f"expected {FORMS}, got {got} at line {line}, character {character}: {fix}")


def _to_json(text: str) -> str:
    """Converts Python notation to JSON: brackets for tuples, double quotes, no trailing commas."""
    return _TRAILING_COMMA.sub(r"\1", text.translate(_PYTHON_TO_JSON))


@dataclass
class _Open:
    """A bracket that is open: what it holds so far."""

    at: int
    closing: str
    call: bool = False
    values: list[Any] = field(default_factory=list)
    named: dict[str, Any] = field(default_factory=dict)
    key: str | None = None

    def close(self) -> Any:
        """Returns the value of the bracket. A call such as ``array([...], dtype=float)`` is its first argument."""
        if self.closing == "}":
            return self.named
        if not self.call:
            return self.values
        if not self.values:
            return self.named
        return self.values[0] if len(self.values) == 1 or isinstance(self.values[0], list) else self.values


def _decode_tolerant(text: str) -> Any:
    """Reads values token by token. Commas and semicolons are spaces, names need no quotes, calls are their argument."""
    top = _Open(0, "")
    stack, at, separated = [top], 0, True
    while at < len(text):
        token = _TOKEN.match(text, at)
        if token is None:
            raise refuse(text, at, "delete it, or put quotes around a name")
        start, at, piece, inner = at, token.end(), token[0], stack[-1]
        kind = token.lastgroup
        if kind == "space":
            separated = True
            continue
        if piece in ("]", ")", "}"):
            if piece != inner.closing:
                fix = f"write {inner.closing} before it" if inner.closing else "delete it, because nothing is open here"
                raise refuse(text, start, fix)
            if inner.key is not None:
                inner.named[inner.key] = None
            value: Any = stack.pop().close()
            inner = stack[-1]
        elif piece in (":", "="):
            if not inner.values or inner.key is not None or not isinstance(inner.values[-1], (str, int, float)):
                raise refuse(text, start, "write a name before it")
            inner.key, separated = str(inner.values.pop()), True
            continue
        else:
            next_mark = text[at : at + 1]
            if not separated and not (piece in _CLOSING and inner.values):
                raise refuse(text, start, "write a comma before it")
            if piece in _CLOSING or (kind == "word" and next_mark == "("):
                if len(stack) > _MAX_DEPTH:
                    raise refuse(text, start, "these lists are nested too deeply; remove the outer brackets")
                stack.append(_Open(start, _CLOSING.get(piece, ")"), call=kind == "word"))
                at += kind == "word"
                separated = True
                continue
            value = _to_value(text, start, piece, str(kind), named=inner.key is not None or _names(text, at))
        separated = False
        if inner.key is None:
            inner.values.append(value)
        else:
            inner.named[inner.key], inner.key = value, None
        if inner.closing == "}" and inner.values and not _names(text, at):
            raise refuse(text, start, "write a name and a colon before it, such as {x: 10, y: 20}")
    if len(stack) > 1:
        raise refuse(text, stack[-1].at, f"write {stack[-1].closing} at its end")
    if top.named:
        return top.named
    return top.values[0] if len(top.values) == 1 else top.values


def _names(text: str, at: int) -> bool:
    """Whether a colon or an equals sign follows, so that the last piece is a name."""
    return re.compile(r"\s*[:=]").match(text, at) is not None


def _to_value(text: str, start: int, piece: str, kind: str, named: bool) -> Any:
    """Converts a token to a value. A bare word is a value only as a name or after one."""
    if kind == "number":
        return float(piece)
    if kind == "string":
        return piece[1:-1].replace("\\" + piece[0], piece[0])
    if piece.lower() in _WORDS and not _names(text, start + len(piece)):
        return _WORDS[piece.lower()]
    if named:
        return piece
    raise refuse(text, start, f"write coordinates such as {FORMS}")
