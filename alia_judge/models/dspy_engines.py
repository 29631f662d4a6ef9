"""What is asked of DSPy's engines that `dspy.LM` has no call for: an answer that only comes as a stream, whole."""

from __future__ import annotations

from typing import Any

from dspy import lm15

from alia_judge.models.dspy_internals import StreamAccumulator, engine_of, error_boundary, prepare

__all__ = ["acomplete", "complete", "takes_top_k"]

#: Providers whose protocol, as lm15 speaks it, has a place for it; to others it is sent as it is.
_TOP_K = frozenset({"anthropic", "gemini", "vertex", "vertex_ai", "google"})


def complete(lm: Any, request: lm15.Request) -> lm15.Response:
    """The answer to one request, asked for as a stream."""
    backend, canonical, provider = engine_of(lm, prepare(lm, request, None, {}), False)
    gathered = StreamAccumulator(canonical)
    with error_boundary(lm.model, provider=provider, unexpected=True):
        for event in backend.stream(canonical):
            _take(gathered, event)
    return gathered.response()


async def acomplete(lm: Any, request: lm15.Request) -> lm15.Response:
    """`complete` without blocking the event loop."""
    backend, canonical, provider = engine_of(lm, prepare(lm, request, None, {}, asynchronous=True), True)
    gathered = StreamAccumulator(canonical)
    with error_boundary(lm.model, provider=provider, unexpected=True):
        async for event in backend.stream(canonical):
            _take(gathered, event)
    return gathered.response()


def takes_top_k(model: str) -> bool:
    """Whether `top_k` has a name of its own on the way to this model."""
    return model.partition("/")[0] in _TOP_K


def _take(gathered: StreamAccumulator, event: Any) -> None:
    if event.type == "error":
        raise lm15.ServerError(event.error.message, provider_code=event.error.provider_code)
    gathered.push(event)
