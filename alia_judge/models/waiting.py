"""How long a server asks to wait, in every way that servers say it."""

from __future__ import annotations

import json
import math
import re
import time
from collections.abc import Iterable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

__all__ = ["asked_wait", "duration", "wait_in_words"]

_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_LONG = {"millisecond": "ms", "msec": "ms", "sec": "s", "second": "s", "min": "m", "minute": "m"} | {
    "hr": "h",
    "hour": "h",
    "day": "d",
}
_NUMBER = r"\d{1,12}(?:\.\d{1,12})?"
_UNIT = r"(?:milliseconds?|msecs?|seconds?|secs?|minutes?|mins?|hours?|hrs?|days?|ms|s|m|h|d)"
_PART = re.compile(rf"({_NUMBER})\s?({_UNIT})(?![a-z])", re.IGNORECASE)
_WHOLE = re.compile(rf"(?:{_NUMBER}\s?{_UNIT}[\s,]{{0,2}}(?:and\s)?){{1,5}}", re.IGNORECASE)
#: Of a message: "Please try again in 7m12s", "retry after 20 seconds", "Please wait 3 s", "quota resets in 5h".
_IN_WORDS = re.compile(
    rf"(?:try again|retry(?:ing)?|retry[-_ ]?after|wait|available again|resets?|reset)\D{{0,20}}?"
    rf"((?:{_NUMBER}\s?{_UNIT}[\s,]{{0,2}}(?:and\s)?){{1,5}})",
    re.IGNORECASE,
)
#: A date or a count of seconds since 1970 is taken for one from here on.
_EPOCH = 1_000_000_000.0
#: Of headers that say when a limit is lifted, and the one beside each that says what is left of it.
_RESETS = re.compile(r"(?:x-|anthropic-)?ratelimit(?:-[a-z-]+?)?-reset(?:-[a-z-]+)?$")


def duration(text: str, *, now: float | None = None) -> float | None:
    """Seconds: of a number, of ``1500ms``, ``2.5s``, ``7m12s``, ``1h 30m``, or until a date.

    Examples
    --------
    >>> duration("7m12s"), duration("2"), duration("250ms"), duration("soon")
    (432.0, 2.0, 0.25, None)
    """
    text = text.strip().strip("\"'")[:100]
    now = time.time() if now is None else now
    try:
        number = float(text)
    except ValueError:
        pass
    else:
        if not math.isfinite(number):
            return None
        if number >= _EPOCH * 1000:
            number /= 1000  # in milliseconds
        return max(0.0, number - now if number >= _EPOCH else number)
    if _WHOLE.fullmatch(text):
        return math.fsum(float(number) * _seconds(unit) for number, unit in _PART.findall(text))
    when = _date(text)
    return None if when is None else max(0.0, when - now)


def wait_in_words(message: str) -> float | None:
    """Seconds that a message asks to wait; None where it names none.

    Examples
    --------
    >>> wait_in_words("Rate limit reached for gpt-4o. Please try again in 2.5s.")
    2.5
    """
    found = _IN_WORDS.search(message[:4000])
    return None if found is None else duration(found[1].strip(" ,.").removesuffix(" and"))


def asked_wait(headers: Iterable[tuple[str, str]], body: bytes, message: str) -> float | None:
    """Seconds that a refused call is asked to wait; None where the server does not say.

    Parameters
    ----------
    headers
        As they came: ``retry-after-ms``, ``retry-after`` in any of the ways of `duration`, or when the limit that is
        used up is lifted (``x-ratelimit-reset-tokens`` and its like).
    body
        For Google's ``retryDelay``, and fields called ``retry_after``.
    message
        The error in words.
    """
    fields = {name.lower(): value for name, value in headers}
    for name in ("retry-after-ms", "x-ms-retry-after-ms"):
        milliseconds = duration(fields[name]) if name in fields else None
        if milliseconds is not None:
            return milliseconds / 1000
    for said in (fields.get("retry-after"), _delay(_json(body), 0)):
        if said is not None and (seconds := duration(said)) is not None:
            return seconds
    if (seconds := wait_in_words(message)) is not None:
        return seconds
    return _lifted(fields)


def _seconds(unit: str) -> float:
    unit = unit.lower()
    if unit not in _UNITS:
        unit = _LONG[unit.rstrip("s") or unit]
    return _UNITS[unit]


def _date(text: str) -> float | None:
    for read in (parsedate_to_datetime, datetime.fromisoformat):
        try:
            when = read(text)
        except (ValueError, TypeError, IndexError, OverflowError):
            continue
        return (when if when.tzinfo else when.replace(tzinfo=UTC)).timestamp()
    return None


def _json(body: bytes) -> Any:
    try:
        return json.loads(body[: 64 * 1024])
    except (ValueError, RecursionError):
        return None


def _delay(data: Any, depth: int) -> str | None:
    """Google's RetryInfo, and what gateways call it."""
    if depth > 6:
        return None
    if isinstance(data, dict):
        for name, value in data.items():
            plain = str(name).lower().replace("_", "").replace("-", "")
            if plain in ("retrydelay", "retryafter", "retryafterseconds") and isinstance(value, (str, int, float)):
                return str(value)
            if plain in ("retryafterms", "retrydelayms") and isinstance(value, (str, int, float)):
                return f"{value}ms"
    inner = data.values() if isinstance(data, dict) else data if isinstance(data, list) else ()
    return next((found for one in inner if (found := _delay(one, depth + 1)) is not None), None)


def _lifted(fields: dict[str, str]) -> float | None:
    """When the limits that are used up are lifted, all of them."""
    waits = []
    for name, value in fields.items():
        if not _RESETS.fullmatch(name):
            continue
        left = fields.get(name.replace("reset", "remaining"))
        seconds = duration(value)
        if left is not None and left.strip() == "0" and seconds is not None:
            waits.append(seconds)
    return max(waits, default=None)
