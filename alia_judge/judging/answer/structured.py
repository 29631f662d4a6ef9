"""Answers as JSON: the schema a provider is asked to keep to, what the prompt shows of it, and how it is read."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping, Sequence
from typing import Any, Literal

from alia_judge.judging.answer.distractors import without_thinking
from alia_judge.judging.answer.parsing import Parsed, parse_answer
from alia_judge.records import Scale

__all__ = ["Output", "read_object", "response_format", "shape", "value_of", "written"]

#: ``"text"``: the score in words or digits. ``"json"``: an object, by the provider's structured output where it has it.
Output = Literal["text", "json"]

_OBJECT = re.compile(r"\{.*\}", re.DOTALL)


def response_format(
    scales: Mapping[str, Scale], *, reasons: Literal["none", "first", "after"] = "none"
) -> dict[str, Any]:
    """OpenAI's ``response_format`` for an object with a number for each name.

    Parameters
    ----------
    scales
        What each number may be, by name, in order.
    reasons
        Whether a field ``reasons`` comes first or last.
    """
    fields = {name: _number(scale) for name, scale in scales.items()}
    said: dict[str, Any] = {"reasons": {"type": "string"}}
    properties = {**said, **fields} if reasons == "first" else {**fields, **said} if reasons == "after" else fields
    schema = {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }
    return {"type": "json_schema", "json_schema": {"name": "verdict", "schema": schema, "strict": True}}


def shape(names: Sequence[str], *, reasons: Literal["none", "first", "after"] = "none") -> str:
    """The object as the prompt shows it.

    Examples
    --------
    >>> shape(["score"], reasons="first")
    '{"reasons": "...", "score": ...}'
    """
    fields = [f"{json.dumps(name, ensure_ascii=False)}: ..." for name in names]
    said = ['"reasons": "..."']
    parts = said + fields if reasons == "first" else fields + said if reasons == "after" else fields
    return "{" + ", ".join(parts) + "}"


def written(values: Mapping[str, float], reasons: str = "", *, first: bool = True) -> str:
    """An answer as a demonstration shows it."""
    numbers: dict[str, Any] = {name: int(value) if value == int(value) else value for name, value in values.items()}
    said = {"reasons": reasons} if reasons else {}
    return json.dumps({**said, **numbers} if first else {**numbers, **said}, ensure_ascii=False)


def read_object(text: str) -> tuple[dict[str, Any], str] | None:
    """The one JSON object in an answer, and the answer with its thinking blanked out; None if there is none.

    A name that comes twice with different values keeps both, as a list of a kind no value is (`Twice`).
    """
    plain = without_thinking(text)
    found = _OBJECT.search(plain)
    if found is None:
        return None
    try:
        read = json.loads(found.group(), object_pairs_hook=_once, parse_constant=str)
    except (ValueError, RecursionError):
        return None
    return (read, plain) if isinstance(read, dict) else None


class Twice(tuple[Any, ...]):
    """Values of a name that came more than once."""


def value_of(name: str, read: Mapping[str, Any], text: str, scale: Scale) -> Parsed:
    """The point of `scale` that stands under `name`, or why there is none; `start` is where it stands in `text`."""
    if name not in read:
        return Parsed(reason="no_score", detail=f"no {name!r} in the object")
    value = read[name]
    if isinstance(value, Twice):
        return Parsed(reason="ambiguous", detail=", ".join(map(str, value)))
    if isinstance(value, str):
        said = parse_answer(value, scale)
        return said if said.score is None else Parsed(score=said.score, start=_place(name, text) + said.start)
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        return Parsed(reason="no_score", detail=f"{value!r}")
    if not scale.contains(float(value)):
        return Parsed(reason="off_scale", detail=f"{value:g}")
    return Parsed(score=float(value), start=_place(name, text))


def _place(name: str, text: str) -> int:
    """Where the value of `name` begins in the object's text."""
    for spelt in (json.dumps(name, ensure_ascii=False), json.dumps(name)):
        found = re.search(rf'(?<!\\){re.escape(spelt)}\s*:\s*"?', text)
        if found is not None:
            return found.end()
    return 0


def _once(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    read: dict[str, Any] = {}
    for name, value in pairs:
        read[name] = Twice((read[name], value)) if name in read and read[name] != value else value
    return read


def _number(scale: Scale) -> dict[str, Any]:
    if not scale.points:
        return {"type": "number", "minimum": scale.low, "maximum": scale.high}
    if all(point == int(point) for point in scale.points):
        return {"type": "integer", "enum": [int(point) for point in scale.points]}
    return {"type": "number", "enum": list(scale.points)}
