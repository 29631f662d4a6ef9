"""The reply to a failed call, which the error of DSPy's own engine does not carry where its layout is not OpenAI's.

lm15 reads ``error.message`` and nothing else of what an OpenAI-compatible server answers, so that of vLLM before
0.10.2, of FastAPI and of many gateways only the status is left. The reply is found where it was refused: among the
variables of the call that raised. So is an answer that DSPy's engine or LiteLLM could not read, as when a server counts
tokens in words: all that matters of it is there.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

__all__ = ["reply_of", "unread_answer"]

_FRAMES = 30
_OK, _REFUSED = 200, 400
_LM15, _LITELLM = "dspy._vendor.lm15.providers", "litellm.litellm_core_utils.llm_response_utils"


def reply_of(error: BaseException) -> tuple[Sequence[tuple[str, str]], bytes]:
    """The headers and body that a server refused a call with; neither where the error came of no reply."""
    for one in _causes(error):
        if (kept := getattr(one, "reply", None)) is not None:  # of a server that this library called itself
            return kept.headers, kept.body
        for module, held in _frames(one):
            if module.startswith(_LM15):
                reply = held.get("resp") or held.get("response")
                body, headers = getattr(reply, "body", None), getattr(reply, "headers", None)
                if isinstance(body, bytes) and getattr(reply, "status", 0) >= _REFUSED:
                    return list(headers or ()), body
    return (), b""


def unread_answer(error: BaseException) -> Mapping[str, Any] | None:
    """The JSON of an answer in OpenAI's chat protocol that came whole and that an engine could not read; None for none.

    Parameters
    ----------
    error
        As the engine raised it.
    """
    for one in _causes(error):
        for module, held in _frames(one):
            found: Any = None
            if module.startswith(_LM15):
                reply = held.get("resp") or held.get("response")
                if isinstance(body := getattr(reply, "body", None), bytes) and getattr(reply, "status", 0) == _OK:
                    found = _json(body)
            elif module.startswith(_LITELLM):
                found = held.get("response_object")
            elif module.startswith("dspy.") and hasattr(held.get("response"), "model_dump"):
                found = held["response"].model_dump()
            if isinstance(found, Mapping) and isinstance(found.get("choices"), list) and found["choices"]:
                return found
    return None


def _json(body: bytes) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


def _frames(error: BaseException) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The module and the variables of each call that an error went through."""
    trace, frames = error.__traceback__, 0
    while trace is not None and frames < _FRAMES:
        yield trace.tb_frame.f_globals.get("__name__", ""), trace.tb_frame.f_locals
        trace, frames = trace.tb_next, frames + 1


def _causes(error: BaseException) -> Iterator[BaseException]:
    seen: set[int] = set()
    one: BaseException | None = error
    while one is not None and id(one) not in seen:
        seen.add(id(one))
        yield one
        one = one.__cause__ or one.__context__
