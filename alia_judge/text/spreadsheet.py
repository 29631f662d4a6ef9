"""`defused`: a text that a spreadsheet would take for a formula, written so that it is one no longer; and back."""

from __future__ import annotations

import re

__all__ = ["as_meant", "defused"]

#: What Excel, LibreOffice and Google Sheets begin a formula with, and the tab and line ends that they skip before it.
_FORMULA = re.compile(r"'*[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]")
_QUOTED = re.compile(r"'+[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]")


def defused(text: str) -> str:
    """`text` with an apostrophe before it where a spreadsheet would run it; a number stays a number.

    Examples
    --------
    >>> defused('=HYPERLINK("http://example.com")'), defused("-0.5"), defused("Hola")
    ('\\'=HYPERLINK("http://example.com")', '-0.5', 'Hola')
    >>> as_meant(defused("=1+1")), as_meant(defused("'=1+1")), as_meant("-0.5")
    ('=1+1', "'=1+1", '-0.5')
    """
    return f"'{text}" if _FORMULA.match(text) and not _is_number(text) else text


def as_meant(text: str) -> str:
    """The inverse of `defused`."""
    return text[1:] if _QUOTED.match(text) else text


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return text == text.strip()
