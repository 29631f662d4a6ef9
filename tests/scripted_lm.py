"""A `dspy.LM` on a scripted engine: DSPy's own contract for engines, with answers that a test decides."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Mapping
from typing import Any

import dspy
from dspy.lm15 import Message, RefusalPart, Request, Response, TextPart, TokenLogprob, TopLogprob, Usage

Script = Callable[[Request], "Response | str"]


def respond(
    text: str,
    *,
    tops: list[Mapping[str, float]] | None = None,
    tokens: list[str] | None = None,
    finish_reason: str = "stop",
    refusal: str | None = None,
    usage: Usage | None = None,
) -> Response:
    """A response; `tops` gives the probability of each candidate at each token, `tokens` those that were chosen."""
    logprobs = None
    if tops is not None:
        chosen = tokens or [max(top, key=lambda token: top[token]) for top in tops]
        logprobs = tuple(
            TokenLogprob(
                token,
                math.log(top[token]),
                top=tuple(TopLogprob(other, math.log(probability)) for other, probability in top.items()),
            )
            for token, top in zip(chosen, tops, strict=True)
        )
    part = TextPart(text) if refusal is None else RefusalPart(refusal)
    return Response(
        id=None,
        model="scripted",
        message=Message.assistant([part]),
        finish_reason=finish_reason,
        usage=usage or Usage(input_tokens=100, output_tokens=1),
        logprobs=logprobs,
    )


class ScriptedEngine:
    """Answers each request with what `script` makes of it, and remembers the requests."""

    def __init__(self, script: Script | str) -> None:
        self._script = (lambda request: script) if isinstance(script, str) else script
        self._lock = threading.Lock()
        self.requests: list[Request] = []

    def complete(self, request: Request) -> Response:
        with self._lock:
            self.requests.append(request)
        answer = self._script(request)
        return respond(answer) if isinstance(answer, str) else answer

    def prompts(self) -> list[str]:
        """The last message of each request."""
        return [request.messages[-1].text for request in self.requests]


class AsyncScriptedEngine:
    def __init__(self, engine: ScriptedEngine) -> None:
        self._engine = engine

    async def complete(self, request: Request) -> Response:
        return self._engine.complete(request)


def scripted_lm(script: Script | str, *, asynchronous: bool = True, **settings: Any) -> dspy.LM:
    """A `dspy.LM` whose ``engine`` is a `ScriptedEngine`; without DSPy's response cache."""
    engine = ScriptedEngine(script)
    async_engine = AsyncScriptedEngine(engine) if asynchronous else None
    return dspy.LM("test/scripted", engine=engine, async_engine=async_engine, cache=False, **settings)
