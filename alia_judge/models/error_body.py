"""What a server says went wrong, in whichever layout it says it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

__all__ = ["ErrorBody", "read_error"]

#: Where the words are, the first that has any: OpenAI, vLLM from 0.10.2 and llama.cpp nest them in ``error``; vLLM
#: before, SGLang and LMDeploy say ``message`` at the top, as Cohere, Mistral and gateways of Bedrock do; TGI, Ollama,
#: LM Studio and xAI say ``error`` itself; FastAPI has ``detail``, a sentence or a list with the place of each fault.
_WORDS = ("error", "message", "detail", "errors", "msg", "error_message", "error_description", "reason", "title", "raw")
#: Where the short names are that programs go by.
_CODES = ("code", "type", "error_type", "error_code", "status", "kind")
#: What may hold more of both: OpenRouter's ``metadata`` (with the upstream's body as ``raw``), Azure's ``innererror``.
_INNER = ("error", "message", "metadata", "innererror", "inner_error", "details", "detail", "errors", "raw")
_LENGTH = 2000
_DEPTH = 8
_TAG = re.compile(
    r"<(?:style|script|head)\b.{0,20000}?</(?:style|script|head)>|<[^<>]{0,500}>", re.DOTALL | re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class ErrorBody:
    """What was said.

    Parameters
    ----------
    message
        In words; what a server of another took from that one's answer comes after its own.
    codes
        The short names that came with it, in order.
    setting
        Which part of the request is named as the one at fault; empty for none.
    """

    message: str
    codes: tuple[str, ...] = ()
    setting: str = ""


def read_error(content: bytes) -> ErrorBody:
    """What the body of a reply says went wrong; a body that is no JSON is its own message, without its HTML.

    Examples
    --------
    >>> read_error(b'{"detail": [{"loc": ["body", "top_logprobs"], "msg": "Input should be at most 5"}]}')
    ErrorBody(message='top_logprobs: Input should be at most 5', codes=(), setting='top_logprobs')
    >>> read_error(b'{"object": "error", "message": "System role not supported", "code": 400}').message
    'System role not supported'
    """
    text = content[: 64 * 1024].decode("utf-8", "replace")
    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        plain = " ".join(_TAG.sub(" ", text).split())
        return ErrorBody(message=plain[:_LENGTH])
    words = list(dict.fromkeys(" ".join(one.split()) for one in _words(data, 0) if one.strip()))
    kept = [one for place, one in enumerate(words) if not any(one in other for other in words[:place])]
    codes = tuple(dict.fromkeys(_codes(data, 0)))
    return ErrorBody(message="; ".join(kept)[:_LENGTH], codes=codes, setting=next(_settings(data, 0), ""))


def _words(data: Any, depth: int) -> Iterator[str]:
    if depth > _DEPTH:
        return
    if isinstance(data, str):
        yield from _unpacked(data, depth)
    elif isinstance(data, Mapping):
        place = _place(data)
        for name in _WORDS:
            for said in _words(data.get(name), depth + 1):
                yield f"{place}: {said}" if place and place not in said else said
        yield from _words(data.get("metadata"), depth + 1)
    elif isinstance(data, Sequence):
        for one in data[:5]:
            yield from _words(one, depth + 1)


def _unpacked(text: str, depth: int) -> Iterator[str]:
    """A text, or what it holds where it is JSON itself: gateways hand on what they were told."""
    if text.lstrip()[:1] in ("{", "["):
        try:
            inner = json.loads(text)
        except (ValueError, RecursionError):
            pass
        else:
            yield from _words(inner, depth + 1)
            return
    yield text


def _place(data: Mapping[str, Any]) -> str:
    """FastAPI's ``loc``, without the body that everything is in."""
    loc = data.get("loc")
    if not isinstance(loc, Sequence) or isinstance(loc, str):
        return ""
    return ".".join(str(part) for part in loc if part not in ("body", "request"))


def _codes(data: Any, depth: int) -> Iterator[str]:
    if depth > _DEPTH:
        return
    if isinstance(data, Mapping):
        for name in _CODES:
            value = data.get(name)
            if isinstance(value, (str, int)) and not isinstance(value, bool) and str(value):
                yield str(value)
        for name in _INNER:
            yield from _codes(data.get(name), depth + 1)
    elif isinstance(data, Sequence) and not isinstance(data, str):
        for one in data[:5]:
            yield from _codes(one, depth + 1)


def _settings(data: Any, depth: int) -> Iterator[str]:
    if depth > _DEPTH:
        return
    if isinstance(data, Mapping):
        named = data.get("param")
        if isinstance(named, str) and named:
            yield named
        if place := _place(data):
            yield place
        for name in _INNER:
            yield from _settings(data.get(name), depth + 1)
    elif isinstance(data, Sequence) and not isinstance(data, str):
        for one in data[:5]:
            yield from _settings(one, depth + 1)
