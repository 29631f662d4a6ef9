"""OpenAI's chat protocol as it is on the wire: a body to send, and the answer in it, with nothing in between.

What is plain is read here, quickly; whatever is out of the ordinary (`read_answer` gives None) is left to lm15, which
knows the rest of the protocol.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import orjson
from dspy import lm15

from alia_judge.models.logprobs import TokenAlternatives, token_alternatives
from alia_judge.models.thinking import thoughts_of

__all__ = ["ChatAnswer", "encode_body", "read_answer", "typed_request"]

#: What servers understand beyond OpenAI's protocol, and are sent as it is: of vLLM (its older and its newer names for a
#: choice among given answers, how the prompt ends, what the chat template is told) and of llama.cpp.
_EXTENSIONS = frozenset(
    {"guided_choice", "guided_grammar", "guided_json", "guided_regex", "structured_outputs", "chat_template_kwargs"}
    | {"add_generation_prompt", "continue_final_message", "min_p", "repetition_penalty"}
    | {"grammar", "cache_prompt", "id_slot"}
)
#: Settings that stand in the body as they are. Of anything else lm15 knows what becomes of it.
_PLAIN = _EXTENSIONS | frozenset(
    {"model", "messages", "temperature", "top_p", "seed", "frequency_penalty", "presence_penalty", "logprobs"}
    | {"top_logprobs", "max_tokens"}
)
_ROLES = frozenset({"system", "user", "assistant"})
_FINISH_REASONS = {None: "stop", "": "stop", "stop": "stop", "length": "length", "content_filter": "content_filter"}


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
        As lm15 names it: ``"stop"``, ``"length"`` or ``"content_filter"``.
    refusal
        What the provider marked as a refusal; None where it marked none.
    prompt_tokens, completion_tokens, cached_tokens
        As the server counts them; 0 where it does not.
    """

    text: str
    tokens: tuple[TokenAlternatives, ...]
    thought: bool
    finish_reason: str
    refusal: str | None
    prompt_tokens: int
    completion_tokens: int
    cached_tokens: int

    def usage(self) -> dict[str, int]:
        """The counts as DSPy tracks them."""
        return {"prompt_tokens": self.prompt_tokens, "completion_tokens": self.completion_tokens}


def typed_request(body: Mapping[str, Any]) -> lm15.Request:
    """As `dspy.lm15.request_from_openai_chat`, which refuses what it does not know, but with servers' own settings.

    Examples
    --------
    >>> request = typed_request(
    ...     {"model": "m", "messages": [{"role": "user", "content": "Score:"}], "guided_choice": ["1", "2"]}
    ... )
    >>> request.config.extensions
    {'guided_choice': ['1', '2']}
    """
    extensions = {name: body[name] for name in _EXTENSIONS & body.keys()}
    if not extensions:
        return lm15.request_from_openai_chat(body)
    request = lm15.request_from_openai_chat({name: body[name] for name in body if name not in extensions})
    known = request.config.extensions or {}
    return replace(request, config=replace(request.config, extensions={**known, **extensions}))


def encode_body(body: Mapping[str, Any]) -> bytes | None:
    """The request's JSON; None where a setting or a message is not plain.

    Parameters
    ----------
    body
        ``model``, ``messages`` and settings, as `dspy.lm15.request_from_openai_chat` takes them.
    """
    if not _PLAIN.issuperset(body):
        return None
    for message in body["messages"]:
        if len(message) != 2 or message["role"] not in _ROLES or not isinstance(message["content"], str):
            return None
    try:
        return orjson.dumps(body)
    except TypeError:  # a lone surrogate, which no server can be sent, or a setting that is no JSON
        return None


def read_answer(content: bytes) -> ChatAnswer | None:
    """The answer in a reply's body; None where it is not JSON, reports an error, or has more in it than text."""
    try:
        data = _decoded(content)
        (choice,) = data["choices"]
        message = choice["message"]
        text, refusal = message.get("content") or "", message.get("refusal") or None
        finish_reason = _FINISH_REASONS.get(choice.get("finish_reason"))
        if finish_reason is None or message.get("tool_calls") or data.get("error"):
            return None
        if not isinstance(text, str) or not (refusal is None or isinstance(refusal, str)):
            return None
        usage = data.get("usage") or {}
        cached = (usage.get("prompt_tokens_details") or {}).get("cached_tokens")
        return ChatAnswer(
            text=text,
            tokens=tuple(token_alternatives(choice.get("logprobs"))),
            thought=bool(thoughts_of(message)),
            finish_reason=finish_reason,
            refusal=refusal,
            prompt_tokens=int(usage.get("prompt_tokens") or 0),
            completion_tokens=int(usage.get("completion_tokens") or 0),
            cached_tokens=int(cached or 0),
        )
    except (AttributeError, KeyError, TypeError, ValueError):
        return None


def _decoded(content: bytes) -> Any:
    try:
        return orjson.loads(content)
    except orjson.JSONDecodeError:
        return json.loads(content)  # which reads NaN and Infinity too, as some servers write them
