"""A judge's parts as JSON, and back."""

from __future__ import annotations

from typing import Any

import dspy
from dspy.clients.backend_selection import CLIENT_KEYS

__all__ = ["as_example", "named_model", "plain_example"]

_SHOWN = ("context", "reference", "prompt", "response", "response_b", "score", "reasons")


def as_example(demo: Any) -> Any:
    """A demonstration as DSPy keeps it."""
    return demo if isinstance(demo, dspy.Example) else dspy.Example(**demo)


def plain_example(demo: Any) -> dict[str, Any]:
    """A demonstration as JSON, without what makes no difference to the prompt."""
    return {field: demo[field] for field in _SHOWN if field in demo and demo[field] is not None}


def named_model(lm: Any) -> dict[str, Any]:
    """A model's name and what it is asked with, as JSON, without keys, addresses or what only DSPy acts on."""
    settings = {
        key: value
        for key, value in lm.kwargs.items()
        if key not in CLIENT_KEYS and isinstance(value, (str, int, float, bool, list, dict))
    }
    return {"name": lm.model, "settings": settings}
