"""`Trouble`: calls that fail or do not come back while a run goes on trying, for people to see in time."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import urlsplit

from dspy import LMError, LMTimeoutError

from alia_judge._messages import Message, message

__all__ = ["Trouble", "cause_of", "in_words", "place_of"]

#: What befell the connection, the first that applies.
_IN_WORDS: tuple[tuple[type[BaseException], str], ...] = (
    (ConnectionRefusedError, message("connection refused")),
    (ConnectionError, message("connection broken off")),
    (socket.gaierror, message("no such host")),
    (ssl.SSLError, message("no secure connection")),
)
_STATUS = {
    429: message("too many requests"),
    500: message("internal error"),
    502: message("bad gateway"),
    503: message("overloaded"),
    504: message("no answer"),
}
_LENGTH = 80


@dataclass(frozen=True, kw_only=True)
class Trouble:
    """What keeps a run from getting on.

    Parameters
    ----------
    cause
        What failed last, in short and with where: ``"connection refused at 127.0.0.1:8000"``; ``"no answer
        yet from 127.0.0.1:8000"`` where nothing has failed, but nothing has come back either.
    waiting
        Calls without an answer: those that failed and are tried again, or those in flight.
    seconds
        Since when there has been such a call at any time, or since the last answer.
    then
        What comes of it unless an answer does: ``"stop"``: the run ends with an error, for the model never answered;
        ``"unscored"``: the item that has waited longest is left without a score; ``"again"``: what is in flight is cut
        off, and tried again.
    then_in
        Seconds until then; NaN where calls in flight have no time limit.
    """

    cause: str
    waiting: int
    seconds: float
    then: Literal["stop", "unscored", "again"]
    then_in: float


def cause_of(error: BaseException, place: str) -> str:
    """What went wrong with a call, and where, in a few words.

    Parameters
    ----------
    error
        As the call raised it; what befell the connection is among the errors that led to it.
    place
        Who was asked, as `place_of` gives it.
    """
    for one in _led_to(error):
        for kind, words in _IN_WORDS:
            if isinstance(one, kind):
                return message("{words} at {place}", words=words, place=place)
    if any(isinstance(one, TimeoutError | LMTimeoutError) for one in _led_to(error)):
        return message("no answer in time from {place}", place=place)
    status = error.status if isinstance(error, LMError) else None
    if status is not None and status >= 400:
        words = message(" ({words})", words=_STATUS[status]) if status in _STATUS else ""
        return message("HTTP {status}{words} from {place}", status=str(status), words=words, place=place)
    if isinstance(own := getattr(error, "message", None), Message):
        return message("{said} ({place})", said=own, place=place)
    first = str(error).strip().partition("\n")[0].rpartition("] ")[2] or type(error).__name__
    short = first if len(first) <= _LENGTH else f"{first[: _LENGTH - 1]}…"
    return f"{short} ({place})"


def in_words(seconds: float) -> Message:
    """A time as people say it.

    Examples
    --------
    >>> in_words(2.5), in_words(432), in_words(86_400)
    ('2.5 s', '7 min', '24 h')
    """
    if seconds < 120:
        return message("{n:.2g} s", n=seconds) if seconds < 10 else message("{n:.0f} s", n=seconds)
    return message("{n:.0f} min", n=seconds / 60) if seconds < 7200 else message("{n:.0f} h", n=seconds / 3600)


def place_of(lm: Any) -> str:
    """Host and port of an LM's server where they are known, else the model's name.

    Examples
    --------
    >>> import dspy
    >>> place_of(dspy.LM("openai/judge", api_base="https://me:secret@judges.example/v1"))
    'judges.example'
    """
    address = getattr(getattr(lm, "engine", None), "address", None)
    if not isinstance(address, str):
        kwargs = getattr(lm, "kwargs", None) or {}
        address = kwargs.get("api_base") or kwargs.get("base_url")
    where = urlsplit(address).netloc.rpartition("@")[2] if isinstance(address, str) else ""
    return where or str(getattr(lm, "model", type(lm).__name__))


def _led_to(error: BaseException) -> Iterator[BaseException]:
    """An error and those it came from."""
    seen: set[int] = set()
    one: BaseException | None = error
    while one is not None and id(one) not in seen:
        seen.add(id(one))
        yield one
        one = one.__cause__ or one.__context__
