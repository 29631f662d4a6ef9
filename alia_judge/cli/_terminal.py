"""The one console of every command: what comes from files, servers and models is shown, and acts on nothing."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from typing import Any

from rich.console import Console, ConsoleOptions
from rich.segment import Segment

from alia_judge._messages import Message, _
from alia_judge.text.printable import printable

__all__ = ["SafeConsole", "shown"]

#: How a line of a log tells GitHub Actions to do something: ``::error ...``, ``::stop-commands::``, ``##[group]``.
_COMMAND = re.compile(r"::|##\[")


def shown(text: str) -> str:
    """A text as a line of output may hold it: no escape sequence, and in GitHub's logs no command of theirs."""
    written = printable(text)
    if os.environ.get("GITHUB_ACTIONS"):
        written = _COMMAND.sub(lambda found: f"{found[0][0]} {found[0][1:]}", written)
    return written


class SafeConsole(Console):
    """A console whose own colours and lines reach the terminal, and no other control character."""

    def print(self, *objects: Any, **options: Any) -> None:
        """Print as `Console.print` does, sentences in the reader's language."""
        super().print(*(_(one) if isinstance(one, Message) else one for one in objects), **options)

    def render(self, renderable: Any, options: ConsoleOptions | None = None) -> Iterable[Segment]:
        """What `Console.render` gives, with every text as it may be shown."""
        for segment in super().render(renderable, options):
            yield segment if segment.control else Segment(shown(segment.text), segment.style)
