"""What servers and gateways were seen to answer besides their dialects: the right verdict through every engine."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator
from typing import Any

import dspy
import pytest
from loopback import Loopback, Reply, chat

from alia_judge.errors import ModelError
from alia_judge.judging.judge import Judge
from alia_judge.judging.rubrics.rubric import Rubric
from alia_judge.models.limits import forget_logprobs
from alia_judge.models.resolve import resolve_lm
from alia_judge.records import Item, Scale
from alia_judge.runner import RunOptions, run

pytestmark = [
    # LiteLLM's own types make pydantic remark on them when they are first used, and on what servers write.
    pytest.mark.filterwarnings("ignore:Item '.*' on TypedDict class:UserWarning"),
    pytest.mark.filterwarnings("ignore:Pydantic serializer warnings"),
]

FIVE = Rubric(criterion="Coherence", scale=Scale.ordinal(1, 5))
TEN = Rubric(criterion="Coherence", scale=Scale.ordinal(1, 10))
ENGINES = ("direct", "lm15", "litellm")
Behaviour = Callable[[Any, str, int], Reply]


@pytest.fixture(autouse=True)
def _nothing_known_of_any_model() -> Iterator[None]:
    forget_logprobs()
    yield
    forget_logprobs()


def _refusal(status: int, message: str, code: str = "", headers: Any = None, body: Any = None) -> Reply:
    said = {"error": {"message": message, "type": code or "x", "code": code or None}}
    return status, headers or {}, said if body is None else body


def _once(reply: Reply) -> Behaviour:
    return lambda _body, _path, number: reply if number == 1 else (200, {}, chat("4"))


def _always(reply: Reply) -> Behaviour:
    return lambda *_: reply


def _token(text: str, likely: float, held: list[int] | None = None, top: Any = ()) -> dict[str, Any]:
    others = [{"token": one, "logprob": math.log(share), "bytes": None} for one, share in top]
    return {"token": text, "logprob": math.log(likely), "bytes": held, "top_logprobs": others}


def _listed(tokens: list[dict[str, Any]], text: str = "4") -> Behaviour:
    return _always((200, {}, chat(text, logprobs=tokens)))


#: By name: what the server does, what is right (a score, or reasons why there is none), and another rubric.
ODD: dict[str, tuple[Any, ...]] = {
    "seconds in words": (_once(_refusal(429, "Rate limited. Please retry in 0.2 seconds.", "rate_limit")), {"4"}),
    "ms in header": (_once(_refusal(429, "slow", "rate", {"retry-after-ms": "150"})), {"4"}),
    "retry after float": (_once(_refusal(429, "slow", "rate", {"Retry-After": "0.15"})), {"4"}),
    "retry after garbage": (_once(_refusal(429, "slow", "rate", {"Retry-After": "soon"})), {"4"}),
    "retry after negative": (_once(_refusal(429, "slow", "rate", {"Retry-After": "-5"})), {"4"}),
    "retry after nan": (_once(_refusal(429, "slow", "rate", {"Retry-After": "nan"})), {"4"}),
    "x-ratelimit-reset": (_once(_refusal(429, "slow", "rate", {"x-ratelimit-reset-requests": "120ms"})), {"4"}),
    "iso delay": (
        _once(
            _refusal(
                429,
                "x",
                "rate",
                body={
                    "error": {"code": 429, "message": "x", "details": [{"@type": "RetryInfo", "retryDelay": "0.2s"}]}
                },
            )
        ),
        {"4"},
    ),
    "529": (_once(_refusal(529, "Overloaded", "overloaded_error")), {"4"}),
    "520 html": (
        _once((520, {"Content-Type": "text/html"}, b"<html>Web server is returning an unknown error 3</html>")),
        {"4"},
    ),
    "408": (_once(_refusal(408, "Request timeout")), {"4"}),
    "425": (_once(_refusal(425, "Too early")), {"4"}),
    "200 html": (_once((200, {"Content-Type": "text/html"}, b"<html>Please log in 4</html>")), {"4"}),
    "200 empty": (_once((200, {}, b"")), {"4"}),
    "200 null": (_once((200, {}, b"null")), {"4"}),
    "200 list": (_once((200, {}, b"[4]")), {"4"}),
    "200 number": (_once((200, {}, b"4")), {"4"}),
    "choices empty": (_always((200, {}, {"choices": [], "usage": None})), {"empty"}),
    "choices null": (_once((200, {}, {"choices": None})), {"4", "empty"}),
    "message null": (
        _always((200, {}, {"choices": [{"index": 0, "message": None, "finish_reason": "stop"}]})),
        {"empty", "error"},
    ),
    "content number": (_always((200, {}, chat(4))), {"4", "empty"}),
    "content parts": (_always((200, {}, chat([{"type": "text", "text": "4"}]))), {"4"}),
    "content thinking part": (
        _always(
            (
                200,
                {},
                chat(
                    [{"type": "thinking", "thinking": [{"type": "text", "text": "2?"}]}, {"type": "text", "text": "4"}]
                ),
            )
        ),
        {"4"},
    ),
    "content bool": (_always((200, {}, chat(True))), {"no_score", "error", "empty"}),
    "finish unknown": (_always((200, {}, chat("4", finish="weird"))), {"4"}),
    "finish null": (_always((200, {}, chat("4", finish=None))), {"4"}),
    "safety upper": (_always((200, {}, chat(None, finish="SAFETY"))), {"content_filter", "empty"}),
    "filter with score": (_always((200, {}, chat("4", finish="content_filter"))), {"content_filter"}),
    "refusal field": (_always((200, {}, chat(None, refusal="I can't do 4"))), {"refusal"}),
    "refusal and content": (_always((200, {}, chat("4", refusal="No."))), {"refusal"}),
    "length number": (_always((200, {}, chat("4", finish="length"))), {"4"}),
    "length ten": (_always((200, {}, chat("1", finish="length"))), {"truncated", "1"}, TEN),
    "tool call": (
        _always(
            (
                200,
                {},
                chat(
                    None,
                    tool_calls=[
                        {"id": "1", "type": "function", "function": {"name": "score", "arguments": '{"score": 4}'}}
                    ],
                    finish="tool_calls",
                ),
            )
        ),
        {"empty", "no_score", "error"},
    ),
    "reasoning only": (_always((200, {}, chat("", reasoning="It is a 4"))), {"empty", "no_score", "truncated"}),
    "two choices": (
        _always(
            (200, {}, {**chat("4"), "choices": [chat("4")["choices"][0], {**chat("2")["choices"][0], "index": 1}]})
        ),
        {"4"},
    ),
    "policy 403": (
        _always(_refusal(403, "Your request was blocked by our content policy.", "moderation_blocked")),
        {"content_filter"},
    ),
    "451": (_always(_refusal(451, "Unavailable for legal reasons: content policy", "x")), {"content_filter", "error"}),
    "422 too long": (_always(_refusal(422, "Input is too long for requested model.", "x")), {"context_too_long"}),
    "413 html": (
        _always((413, {"Content-Type": "text/html"}, b"<html>413 Request Entity Too Large</html>")),
        {"context_too_long"},
    ),
    "lp byte tokens": (_listed([_token("<0x34>", 0.9, [0x34], [("<0x34>", 0.9), ("<0x35>", 0.1)])]), {"4"}),
    "lp b prefix": (_listed([_token("bytes:\\x34", 0.9, [0x34], [("bytes:\\x34", 0.9)])]), {"4"}),
    "lp space": (_listed([_token("Ġ4", 0.9, [32, 52], [("Ġ4", 0.9), ("Ġ5", 0.1)])]), {"4"}),
    "lp sentencepiece": (_listed([_token("▁4", 0.9, None, [("▁4", 0.9), ("▁5", 0.1)])]), {"4"}),
    "lp other text": (_listed([_token("2", 0.9, [50], [("2", 0.9)])], text="4"), {"4"}),
    "lp newline first": (
        _listed(
            [_token("\n", 0.9, [10], [("\n", 0.9), ("2", 0.1)]), _token("4", 0.9, [52], [("4", 0.9), ("5", 0.1)])],
            text="\n4",
        ),
        {"4"},
    ),
    "lp thought listed": (
        _listed(
            [
                _token("<think>", 0.9, None, [("<think>", 0.9)]),
                _token("2", 0.9, None, [("2", 0.9)]),
                _token("</think>", 0.9, None, [("</think>", 0.9)]),
                _token("4", 0.9, None, [("4", 0.9), ("5", 0.1)]),
            ],
            text="4",
        ),
        {"4"},
    ),
    "lp positive": (
        _always((200, {}, chat("4", logprobs=[{"token": "4", "logprob": 1000.0, "top_logprobs": []}]))),
        {"4", "error"},
    ),
    "lp null": (
        _always((200, {}, chat("4", logprobs=[{"token": "4", "logprob": None, "top_logprobs": None}]))),
        {"4", "error"},
    ),
    "lp strings": (
        _always((200, {}, chat("4", logprobs=[{"token": "4", "logprob": "-0.1", "top_logprobs": []}]))),
        {"4", "error"},
    ),
    "lp dict old": (
        _always(
            (
                200,
                {},
                {
                    **chat("4"),
                    "choices": [
                        {
                            **chat("4")["choices"][0],
                            "logprobs": {
                                "tokens": ["4"],
                                "token_logprobs": [-0.1],
                                "top_logprobs": [{"4": -0.1, "5": -2.3}],
                            },
                        }
                    ],
                },
            )
        ),
        {"4"},
    ),
    "lp ten split": (
        _listed([_token("1", 0.9, [49], [("1", 0.9), ("2", 0.1)]), _token("0", 0.9, [48], [("0", 0.9)])], text="10"),
        {"10"},
        TEN,
    ),
    "lp ten whole": (_listed([_token("10", 0.9, [49, 48], [("10", 0.9), ("9", 0.1)])], text="10"), {"10"}, TEN),
    "lp fullwidth": (_listed([_token("４", 0.9, None, [("４", 0.9)])], text="４"), {"4"}),
    "bom": (_always((200, {}, b"\xef\xbb\xbf" + json.dumps(chat("4")).encode())), {"4", "error", "end"}),
    "latin1": (
        _always((200, {}, json.dumps(chat("Puntuaci\u00f3n: 4"), ensure_ascii=False).encode("latin-1"))),
        {"4", "error", "end"},
    ),
    "nan body": (_always((200, {}, json.dumps({**chat("4"), "x": float("nan")}).encode())), {"4"}),
    "sse": (
        _always(
            (
                200,
                {"Content-Type": "text/event-stream"},
                b'data: {"choices":[{"index":0,"delta":{"content":"4"},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n',
            )
        ),
        {"4", "error", "end"},
    ),
    "sse cut": (
        _always(
            (200, {"Content-Type": "text/event-stream"}, b'data: {"choices":[{"index":0,"delta":{"content":"4"}}]}\n\n')
        ),
        {"error", "end"},
    ),
    "duplicate keys": (
        _always(
            (
                200,
                {},
                b'{"id":"1","object":"chat.completion","created":1,"model":"m","choices":[{"index":0,"message":{"role":"assistant","content":"2"},"message":{"role":"assistant","content":"4"},"finish_reason":"stop"}]}',
            )
        ),
        {"4"},
    ),
}


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("name", ODD)
def test_an_odd_answer_ends_right_through_every_engine(name: str, engine: str) -> None:
    behave, right, *rubric = ODD[name]
    with Loopback(behave) as server:
        lm = resolve_lm("openai/judge", api_base=server.url, api_key="k")
        if engine != "direct":
            lm = dspy.LM(lm.model, api_base=server.url, api_key="k", engine=engine, cache=False)
        options = RunOptions(patience=25.0, timeout=20.0, seed=0)
        try:
            (verdict,) = run(
                Judge(rubric[0] if rubric else FIVE, lm), [Item(item_id="a", response="It works.")], options=options
            ).verdicts
        except ModelError:
            assert "end" in right
            return
    assert (verdict.unscored or f"{verdict.parsed:g}") in right, verdict.detail
