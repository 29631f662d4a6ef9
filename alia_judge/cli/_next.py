"""The last line of a command that went well: what to type next, ready to be pasted."""

from __future__ import annotations

import os
import shlex
from collections.abc import Sequence
from contextvars import ContextVar

__all__ = ["suggest", "suggested", "suggestion", "without"]

#: What this run of ``alia-judge`` suggests, where it ends well.
suggestion: ContextVar[str | None] = ContextVar("suggestion", default=None)


def suggest(*words: object) -> None:
    """Suggest a command; a later suggestion of the same run takes its place.

    Parameters
    ----------
    *words
        Its words. What only the user knows is a word in CAPITALS. A pair of an option and its value is left out where
        the value is None or False, an option whose value is a list stands before each, and one that is True alone.

    Examples
    --------
    >>> suggest("build", "a file.csv", ("--criterion", None), ("--column", ["item_id=doc"]), "--out", "benchmark")
    >>> suggested()
    "next: alia-judge build 'a file.csv' --column item_id=doc --out benchmark"
    """
    written: list[str] = ["alia-judge"]
    for word in words:
        if isinstance(word, tuple):
            option, value = word
            values = list(value) if isinstance(value, (list, tuple)) else [value]
            for one in values:
                if one is True:
                    written.append(option)
                elif one not in (None, False):
                    written += [option, _plain(one)]
        else:
            written.append(_plain(word))
    suggestion.set(shlex.join(written))


def without(words: Sequence[str], *options: str) -> list[str]:
    """The words of a command without these options and their values.

    Examples
    --------
    >>> without(["score", "j", "--json", "out.json", "--out=o.csv"], "--json", "--out")
    ['score', 'j']
    """
    kept: list[str] = []
    skip = False
    for word in words:
        if skip:
            skip = False
        elif word in options:
            skip = True
        elif word.partition("=")[0] not in options:
            kept.append(word)
    return kept


def suggested() -> str | None:
    """The line to end with; None where nothing was suggested."""
    command = suggestion.get()
    return None if command is None else f"next: {command}"


def _plain(word: object) -> str:
    return os.fspath(word) if isinstance(word, os.PathLike) else str(word)
