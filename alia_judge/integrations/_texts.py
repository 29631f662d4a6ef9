"""What other tools' records hold, as the texts a judge takes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

__all__ = ["one_text", "texts_of"]

#: Names under which tools keep what was asked, in the order they are tried.
_PROMPTS = ("prompt", "question", "query", "input", "request", "instruction")


def texts_of(inputs: Any, outputs: Any, expectations: Any = None) -> dict[str, str | None]:
    """What `Judge.forward` takes, from a record of inputs, outputs and expectations.

    Parameters
    ----------
    inputs
        What was asked: a text, a conversation (a list of messages with ``content``), or a mapping with one of these
        under ``prompt``, ``question``, ``query``, ``input``, ``request``, ``instruction`` or ``messages``, and perhaps
        ``context``.
    outputs
        The response: a text; anything else is written out as JSON.
    expectations
        A mapping with a ``reference``, ``expected_response`` or ``expected_output``, or None.
    """
    asked: Mapping[str, Any] = inputs if isinstance(inputs, Mapping) else {"prompt": inputs}
    expected: Mapping[str, Any] = expectations if isinstance(expectations, Mapping) else {}
    prompt = next((asked[name] for name in (*_PROMPTS, "messages") if asked.get(name)), None)
    reference = next(
        (expected[name] for name in ("reference", "expected_response", "expected_output") if expected.get(name)), None
    )
    return {
        "prompt": one_text(prompt),
        "response": one_text(outputs) or "",
        "context": one_text(asked.get("context")),
        "reference": one_text(reference),
    }


def one_text(value: Any) -> str | None:
    """A text as it is, a conversation line by line, anything else as JSON; None for None."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, list) and value and all(isinstance(turn, Mapping) and "content" in turn for turn in value):
        return "\n".join(f"{turn.get('role', 'user')}: {one_text(turn['content'])}" for turn in value)
    return json.dumps(value, ensure_ascii=False, default=str)
