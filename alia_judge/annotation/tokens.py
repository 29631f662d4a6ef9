"""Who a link is for: signed by the room's own key, until a date, and until it is revoked."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import struct
from collections.abc import Callable

__all__ = ["person_of", "token_for"]

_BODY = struct.Struct(">IQ")
_DIGEST = 20


def token_for(person: int, expires: float, key: bytes, *, revoked: int = 0) -> str:
    """The token of a person (a number of the room's), good until `expires` (seconds since 1970).

    Parameters
    ----------
    revoked
        How often their links were revoked: those that were made before are no longer good.
    """
    body = _BODY.pack(person, int(expires))
    return base64.urlsafe_b64encode(body + _signature(body, revoked, key)).decode().rstrip("=")


def person_of(token: str, key: bytes, now: float, *, revoked: Callable[[int], int | None] = lambda _: 0) -> int | None:
    """The person of a token; None where it was not signed by this key, has expired or was revoked.

    Parameters
    ----------
    revoked
        How often the links of a person were revoked; None where there is no such person.

    Examples
    --------
    >>> token = token_for(3, 1000, b"key")
    >>> person_of(token, b"key", 999), person_of(token, b"key", 1000), person_of(token, b"other", 999)
    (3, None, None)
    >>> person_of(token, b"key", 999, revoked=lambda person: 1) is None
    True
    """
    try:
        raw = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return None
    if len(raw) != _BODY.size + _DIGEST:
        return None
    body, signature = raw[: _BODY.size], raw[_BODY.size :]
    person, expires = _BODY.unpack(body)
    times = revoked(person)
    if times is None or not hmac.compare_digest(signature, _signature(body, times, key)) or now >= expires:
        return None
    return int(person)


def _signature(body: bytes, revoked: int, key: bytes) -> bytes:
    return hmac.new(key, body + b"%d" % revoked, hashlib.sha256).digest()[:_DIGEST]
