"""Who a link is for: signed by the room's own key, until a date."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import struct

__all__ = ["person_of", "token_for"]

_BODY = struct.Struct(">IQ")
_DIGEST = 20


def token_for(person: int, expires: float, key: bytes) -> str:
    """The token of a person (a number of the room's), good until `expires` (seconds since 1970)."""
    body = _BODY.pack(person, int(expires))
    return base64.urlsafe_b64encode(body + _signature(body, key)).decode().rstrip("=")


def person_of(token: str, key: bytes, now: float) -> int | None:
    """The person of a token; None where it was not signed by this key, or has expired.

    Examples
    --------
    >>> token = token_for(3, 1000, b"key")
    >>> person_of(token, b"key", 999), person_of(token, b"key", 1000), person_of(token, b"other", 999)
    (3, None, None)
    """
    try:
        raw = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return None
    if len(raw) != _BODY.size + _DIGEST:
        return None
    body, signature = raw[: _BODY.size], raw[_BODY.size :]
    person, expires = _BODY.unpack(body)
    if not hmac.compare_digest(signature, _signature(body, key)) or now >= expires:
        return None
    return int(person)


def _signature(body: bytes, key: bytes) -> bytes:
    return hmac.new(key, body, hashlib.sha256).digest()[:_DIGEST]
