"""The images of an item: data that came with it, checked and bounded. No address is fetched and no path is read."""

from __future__ import annotations

import base64
import binascii
import hashlib
import io
import json
from collections.abc import Iterable, Mapping
from typing import Any

from alia_judge._messages import message
from alia_judge.errors import UsageError

__all__ = ["LARGEST", "MOST", "carried", "image_mark", "image_of", "images_of", "with_marks"]

#: Bytes of an image that is shown at most, and images of an item: what every provider takes.
LARGEST, MOST = 5_000_000, 16
#: How files begin, of the kinds that every model with eyes is said to read.
_KINDS = {b"\x89PNG\r\n\x1a\n": "png", b"\xff\xd8\xff": "jpeg", b"GIF8": "gif"}
#: The same in base64, to tell data from a name.
_BASE64 = ("iVBORw0KGgo", "/9j/", "R0lGOD", "UklGR")
#: Where parts hold an image: OpenAI's, Anthropic's, Gemini's, Bedrock's, LangChain's, MCP's and `datasets`' names.
_HELD = ("image_url", "image", "source", "inline_data", "inlineData", "bytes", "data", "base64", "b64_json", "url")
_DEEPEST = 4
_DIGITS = 8
#: Characters of base64 for three bytes, and the most in front of them.
_LONGEST = LARGEST * 4 // 3 + 100


def image_of(value: Any) -> str | None:
    """The data URI of an image that a value holds as data; None for anything else, an address and a path among it.

    Parameters
    ----------
    value
        Bytes, a data URI, a part of a message in which there is one or base64, what `datasets` makes of an image
        (with its bytes), DSPy's or Pillow's image. PNG, JPEG, GIF and WebP, as their first bytes say, whatever they are
        called; at most `LARGEST` bytes.

    Examples
    --------
    >>> image_of(b"GIF89a")
    'data:image/gif;base64,R0lGODlh'
    >>> image_of({"type": "image_url", "image_url": {"url": "https://example.com/a.gif"}}) is None
    True
    """
    return _found(value, 0)


def images_of(value: Any) -> list[str]:
    """The images that a table's cell holds: one, or several in a list or in JSON's; empty where it holds none.

    Examples
    --------
    >>> images_of([b"GIF89a", "a name"])
    ['data:image/gif;base64,R0lGODlh']
    >>> images_of('["data:image/gif;base64,R0lGODlh"]')
    ['data:image/gif;base64,R0lGODlh']
    """
    if isinstance(value, str) and value.startswith("[") and len(value) <= MOST * (_LONGEST + 4):
        try:
            value = json.loads(value)
        except (ValueError, RecursionError):  # a text that begins so
            return []
    listed = value.tolist() if getattr(value, "ndim", 0) else value  # Parquet's lists come as arrays
    found = map(image_of, listed if isinstance(listed, (list, tuple)) else [listed])
    return [image for image in found if image is not None]


def image_mark(image: str, name: Any = None) -> str:
    """What stands in a text for an image that is shown: its code, which is of its content, and its name if it has one.

    Examples
    --------
    >>> image_mark("data:image/gif;base64,R0lGODlh")
    '[image 9ea2b262]'
    """
    return f"{_opened(image)}: {name}]" if isinstance(name, str) and name else f"{_opened(image)}]"


def carried(images: Iterable[Any], found: Iterable[str] = ()) -> tuple[str, ...]:
    """The images of an item, each once: those given by hand and those found in its texts.

    Raises
    ------
    UsageError
        If one is no image, is too large, or there are too many.
    """
    held = dict.fromkeys(found)
    for number, value in enumerate(images, 1):
        image = image_of(value)
        if image is None:
            raise UsageError(
                message(
                    "image {number} is none that can be shown: expected the bytes of a PNG, JPEG, GIF or "
                    "WebP of at most {largest:,} bytes (bytes, a data URI, DSPy's or Pillow's image); an "
                    "address is not fetched and a path is not read: read it first",
                    number=number,
                    largest=LARGEST,
                )
            )
        held[image] = None
    if len(held) > MOST:
        raise UsageError(message("an item has at most {most} images, got {n}; leave some out", most=MOST, n=len(held)))
    return tuple(held)


def with_marks(text: str, images: Iterable[str], texts: Iterable[str]) -> str:
    """`text`, with the marks of the images that none of `texts` has."""
    shown = "\n".join(texts)
    return "\n".join(filter(None, [text, *(image_mark(one) for one in images if _opened(one) not in shown)]))


def _opened(image: str) -> str:
    return f"[image {hashlib.sha256(image.encode()).hexdigest()[:_DIGITS]}"


def _found(value: Any, depth: int) -> str | None:
    if isinstance(value, str):
        return _of_text(value)
    if isinstance(value, (bytes, bytearray)):
        return _of_bytes(bytes(value))
    if isinstance(value, Mapping):
        if depth == _DEEPEST:
            return None
        held = (_found(value[name], depth + 1) for name in _HELD if name in value)
        return next((image for image in held if image is not None), None)
    home = type(value).__module__.partition(".")[0]
    if home == "dspy":
        return _of_text(str(getattr(value, "url", "")))
    return _of_pillow(value) if home == "PIL" and hasattr(value, "save") else None


def _of_text(text: str) -> str | None:
    if text.startswith("data:"):
        head, comma, text = text[:_LONGEST].partition(",") if len(text) <= _LONGEST else ("", "", "")
        if not comma or not head.endswith(";base64"):
            return None
    elif not text.startswith(_BASE64):
        return None
    if len(text) > _LONGEST:
        return None
    try:
        return _of_bytes(base64.b64decode(text, validate=True))
    except (binascii.Error, ValueError):
        return None


def _of_bytes(data: bytes) -> str | None:
    if len(data) > LARGEST:
        return None
    kind = next((kind for start, kind in _KINDS.items() if data.startswith(start)), None)
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        kind = "webp"
    return None if kind is None else f"data:image/{kind};base64,{base64.b64encode(data).decode()}"


def _of_pillow(image: Any) -> str | None:
    """As PNG, whatever it was read from: its pixels are in memory, or its user's to read."""
    written = io.BytesIO()
    try:
        image.save(written, "PNG")
    except (OSError, ValueError, TypeError):  # a mode that PNG has not, or a file that is gone
        return None
    return _of_bytes(written.getvalue())
