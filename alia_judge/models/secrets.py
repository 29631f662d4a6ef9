"""What a model's client is told in confidence, and how it is kept out of whatever is written, shown or raised."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from urllib.parse import unquote, urlsplit

import dspy

from alia_judge.models.connections import public_address
from alia_judge.models.dspy_internals import CLIENT_KEYS

__all__ = ["CONFIDENTIAL", "portable_lm", "redact", "secrets_of"]

#: Arguments of a client that hold, or may hold, what only it and its server are to know.
CONFIDENTIAL = frozenset(CLIENT_KEYS) - {"api_base", "base_url", "timeout", "api_version", "custom_llm_provider"}
_ADDRESSES = ("api_base", "base_url")
_KEY_VARIABLE = re.compile(r"_(?:API_KEY|KEY|TOKEN|SECRET)$")
#: A secret shorter than this would be found in innocent text.
_LEAST = 6
_MARK = "[secret]"


def secrets_of(lm: Any) -> tuple[str, ...]:
    """The keys, header values and passwords that `lm` was given, or finds in the environment; the longest first."""
    kwargs = getattr(lm, "kwargs", None) or {}
    found = list(_strings(kwargs.get(name) for name in CONFIDENTIAL))
    for name in _ADDRESSES:
        if isinstance(address := kwargs.get(name), str) and (password := urlsplit(address).password):
            found += [password, unquote(password)]
    confidential = getattr(getattr(lm, "engine", None), "confidential", None)
    if callable(confidential):
        found += confidential()
    found += [value for name, value in os.environ.items() if _KEY_VARIABLE.search(name)]
    return tuple(sorted({one for one in found if len(one) >= _LEAST}, key=len, reverse=True))


def redact(error: BaseException, lm: Any) -> None:
    """Take what `lm` was told in confidence out of an error and those that led to it: some servers send it back."""
    secrets = secrets_of(lm)
    seen: set[int] = set()
    one: BaseException | None = error
    while secrets and one is not None and id(one) not in seen:
        seen.add(id(one))
        one.args = tuple(_without(part, secrets) for part in one.args)
        if isinstance(message := getattr(one, "message", None), str):
            one.message = _without(message, secrets)  # type: ignore[attr-defined]
        one = one.__cause__ or one.__context__


def portable_lm(lm: Any) -> Any:
    """A copy of `lm` that may be written to a file: without keys, headers, passwords and what it was asked.

    Where it is loaded it finds its key in the environment.
    """
    if not isinstance(lm, dspy.BaseLM):
        return lm
    bare = lm.copy()
    bare.kwargs = {name: value for name, value in bare.kwargs.items() if name not in CONFIDENTIAL}
    for name in _ADDRESSES:
        if isinstance(address := bare.kwargs.get(name), str):
            bare.kwargs[name] = public_address(address)
    bare.history = []
    return bare


def _without(part: Any, secrets: Iterable[str]) -> Any:
    if isinstance(part, str):
        for secret in (
            secret for secret in secrets if secret in part
        ):  # a `Message` without one stays as it was marked
            part = part.replace(secret, _MARK)
    return part


def _strings(values: Iterable[Any]) -> Iterator[str]:
    for value in values:
        if isinstance(value, str):
            yield value
        elif isinstance(value, Mapping):
            yield from _strings(value.values())
