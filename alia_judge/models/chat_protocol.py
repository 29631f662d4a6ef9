"""OpenAI's chat protocol as it is on the wire: a body to send, and the answer in it, with nothing in between."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import orjson
from dspy import lm15

from alia_judge._messages import message
from alia_judge.models.dspy_engines import takes_top_k
from alia_judge.models.logprobs import TokenAlternatives, token_alternatives
from alia_judge.models.thinking import thoughts_of

__all__ = [
    "ChatAnswer",
    "answer_body",
    "answer_of",
    "broken_off",
    "encode_body",
    "read_answer",
    "revision_of",
    "typed_request",
]

#: Settings that lm15 knows by their names in OpenAI's protocol; any other is sent as it is.
_TYPED = frozenset(
    {"model", "messages", "temperature", "top_p", "max_tokens", "seed", "frequency_penalty", "presence_penalty"}
    | {"logprobs", "top_logprobs", "stop", "response_format", "reasoning_effort"}
)
#: Why servers say that a model stopped, as lm15 names it; anything else is an end like any other. OpenAI's own; Ollama,
#: TGI, llama.cpp, Cohere; Anthropic's and Gemini's words, which gateways let through.
_FINISHED: Mapping[str, str] = {
    **dict.fromkeys(("stop", "eos", "eos_token", "end_turn", "stop_sequence", "complete", "finished"), "stop"),
    **dict.fromkeys(("length", "max_tokens", "max_output_tokens", "model_length", "token_limit", "limit"), "length"),
    **dict.fromkeys(
        ("content_filter", "content-filter", "content_filtered", "contentfilter", "refusal"), "content_filter"
    ),
    **dict.fromkeys(("safety", "recitation", "prohibited_content", "blocklist", "spii", "language"), "content_filter"),
    **dict.fromkeys(("sensitive", "guardrail_intervened", "image_safety", "violation", "filtered"), "content_filter"),
    **dict.fromkeys(("tool_calls", "function_call", "tool_use"), "tool_call"),
}
#: Why a server broke off that may well answer the next time: OpenRouter, DeepSeek, Zhipu, vLLM and SGLang.
_BROKEN = frozenset({"error", "insufficient_system_resource", "network_error", "abort", "cancelled", "timeout"})
_OK = 200
#: Characters of what a server calls itself that are kept.
_LONGEST_NAME = 100


@dataclass(frozen=True, slots=True)
class ChatAnswer:
    """One answer.

    Parameters
    ----------
    text
        What the model wrote, without its thinking where the server keeps the two apart.
    tokens
        Its tokens with their alternatives; empty where the model gives no log-probabilities.
    thought
        Whether the server says that the model thought before it wrote; its tokens may then be among `tokens`.
    finish_reason
        As lm15 names it: ``"stop"``, ``"length"``, ``"content_filter"`` or ``"tool_call"``.
    refusal
        What the provider marked as a refusal; None where it marked none.
    prompt_tokens, completion_tokens, cached_tokens
        As the server counts them; 0 where it does not.
    revision
        What the server says of who answered (`revision_of`).
    """

    text: str
    tokens: tuple[TokenAlternatives, ...]
    thought: bool
    finish_reason: str
    refusal: str | None
    prompt_tokens: int
    completion_tokens: int
    cached_tokens: int
    revision: str = ""

    def usage(self) -> dict[str, int]:
        """The counts as DSPy tracks them."""
        return {"prompt_tokens": self.prompt_tokens, "completion_tokens": self.completion_tokens}


def typed_request(lm: Any, body: Mapping[str, Any]) -> lm15.Request:
    """As `dspy.lm15.request_from_openai_chat`, which refuses what it does not know, but with servers' own settings.

    Examples
    --------
    >>> class Named:
    ...     model = "openai/m"
    >>> asked = {"model": "openai/m", "messages": [{"role": "user", "content": "Score:"}]}
    >>> typed_request(Named(), {**asked, "guided_choice": ["1", "2"], "top_k": 1}).config.extensions
    {'guided_choice': ['1', '2'], 'top_k': 1}
    """
    known = {name: _plain(value) for name, value in body.items() if name in _TYPED}
    others = {name: _plain(value) for name, value in body.items() if name not in _TYPED}
    request = lm15.request_from_openai_chat(known)
    config = request.config
    if "top_k" in others and takes_top_k(lm.model):
        config = replace(config, top_k=others.pop("top_k"))
    if others:
        config = replace(config, extensions={**(config.extensions or {}), **others})
    return replace(request, config=config)


def encode_body(body: Mapping[str, Any]) -> bytes | None:
    """The request's JSON; None where a setting is none.

    Parameters
    ----------
    body
        ``model``, ``messages`` and settings, as the server is to get them.
    """
    try:
        return orjson.dumps(body)
    except TypeError:  # a lone surrogate, which no server can be sent, or a class as the answer's schema
        return None


def read_answer(content: bytes) -> ChatAnswer:
    """The answer in a reply's body, sent whole or as a stream of events.

    Raises
    ------
    lm15.ProviderError
        If it is no answer, or reports that there is none: what may be otherwise the next time.
    """
    return answer_of(answer_body(content))


def answer_body(content: bytes) -> Any:
    """The JSON of an answer; of a stream of events, what it adds up to.

    Raises
    ------
    lm15.ProviderError
        If it is no JSON, or a stream that ended before its end.
    """
    if content.lstrip()[:6].startswith((b"data:", b"event:", b":", b"id:")):
        return _gathered(content)
    try:
        return _decoded(content)
    except (ValueError, RecursionError) as error:
        said = message("the answer is not JSON: {content!r}", content=content[:80])
        raise lm15.ProviderError(said, status=_OK) from error


def answer_of(data: Any) -> ChatAnswer:
    """The answer in its JSON; counts of tokens that are none count as unknown.

    Raises
    ------
    lm15.ProviderError
        As `read_answer`.
    """
    if not isinstance(data, Mapping):
        raise lm15.ProviderError(message("the answer is no JSON object: {data!r}", data=str(data)[:80]), status=_OK)
    if data.get("error"):
        said = message("the server reports an error in place of an answer: {error}", error=_said(data["error"]))
        raise lm15.ServerError(said, status=_OK)
    choices = data.get("choices")
    if not isinstance(choices, list):
        said = message("there are no choices in the answer: {data!r}", data=str(data)[:80])
        raise lm15.ProviderError(said, status=_OK)
    choice = choices[0] if choices and isinstance(choices[0], Mapping) else {}
    finish = _finish_reason(choice)
    written = choice.get("message")
    written = written if isinstance(written, Mapping) else {}
    try:
        tokens = tuple(token_alternatives(choice.get("logprobs")))
    except (AttributeError, TypeError, ValueError, OverflowError) as error:
        said = message("the log-probabilities of the answer cannot be read ({error})", error=str(error))
        raise lm15.ProviderError(said, status=_OK) from error
    usage = data.get("usage")
    usage = usage if isinstance(usage, Mapping) else {}
    details = usage.get("prompt_tokens_details")
    refusal = written.get("refusal")
    return ChatAnswer(
        text=_text(written.get("content", choice.get("text"))),
        tokens=tokens,
        thought=bool(thoughts_of(written)),
        finish_reason=finish,
        refusal=_text(refusal) or None,
        prompt_tokens=_count(usage.get("prompt_tokens")),
        completion_tokens=_count(usage.get("completion_tokens")),
        cached_tokens=_count(details.get("cached_tokens")) if isinstance(details, Mapping) else 0,
        revision=revision_of(data.get("model"), data.get("system_fingerprint")),
    )


def broken_off(choice: Mapping[str, Any]) -> str:
    """What a server says that kept it from ending its answer; empty where it ended as it should."""
    if choice.get("error"):
        return _said(choice["error"])
    reason = _word(choice.get("finish_reason"))
    return reason if reason in _BROKEN else ""


def revision_of(model: Any, fingerprint: Any) -> str:
    """What a server says of who answered: the model by its own name, and its fingerprint; empty where it says nothing.

    Examples
    --------
    >>> revision_of("gpt-4o-2024-08-06", "fp_45cf54"), revision_of("judge", None)
    ('gpt-4o-2024-08-06 fp_45cf54', 'judge')
    """
    return " ".join(one.strip()[:_LONGEST_NAME] for one in (model, fingerprint) if isinstance(one, str) and one.strip())


def _finish_reason(choice: Mapping[str, Any]) -> str:
    said = choice.get("finish_reason")
    if said == "stop" and "error" not in choice:
        return "stop"
    if broken := broken_off(choice):
        raise lm15.ServerError(message("the server broke off its answer: {broken}", broken=broken), status=_OK)
    return _FINISHED.get(_word(said), "stop")


def _word(finish_reason: Any) -> str:
    """Some say more than one word: "content_filter: SAFETY"."""
    return str(finish_reason or "stop").partition(":")[0].strip().lower()


def _said(error: Any) -> str:
    words = error.get("message") if isinstance(error, Mapping) else error
    return str(words or error)[:300]


def _text(content: Any) -> str:
    """Text as servers put it: a string, a list of parts (whose thoughts are no text), or a value that was asked for."""
    if isinstance(content, str):
        return content
    if content is None:
        return ""
    if isinstance(content, list):
        texts = (part.get("text") if isinstance(part, Mapping) else part for part in content)
        return "".join(text for text in texts if isinstance(text, str))
    return json.dumps(content)


def _count(value: Any) -> int:
    """A number of tokens; servers without one write null, a text, a fraction or -1."""
    try:
        return max(0, int(float(value)))
    except (TypeError, ValueError, OverflowError):
        return 0


def _gathered(content: bytes) -> dict[str, Any]:
    """What a stream of events adds up to, as the same answer would be whole."""
    text: list[str] = []
    thoughts: list[str] = []
    entries: list[Any] = []
    whole: dict[str, Any] = {"usage": None}
    choice: dict[str, Any] = {"finish_reason": None}
    refusal, ended = "", False
    for data in _events(content):
        if data.get("error"):
            return data
        whole["usage"] = data.get("usage") or whole["usage"]
        for part in data.get("choices") or ():
            delta = part.get("delta") or part.get("message") or {}
            text.append(_text(delta.get("content", part.get("text"))))
            thoughts.append(thoughts_of(delta))
            refusal += _text(delta.get("refusal"))
            entries += (part.get("logprobs") or {}).get("content") or ()
            choice["error"] = part.get("error") or choice.get("error")
            choice["finish_reason"] = part.get("finish_reason") or choice["finish_reason"]
            ended = ended or bool(part.get("finish_reason"))
    if not ended:
        raise lm15.ProviderError(message("the stream of the answer ended before its end"), status=_OK)
    written = {"content": "".join(text), "reasoning_content": "".join(thoughts), "refusal": refusal or None}
    return {**whole, "choices": [{**choice, "message": written, "logprobs": {"content": entries} if entries else None}]}


def _events(content: bytes) -> Iterator[dict[str, Any]]:
    for line in content.splitlines():
        if not line.startswith(b"data:") or (data := line[5:].strip()) == b"[DONE]":
            continue
        try:
            event = _decoded(data)
        except (ValueError, RecursionError) as error:
            said = message("an event of the answer is not JSON: {data!r}", data=data[:80])
            raise lm15.ProviderError(said, status=_OK) from error
        if isinstance(event, dict):
            yield event


def _plain(value: Any) -> Any:
    """A value without what this library marks its own wishes by."""
    if isinstance(value, bool):
        return value
    return int(value) if isinstance(value, int) else dict(value) if isinstance(value, dict) else value


def _decoded(content: bytes) -> Any:
    try:
        return orjson.loads(content)
    except orjson.JSONDecodeError:
        return json.loads(content)  # which reads NaN and Infinity too, as some servers write them
