"""Token log-probabilities, in one shape whatever engine or server they came through."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from operator import itemgetter
from typing import Any

__all__ = ["TokenAlternatives", "token_alternatives"]


_LOGPROB = itemgetter(1)


@dataclass(frozen=True, kw_only=True)
class TokenAlternatives:
    """One generated token and what the model might have said in its place.

    Parameters
    ----------
    token
        The token that was chosen, as text (with its leading space, if it has one). Bytes of a character that is split
        over several tokens are lone surrogates, as ``errors="surrogateescape"`` writes them.
    logprob
        Natural logarithm of its probability; NaN where the server gives none.
    top
        ``(token, logprob)`` of the likeliest candidates, most likely first. The chosen token is always among them,
        though servers differ on whether they report it there.
    """

    token: str
    logprob: float
    top: tuple[tuple[str, float], ...]


def token_alternatives(output: Any) -> list[TokenAlternatives]:
    """The alternatives of each generated token, or an empty list where the model gave no log-probabilities.

    Parameters
    ----------
    output
        Anything DSPy or a server gives back for one answer: an element of ``lm(...)``'s list (a string or a dict), a
        `dspy.Prediction`, a `dspy.lm15.Response`, an OpenAI chat or completions choice, or the ``logprobs`` object
        itself. DSPy's own engine carries ``{"content": [...]}`` with attribute access, LiteLLM's carries pydantic
        models, and an absent answer is ``None``, ``{"content": []}`` or no field at all; all of them are read.

    Returns
    -------
    list of TokenAlternatives
        One per generated token, in order.

    Examples
    --------
    >>> answer = {"text": "4", "logprobs": {"content": [{"token": "4", "logprob": -0.1,
    ...     "top_logprobs": [{"token": "4", "logprob": -0.1}, {"token": "5", "logprob": -2.4}]}]}}
    >>> token_alternatives(answer)[0].top
    (('4', -0.1), ('5', -2.4))
    >>> token_alternatives("4")
    []
    """
    if output is None or isinstance(output, str):
        return []
    held = _get(output, "logprobs")
    logprobs = output if held is None else held
    if isinstance(logprobs, (tuple, list)):  # dspy.lm15.Response.logprobs, or the content list itself
        return _entries(logprobs)
    if (content := _get(logprobs, "content")) is not None:
        return _entries(content)
    if (tokens := _get(logprobs, "tokens")) is not None:
        return _legacy(tokens, _get(logprobs, "token_logprobs") or (), _get(logprobs, "top_logprobs") or ())
    return []


def _get(thing: Any, name: str) -> Any:
    # Asking whether a thing is a Mapping is slow, and nearly every thing here is a dictionary.
    return thing.get(name) if type(thing) is dict or isinstance(thing, Mapping) else getattr(thing, name, None)


def _entries(entries: Any) -> list[TokenAlternatives]:
    """OpenAI chat completions: a list of objects, each with its ``top_logprobs`` (lm15 calls them ``top``)."""
    if isinstance(entries, str):
        return []
    result = []
    for entry in entries:
        token, logprob = _get(entry, "token"), _get(entry, "logprob")
        if token is None:
            continue
        token = _text(token, entry)
        if logprob is None:  # left out, the others would no longer spell the answer
            result.append(TokenAlternatives(token=token, logprob=math.nan, top=()))
            continue
        candidates = _get(entry, "top_logprobs") or _get(entry, "top") or ()
        if (plain := _plain(token, logprob, candidates)) is not None:
            result.append(plain)
            continue
        pairs = ((_text(_get(candidate, "token"), candidate), _get(candidate, "logprob")) for candidate in candidates)
        result.append(_alternatives(token, logprob, pairs))
    return result


def _plain(token: str, logprob: Any, candidates: Any) -> TokenAlternatives | None:
    """What nearly every server sends, read in one loop: numbers, and tokens of ASCII that stand for themselves."""
    if type(logprob) is not float:
        return None
    best = {token: logprob}
    try:
        for candidate in candidates:
            text, value = candidate["token"], candidate["logprob"]
            if type(value) is not float or value != value or not text.isascii() or text[:3] == "<0x" or text[:1] == "b":
                return None
            if text not in best or value > best[text]:
                best[text] = value
    except (TypeError, KeyError, AttributeError):
        return None
    return TokenAlternatives(token=token, logprob=logprob, top=tuple(sorted(best.items(), key=_LOGPROB, reverse=True)))


#: A byte as llama.cpp and SentencePiece write it, and bytes as OpenAI does.
_BYTE = re.compile(r"<0x([0-9A-Fa-f]{2})>")
_BYTES = re.compile(r"bytes:((?:\\x[0-9a-f]{2}|[ -\[\]-~])+)")


def _text(token: Any, entry: Any = None) -> Any:
    """A token as text; what is only a part of a character from its bytes, where they are given in any way."""
    if not isinstance(token, str) or (token.isascii() and not token.startswith(("<0x", "bytes:"))):
        return token
    raw: bytes | None = None
    if (byte := _BYTE.fullmatch(token)) is not None:
        raw = bytes([int(byte[1], 16)])
    elif (spelt := _BYTES.fullmatch(token)) is not None:
        raw = re.sub(rb"\\x([0-9a-f]{2})", lambda found: bytes([int(found[1], 16)]), spelt[1].encode())
    elif "\ufffd" in token and (given := _get(entry, "bytes")):
        raw = bytes(given)
    return token if raw is None else raw.decode("utf-8", "surrogateescape")


def _legacy(tokens: Any, chosen: Any, tops: Any) -> list[TokenAlternatives]:
    """OpenAI text completions: parallel lists, the alternatives as a mapping from token to log-probability."""
    result: list[TokenAlternatives] = []
    for position, (token, logprob) in enumerate(zip(tokens, chosen, strict=False)):
        if logprob is None:
            if result:  # left out, the others would no longer spell the answer; the first of an echoed prompt has none
                result.append(TokenAlternatives(token=_text(str(token)), logprob=math.nan, top=()))
            continue
        top = tops[position] if position < len(tops) else None
        pairs = ((_text(candidate), value) for candidate, value in (top or {}).items())
        result.append(_alternatives(_text(token), logprob, pairs))
    return result


def _alternatives(token: str, logprob: float, pairs: Iterable[tuple[Any, Any]]) -> TokenAlternatives:
    best = {str(token): float(logprob)}
    for candidate, value in pairs:
        if candidate is None or value is None:
            continue
        text, value = str(candidate), float(value)
        if math.isnan(value):  # a server's way of saying that it does not know
            continue
        if text not in best or value > best[text]:
            best[text] = value
    top = tuple(sorted(best.items(), key=_LOGPROB, reverse=True))
    return TokenAlternatives(token=str(token), logprob=float(logprob), top=top)
