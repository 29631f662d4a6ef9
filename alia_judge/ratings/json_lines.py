"""What `json` does not say and an error should: on which line a value stands, and which keys occur twice."""

from __future__ import annotations

import json
import re
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from alia_judge._messages import message
from alia_judge.errors import Problem

__all__ = [
    "LineIndex",
    "as_one_document",
    "begins_over_lines",
    "cut_characters",
    "half_a_character",
    "holds_half",
    "line_of_repeat",
    "lines_of_elements",
    "loads_strictly",
    "repeated_key",
    "strict_decoder",
    "unreadable",
]

_LONE = re.compile("[\ud800-\udfff]")
_HALF = re.compile(
    r"\\u[dD][89abAB][0-9a-fA-F]{2}(?!\\u[dD][c-fC-F])"
    r"|(?<!\\u[dD][89abAB][0-9a-fA-F]{2})\\u[dD][c-fC-F][0-9a-fA-F]{2}"
)
_SPACE = re.compile(r"[ \t\r\n]*")


class LineIndex:
    """On which line each value of a JSON document begins; each object or list is looked through once.

    Parameters
    ----------
    text
        A valid JSON document.

    Examples
    --------
    >>> LineIndex('{"a": 1,\\n "b": [5,\\n 6]}').line(["b", 1])
    3
    """

    def __init__(self, text: str) -> None:
        self._text = text
        self._ends = [match.start() for match in re.finditer("\n", text)]
        self._members: dict[int, dict[str | int, int]] = {}

    def line(self, path: Sequence[str | int]) -> int | None:
        """The physical line, from 1, of the value at `path` (keys and indices from the root); None if there is none."""
        position = _skip(self._text, 0)
        for step in path:
            if position not in self._members:
                self._members[position] = dict(_members(self._text, position))
            found = self._members[position].get(step)
            if found is None:
                return None
            position = found
        return bisect_left(self._ends, position) + 1


def lines_of_elements(text: str, key: str | None = None) -> list[int]:
    """The line, from 1, on which each element of a JSON array begins; for any other value, the line of that.

    Parameters
    ----------
    text
        A valid JSON document.
    key
        Of the root object's member that is the array; None where the root is.

    Examples
    --------
    >>> lines_of_elements('[1,\\n {"a": 2}]'), lines_of_elements('{"data":\\n [1,\\n 2]}', "data")
    ([1, 2], [2, 3])
    """
    position = _skip(text, 0)
    if key is not None:
        position = dict(_members(text, position)).get(key, position)
    if text[position : position + 1] != "[":
        return [text.count("\n", 0, position) + 1]
    decoder = json.JSONDecoder()
    lines: list[int] = []
    counted, line = 0, 1
    position = _skip(text, position + 1)
    while text[position] != "]":
        line += text.count("\n", counted, position)
        counted = position
        lines.append(line)
        position = _next(text, decoder.raw_decode(text, position)[1])
    return lines


def loads_strictly(text: str, repeated: list[str]) -> Any:
    """`json.loads`, with the keys that some object says twice put into `repeated`: JSON keeps the last, silently.

    Examples
    --------
    >>> twice = []
    >>> loads_strictly('{"a": 1, "a": 2}', twice), twice
    ({'a': 2}, ['a'])
    """
    return strict_decoder(repeated).decode(text)


def as_one_document(text: str) -> str:
    """JSON values that stand one after another, with nothing or a comma between, as one list on the same lines.

    Parameters
    ----------
    text
        Two objects or more, or two lists or more, whose elements become one list.

    Raises
    ------
    JSONDecodeError
        Where something else stands.

    Examples
    --------
    >>> as_one_document('{"a": 1}\\n{"a":\\n2}'), as_one_document("[1]\\n[2, 3]")
    ('[{"a": 1}\\n,{"a":\\n2}]', '[1\\n,2, 3]')
    """
    decoder = json.JSONDecoder()
    opening, parts, position = "", ["["], _skip(text, 0)
    while position < len(text):
        value, end = decoder.raw_decode(text, position)
        if not isinstance(value, (dict, list)) or text[position] != (opening or text[position]):
            raise json.JSONDecodeError("Expecting a value like the first", text, position)
        opening = text[position]
        if value or opening == "{":
            parts += ["," * (len(parts) > 1), text[position:end] if opening == "{" else text[position + 1 : end - 1]]
        after = _next(text, end) if _skip(text, end) < len(text) else len(text)
        parts.append("\n" * text.count("\n", end, after))
        position = after
    return "".join([*parts, "]"])


