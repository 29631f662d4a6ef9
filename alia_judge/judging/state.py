"""A judge's parts as JSON, and back."""

from __future__ import annotations

from typing import Any

import dspy
from dspy.clients.backend_selection import CLIENT_KEYS

from alia_judge.judging.demos.neighbours import Neighbours
from alia_judge.judging.prompt.shown import FIELDS, plain_turns

__all__ = ["as_example", "named_model", "neighbours_of", "plain_example", "plain_neighbours"]

_SHOWN = (*FIELDS, "score", "scores", "ranking", "reasons")


def as_example(demo: Any) -> Any:
    """A demonstration as DSPy keeps it."""
    return demo if isinstance(demo, dspy.Example) else dspy.Example(**demo)


def plain_example(demo: Any) -> dict[str, Any]:
    """A demonstration as JSON, without what makes no difference to the prompt."""
    plain = {field: demo[field] for field in _SHOWN if field in demo and demo[field] is not None}
    return {**plain, "turns": plain_turns(plain["turns"])} if plain.get("turns") else plain


def named_model(lm: Any) -> dict[str, Any]:
    """A model's name and what it is asked with, as JSON, without keys, addresses or what only DSPy acts on."""
    settings = {
        key: value
        for key, value in lm.kwargs.items()
        if key not in CLIENT_KEYS and isinstance(value, (str, int, float, bool, list, dict))
    }
    return {"name": lm.model, "settings": settings}


def plain_neighbours(neighbours: Neighbours | None) -> Any:
    """As JSON: the number alone where there is no more to it, as it was before there was a choice."""
    if neighbours is None or neighbours == Neighbours(k=neighbours.k):
        return None if neighbours is None else neighbours.k
    return neighbours.to_dict()


def neighbours_of(plain: Any) -> Neighbours | None:
    """The inverse of `plain_neighbours`."""
    if plain is None or isinstance(plain, int):
        return None if plain is None else Neighbours(k=plain)
    return Neighbours.from_dict(plain)
