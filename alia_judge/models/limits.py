"""How many alternatives a model gives with log-probabilities, learnt from its refusals and remembered.

Servers differ: OpenAI and vLLM give 20 unless told otherwise, some give 5, some none, and who is asked for more answers
400. What one call learnt, every later call of this process knows, over judges, runs and copies of the LM.
"""

from __future__ import annotations

import re
from typing import Any

__all__ = [
    "accepted_logprobs",
    "accepts_schema",
    "exceeds_context",
    "fewer_logprobs",
    "forget_logprobs",
    "refuses_schema",
    "remember_logprobs",
    "remember_no_schema",
]

#: What to try after a refusal that names no number.
_COMMON_LIMIT = 5
_NUMBER = re.compile(r"(?<![\w.])\d{1,3}(?![\w.]*\d)")

#: How servers say that a prompt does not fit: OpenAI and vLLM, llama.cpp, TGI, Ollama and others, in their words.
_TOO_LONG = re.compile(
    r"(?:maximum|available|model's|exceeds?\w* (?:the|its)) (?:\w+ )?context (?:length|size|window)"
    r"|exceed_context_size|context_length_exceeded|prompt is too long|inputs?`? tokens? .{0,60}must be <=",
    re.IGNORECASE,
)

_accepted: dict[tuple[str, str], int] = {}
_without_schema: set[tuple[str, str]] = set()
_SCHEMA = re.compile(r"response_?format|json_?schema|structured[ _]output|guided|grammar", re.IGNORECASE)


def accepted_logprobs(lm: Any, wanted: int) -> int:
    """How many alternatives to ask `lm` for where `wanted` are wanted; fewer if it has refused so many before."""
    return min(wanted, _accepted.get(_place(lm), wanted)) if wanted and _accepted else wanted


def fewer_logprobs(error: Exception, asked: int) -> int | None:
    """How many to ask for after `asked` alternatives were refused with `error`; None if it refused something else.

    The number is the largest in the message below `asked` ("must be <= 5", "between 0 and 5", "20, which is greater
    than max allowed: 5"); without one it is 5, and after that none.

    Examples
    --------
    >>> fewer_logprobs(ValueError("top_logprobs must be less than or equal to 8"), 20)
    8
    >>> fewer_logprobs(ValueError("this model gives no logprobs"), 8), fewer_logprobs(ValueError("logprobs?"), 5)
    (5, 0)
    >>> fewer_logprobs(ValueError("the key has expired"), 20) is None
    True
    """
    message = str(error).lower()
    if not asked or "logprob" not in message:
        return None
    named = [number for number in map(int, _NUMBER.findall(message)) if 0 < number < asked]
    return max(named, default=_COMMON_LIMIT if asked > _COMMON_LIMIT else 0)


def remember_logprobs(lm: Any, given: int) -> None:
    """Remember that `lm` gave `given` alternatives where it had refused more.

    Only an answer is proof: servers quote the request in their refusals, and then each of them mentions logprobs.
    """
    _accepted[_place(lm)] = given


def accepts_schema(lm: Any) -> bool:
    """Whether `lm` has not yet refused an answer's schema."""
    return _place(lm) not in _without_schema


def refuses_schema(error: Exception) -> bool:
    """Whether `error` is a refusal of an answer's schema, and not of something else."""
    return _SCHEMA.search(str(error)) is not None


def remember_no_schema(lm: Any) -> None:
    """Remember that `lm` takes no schema for its answers."""
    _without_schema.add(_place(lm))


def exceeds_context(error: Exception) -> bool:
    """Whether a bad request was bad for its length alone; only some servers give that error a code of its own.

    Examples
    --------
    >>> exceeds_context(ValueError("request (9122 tokens) exceeds the available context size (2048 tokens)"))
    True
    >>> exceeds_context(ValueError("Invalid value for 'messages'"))
    False
    """
    return _TOO_LONG.search(str(error)) is not None


def forget_logprobs() -> None:
    """Forget what was learnt, for a server that has been started anew with other settings."""
    _accepted.clear()
    _without_schema.clear()


def _place(lm: Any) -> tuple[str, str]:
    """The model and where it is."""
    address = getattr(getattr(lm, "engine", None), "address", None) or lm.kwargs.get("api_base") or ""
    return str(lm.model), str(address)
