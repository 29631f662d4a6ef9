"""The reply to a refused call, which the error of DSPy's own engine does not carry where its layout is not OpenAI's.

lm15 reads ``error.message`` and nothing else of what an OpenAI-compatible server answers, so that of vLLM before
0.10.2, of FastAPI and of many gateways only the status is left. The reply is found where it was refused: among the
variables of the call that raised.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

__all__ = ["reply_of"]

_FRAMES = 30
_REFUSED = 400


def reply_of(error: BaseException) -> tuple[Sequence[tuple[str, str]], bytes]:
    """The headers and body that a server refused a call with; neither where the error came of no reply."""
    for one in _causes(error):
        if (kept := getattr(one, "reply", None)) is not None:  # of a server that this library called itself
            return kept.headers, kept.body
        trace, frames = one.__traceback__, 0
        while trace is not None and frames < _FRAMES:
            if trace.tb_frame.f_globals.get("__name__", "").startswith("dspy._vendor.lm15.providers"):
                held = trace.tb_frame.f_locals
                reply = held.get("resp") or held.get("response")
                body, headers = getattr(reply, "body", None), getattr(reply, "headers", None)
                if isinstance(body, bytes) and getattr(reply, "status", 0) >= _REFUSED:
                    return list(headers or ()), body
            trace, frames = trace.tb_next, frames + 1
    return (), b""


def _causes(error: BaseException) -> Iterator[BaseException]:
    seen: set[int] = set()
    one: BaseException | None = error
    while one is not None and id(one) not in seen:
        seen.add(id(one))
        yield one
        one = one.__cause__ or one.__context__
