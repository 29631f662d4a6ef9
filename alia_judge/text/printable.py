"""`printable`: a text from elsewhere as it may be shown on a terminal or in a log; `drawable`: on a page."""

from __future__ import annotations

import re

__all__ = ["drawable", "printable"]

#: Controls of terminals (C0, C1, escape), what ends a line for some reader, what reorders or hides what is shown, half
#: of an emoji, and what is no character at all. A tab, a line feed and what joins letters or emoji are ordinary.
_HIDDEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ufffe\uffff"
    "\ud800-\udfff\U000e0000-\U000e007f]"
)
#: What has no place in HTML, SVG or XML: a page shows every other character as what it is.
_UNDRAWN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ufffe\uffff\ud800-\udfff]")


def printable(text: str) -> str:
    """`text` with every character that a terminal would act on, or that shows nothing, written out.

    Examples
    --------
    >>> printable("a\\x1b[31mred\\u202e.exe")
    'a\\\\x1b[31mred\\\\u202e.exe'
    >>> printable("Línea\\nuno\\tdos")
    'Línea\\nuno\\tdos'
    """
    return _HIDDEN.sub(_written_out, text)


def drawable(text: str) -> str:
    """`text` with every character that has no place in HTML, SVG or XML written out.

    Examples
    --------
    >>> drawable("a\\x00b\\u202ec") == "a\\\\x00b\\u202ec"
    True
    """
    return _UNDRAWN.sub(_written_out, text)


def _written_out(found: re.Match[str]) -> str:
    code = ord(found[0])
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
