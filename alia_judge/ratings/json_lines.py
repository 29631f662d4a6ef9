"""On which line of a JSON document a value stands: `json` does not say, and an error should."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence

__all__ = ["line_of"]

_SPACE = re.compile(r"[ \t\r\n]*")


def line_of(text: str, path: Sequence[str | int]) -> int | None:
    """The physical line, from 1, on which the value at `path` begins; None if there is none.

    Parameters
    ----------
    text
        A valid JSON document.
    path
        Keys and list indices from the root.

    Examples
    --------
    >>> line_of('{"a": 1,\\n "b": [5,\\n 6]}', ["b", 1])
    3
    """
    position = _skip(text, 0)
    for step in path:
        found = _member(text, position, step) if isinstance(step, str) else _element(text, position, step)
        if found is None:
            return None
        position = found
    return text.count("\n", 0, position) + 1


def _skip(text: str, position: int) -> int:
    match = _SPACE.match(text, position)
    return match.end() if match else position


def _member(text: str, position: int, key: str) -> int | None:
    if text[position : position + 1] != "{":
        return None
    decoder = json.JSONDecoder()
    position = _skip(text, position + 1)
    while text[position] != "}":
        name, position = decoder.raw_decode(text, position)
        position = _skip(text, _skip(text, position) + 1)  # past the colon
        if name == key:
            return position
        position = _next(text, decoder.raw_decode(text, position)[1])
    return None


def _element(text: str, position: int, index: int) -> int | None:
    if text[position : position + 1] != "[":
        return None
    decoder = json.JSONDecoder()
    position = _skip(text, position + 1)
    while text[position] != "]":
        if index == 0:
            return position
        index -= 1
        position = _next(text, decoder.raw_decode(text, position)[1])
    return None


def _next(text: str, position: int) -> int:
    """Past the comma, if there is one."""
    position = _skip(text, position)
    return _skip(text, position + 1) if text[position] == "," else position
