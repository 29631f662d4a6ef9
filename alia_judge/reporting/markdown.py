"""Tables and plain text in Markdown: what the data say stays text."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from alia_judge._messages import Message, _, numbers
from alia_judge.reporting.page import number
from alia_judge.stats.estimate import Estimate
from alia_judge.text.printable import drawable

__all__ = ["markdown_table", "plain"]

_MARKUP = re.compile(r"([\\`*_{}\[\]<>#|~!@])")


def markdown_table(columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    """A table; numbers and estimates stand on the right, an undefined one is a dash.

    Examples
    --------
    >>> print(markdown_table(["judge", "n"], [["<b>", 12]]))
    | judge | n |
    |---|---:|
    | &lt;b&gt; | 12 |
    """
    numeric = [
        any(isinstance(row[place], (int, float, Estimate)) for row in rows if place < len(row))
        for place in range(len(columns))
    ]
    lines = [
        f"| {' | '.join(plain(_(column) if isinstance(column, Message) else column) for column in columns)} |",
        f"|{'|'.join('---:' if right else '---' for right in numeric)}|",
        *(f"| {' | '.join(_cell(value) for value in row)} |" for row in rows),
    ]
    return "\n".join(lines)


def plain(text: str) -> str:
    """`text` on one line, with nothing in it that Markdown or HTML would take for markup."""
    escaped = _MARKUP.sub(r"\\\1", " ".join(drawable(text).replace("&", "&amp;").split()))
    return escaped.replace("\\<", "&lt;").replace("\\>", "&gt;")


def _cell(value: Any) -> str:
    if value is None:
        return "–"
    if isinstance(value, Estimate):
        return numbers(str(value)).replace("-", "−") if value.defined else "–"
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, float):
        return plain(number(value))
    return plain(_(value) if isinstance(value, Message) else str(value))
