"""Answers as JSON: the schema a provider is asked to keep to, and what the prompt shows of it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from alia_judge.judging.answer.layout import Output, Reasoning
from alia_judge.records import Scale

__all__ = ["Output", "Reasoning", "named_format", "response_format", "shape", "written"]


def response_format(scales: Mapping[str, Scale], *, reasons: Reasoning = "none") -> dict[str, Any]:
    """OpenAI's ``response_format`` for an object with a number for each name.

    Parameters
    ----------
    scales
        What each number may be, by name, in order.
    reasons
        Whether a field ``reasons`` comes first or last.
    """
    return _format({name: _number(scale) for name, scale in scales.items()}, reasons)


def named_format(names: Sequence[str], *, reasons: Reasoning = "none") -> dict[str, Any]:
    """As `response_format`, of an object whose score is one of `names`."""
    return _format({"score": {"type": "string", "enum": list(names)}}, reasons)


def _format(fields: dict[str, Any], reasons: Reasoning) -> dict[str, Any]:
    said: dict[str, Any] = {"reasons": {"type": "string"}}
    properties = {**said, **fields} if reasons == "first" else {**fields, **said} if reasons == "after" else fields
    schema = {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }
    return {"type": "json_schema", "json_schema": {"name": "verdict", "schema": schema, "strict": True}}


def shape(names: Sequence[str], *, reasons: Reasoning = "none") -> str:
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


def written(values: Mapping[str, float | str], reasons: str = "", *, first: bool = True) -> str:
    """An answer as a demonstration shows it."""
    numbers: dict[str, Any] = {
        name: int(value) if not isinstance(value, str) and value == int(value) else value
        for name, value in values.items()
    }
    said = {"reasons": reasons} if reasons else {}
    return json.dumps({**said, **numbers} if first else {**numbers, **said}, ensure_ascii=False)


def _number(scale: Scale) -> dict[str, Any]:
    if not scale.points:
        return {"type": "number", "minimum": scale.low, "maximum": scale.high}
    if all(point == int(point) for point in scale.points):
        return {"type": "integer", "enum": [int(point) for point in scale.points]}
    return {"type": "number", "enum": list(scale.points)}
