"""What a model at an address will not take, learnt from its refusals: it is asked for once and reported once.

Servers differ: some give no log-probabilities or fewer than asked for, take no temperature, no system message, no
schema, another name for the limit of tokens, or answer only as a stream. What one call learnt, every later call of this
process knows, over judges, runs, engines and copies of the LM.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from alia_judge._messages import Message, _, message
from alia_judge.models.connections import public_address

__all__ = [
    "Adjustments",
    "adjusted",
    "asked_at",
    "forget_logprobs",
    "images_in",
    "in_words",
    "known",
    "proven",
    "remember",
]

#: What is asked in place of what was refused, by the name of the setting: ``top_logprobs`` (at most so many, 0 for no
#: log-probabilities), ``temperature``, ``response_format`` and ``max_tokens`` (None: left out), ``max_tokens_called``
#: (its other name), ``room`` and ``tokens`` (the limit, at least and at most), ``system`` (False: it begins the
#: user's), ``stream`` (True), ``enable_thinking`` (False), ``images`` (False: their marks alone).
Adjustments = Mapping[str, Any]

_LIMITS = ("max_tokens", "max_completion_tokens")
_NONE: Adjustments = MappingProxyType({})
_log = logging.getLogger("alia_judge.models")
_lock = threading.Lock()
_known: dict[tuple[str, str], Adjustments] = {}
_proven: dict[tuple[str, str], frozenset[str]] = {}


def known(lm: Any) -> Adjustments:
    """What is asked of `lm` in place of what it has refused; empty where it has refused nothing."""
    return _known.get(asked_at(lm), _NONE) if _known else _NONE


def remember(lm: Any, adjustments: Adjustments, refused: str) -> None:
    """Remember that `lm` answered when it was asked with `adjustments`, and tell it if that is new.

    Only an answer is proof: servers quote the request in their refusals, and then each of them mentions everything.

    Parameters
    ----------
    lm
        The model, at its address.
    adjustments
        All that was adjusted.
    refused
        What it said before, in its own words.
    """
    place = asked_at(lm)
    with _lock:
        before = _known.get(place, _NONE)
        new = {name: value for name, value in adjustments.items() if before.get(name, place) != value}
        if not new:
            return
        _known[place] = MappingProxyType({**before, **new})
    where = _(" at {place}", place=place[1]) if place[1] else ""
    said = _(": it says {refused!r}", refused=refused) if refused else ""
    how = "; ".join(map(_, in_words(new)))
    _log.warning(
        "%s", _("{model}{where} is asked {how} from now on{said}", model=place[0], where=where, how=how, said=said)
    )


def proven(lm: Any, asked: frozenset[str] = frozenset(), *, answered: bool = False) -> bool:
    """Whether `lm` has answered with all of these settings before; with `answered`, it just has."""
    place = asked_at(lm)
    had = _proven.get(place, frozenset())
    if answered and not asked <= had:
        _proven[place] = had | asked
    return bool(had) and asked <= had


def forget_logprobs() -> None:
    """Forget what was learnt, for a server that has been started again with other settings."""
    with _lock:
        _known.clear()
        _proven.clear()


def in_words(adjustments: Adjustments) -> tuple[Message, ...]:
    """What is asked otherwise, for people and for the record that goes with a verdict.

    Examples
    --------
    >>> in_words({"top_logprobs": 0, "temperature": None})
    ('without log-probabilities', 'without temperature')
    """
    return tuple(_words(name, value) for name, value in adjustments.items())


def adjusted(body: dict[str, Any], adjustments: Adjustments) -> tuple[str, ...]:
    """Change a request as `adjustments` have it, in place; what that changed, in words.

    Parameters
    ----------
    body
        In OpenAI's spelling.
    adjustments
        As `known` gives them.
    """
    changed = [name for name, value in adjustments.items() if _CHANGES[name](body, value)]
    return tuple(_words(name, adjustments[name]) for name in changed)


def asked_at(lm: Any) -> tuple[str, str]:
    """The model and where it is, without any password."""
    address = getattr(getattr(lm, "engine", None), "address", None)
    if address is None:
        kwargs = getattr(lm, "kwargs", None) or {}
        address = kwargs.get("api_base") or kwargs.get("base_url") or ""
        address = public_address(str(address)) if address else ""
    return str(lm.model), str(address)


def _alternatives(body: dict[str, Any], most: int) -> bool:
    asked = body.get("top_logprobs") or 0
    if not body.get("logprobs") or (most and asked <= most):
        return False
    del body["logprobs"], body["top_logprobs"]
    if most:
        body |= {"logprobs": True, "top_logprobs": most}
    return True


def _without(name: str) -> Callable[[dict[str, Any], Any], bool]:
    def change(body: dict[str, Any], _: Any) -> bool:
        held = name in body
        body.pop(name, None)
        return held

    return change


def _with(name: str) -> Callable[[dict[str, Any], Any], bool]:
    def change(body: dict[str, Any], value: Any) -> bool:
        differs: bool = body.get(name) != value
        body[name] = value
        return differs

    return change


def _renamed(body: dict[str, Any], name: str) -> bool:
    held = [other for other in _LIMITS if other in body and other != name]
    for other in held:
        body[name] = body.pop(other)
    return bool(held)


def _limited(choose: Callable[[int, int], int]) -> Callable[[dict[str, Any], Any], bool]:
    def change(body: dict[str, Any], tokens: int) -> bool:
        held = {name: body[name] for name in _LIMITS if body.get(name) is not None}
        for name, limit in held.items():
            body[name] = choose(int(limit), tokens)
        return any(body[name] != limit for name, limit in held.items())

    return change


def _unlimited(body: dict[str, Any], _: Any) -> bool:
    held = [name for name in _LIMITS if name in body]
    for name in held:
        del body[name]
    return bool(held)


def _without_system(body: dict[str, Any], _: Any) -> bool:
    messages = body["messages"]
    system = [message for message in messages if message["role"] in ("system", "developer")]
    if not system:
        return False
    others = [message for message in messages if message["role"] not in ("system", "developer")]
    said = "\n\n".join(str(message["content"]) for message in system)
    first, *rest = others or [{"role": "user", "content": ""}]
    if first["role"] == "user" and isinstance(first["content"], str):
        body["messages"] = [{**first, "content": f"{said}\n\n{first['content']}".strip()}, *rest]
    elif first["role"] == "user":
        body["messages"] = [{**first, "content": [{"type": "text", "text": f"{said}\n\n"}, *first["content"]]}, *rest]
    else:
        body["messages"] = [{"role": "user", "content": said}, first, *rest]
    return True


def images_in(body: Mapping[str, Any]) -> int:
    """How many images a request shows."""
    return sum(
        part["type"] == "image_url"
        for message in body["messages"]
        if type(message["content"]) is list
        for part in message["content"]
    )


def _without_images(body: dict[str, Any], _: Any) -> bool:
    if not images_in(body):
        return False
    body["messages"] = [
        message if isinstance(message["content"], str) else {**message, "content": _text(message["content"])}
        for message in body["messages"]
    ]
    return True


def _text(parts: Sequence[Mapping[str, Any]]) -> str:
    """The texts that stand around images; what stands right before one is its mark, which the others hold already."""
    after = [*parts[1:], {"type": "text"}]
    texts = (part for part, next_one in zip(parts, after, strict=True) if next_one["type"] != "image_url")
    return "\n\n".join(part["text"] for part in texts if part["type"] == "text")


_CHANGES: dict[str, Callable[[dict[str, Any], Any], bool]] = {
    "top_logprobs": _alternatives,
    "temperature": _without("temperature"),
    "response_format": _without("response_format"),
    "max_tokens": _unlimited,
    "room": _limited(max),
    "tokens": _limited(min),
    "max_tokens_called": _renamed,
    "system": _without_system,
    "stream": _with("stream"),
    "enable_thinking": _with("enable_thinking"),
    "images": _without_images,
}


def _words(name: str, value: Any) -> Message:
    said = {
        "top_logprobs": message("for at most {value} alternatives of a token", value=value)
        if value
        else message("without log-probabilities"),
        "response_format": message("without a schema for the answer"),
        "room": message("with room for {value} tokens", value=value),
        "tokens": message("for at most {value} tokens", value=value),
        "max_tokens_called": message("with the limit of tokens as {value}", value=value),
        "system": message("without a system message, which begins the user's"),
        "stream": message("for its answer as a stream"),
        "enable_thinking": message("with enable_thinking=false"),
        "images": message("without the images, whose marks stand for them"),
    }
    return said.get(name) or message("without {name}", name=name)