def begins_over_lines(head: str) -> bool:
    """Whether the first value of a text is longer than a line, or not the only one on it: no JSON lines.

    Examples
    --------
    >>> begins_over_lines('{"a":\\n1}'), begins_over_lines('{"a": 1} {"a": 2}'), begins_over_lines('{"a": 1}\\n{"a')
    (True, True, False)
    """
    position = _skip(head, 0)
    try:
        end = json.JSONDecoder().raw_decode(head, position)[1]
    except (ValueError, RecursionError):
        return False
    return "\n" in head[position:end] or head[end:].lstrip(" \t,")[:1] in ("{", "[")


def strict_decoder(repeated: list[str]) -> json.JSONDecoder:
    """The decoder of `loads_strictly`, for many texts: making one takes as long as reading a short line."""

    def pairs(items: list[tuple[str, Any]]) -> dict[str, Any]:
        result = dict(items)
        if len(result) < len(items):
            names = [name for name, _ in items]
            repeated.extend(name for name in result if names.count(name) > 1)
        return result

    return json.JSONDecoder(object_pairs_hook=pairs)


def unreadable(error: Exception) -> str:
    """What is wrong with JSON that Python does not take, in words."""
    if isinstance(error, json.JSONDecodeError):
        return message("not JSON at column {colno}: {msg}", colno=error.colno, msg=error.msg)
    if isinstance(error, RecursionError):
        return message("objects or lists within one another, too deep to be read")
    return message("a whole number of thousands of digits")


def cut_characters(text: str) -> int | None:
    """Where JSON text has half of a character written in two escapes (an emoji cut in two); None where it has not.

    Examples
    --------
    >>> cut_characters('"\\\\ud83d\\\\ude00"') is None, cut_characters('"ab\\\\ud83d"')
    (True, 3)
    """
    if "\\ud" not in text and "\\uD" not in text:
        return None
    for match in _HALF.finditer(text):
        before = len(text[: match.start()]) - len(text[: match.start()].rstrip("\\"))
        if before % 2 == 0:
            return match.start()
    return None


def holds_half(value: Any) -> bool:
    """Whether a record that was given in Python holds half of a character, in a value or a name, however deep.

    Examples
    --------
    >>> holds_half({"a": ["whole", "half \\ud83d"]}), holds_half({"a": "\\U0001f600"})
    (True, False)
    """
    if isinstance(value, str):
        return not value.isascii() and _LONE.search(value) is not None
    if isinstance(value, Mapping):
        return any(holds_half(one) for pair in value.items() for one in pair)
    return isinstance(value, (list, tuple)) and any(holds_half(one) for one in value)


def half_a_character(file: str | None, line: int | None) -> Problem:
    """The problem that a text ends in, or begins with, half of a character."""
    return Problem(
        file=file,
        line=line,
        what=message("half of a character (an emoji cut in two, \\ud83d without what follows)"),
        expected=message("whole characters: such a text can be written to no file"),
        remedy=message("remove the escape, or cut the text before it"),
    )


def repeated_key(file: str | None, line: int | None, key: str) -> Problem:
    """The problem that a key occurs twice in one object."""
    return Problem(
        file=file,
        line=line,
        field=key,
        what=message("the key occurs twice in one object"),
        expected=message("each key once"),
        remedy=message("keep the one that is meant; JSON would keep the last without a word"),
    )


def line_of_repeat(text: str, key: str) -> int | None:
    """The line, from 1, on which a key occurs for the second time."""
    quoted = json.dumps(key, ensure_ascii=False)
    first = text.find(quoted)
    second = text.find(quoted, first + 1) if first >= 0 else -1
    return text.count("\n", 0, second) + 1 if second >= 0 else None


def _skip(text: str, position: int) -> int:
    match = _SPACE.match(text, position)
    return match.end() if match else position


def _members(text: str, position: int) -> Iterator[tuple[str | int, int]]:
    """Each key, or index, of the object or list that begins here, and where its value does."""
    opening = text[position : position + 1]
    if opening not in ("{", "["):
        return
    decoder = json.JSONDecoder()
    closing, index = ("}" if opening == "{" else "]"), 0
    position = _skip(text, position + 1)
    while text[position] != closing:
        key: str | int = index
        if opening == "{":
            key, position = decoder.raw_decode(text, position)
            position = _skip(text, _skip(text, position) + 1)  # past the colon
        yield key, position
        index += 1
        position = _next(text, decoder.raw_decode(text, position)[1])


def _next(text: str, position: int) -> int:
    """Past the comma, if there is one."""
    position = _skip(text, position)
    return _skip(text, position + 1) if text[position] == "," else position
