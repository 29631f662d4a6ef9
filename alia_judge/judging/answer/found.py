"""`Found`: something in an answer that may be its score; `Parsed`: what came of it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import NamedTuple

from alia_judge.records import Unscored

__all__ = ["REACH", "TRIM", "Found", "Parsed", "at", "before"]

#: How far around a place the reader looks, in characters. Every pattern is bounded below it, so that reading takes time
#: in proportion to the length of the answer.
REACH = 200
#: Markup and punctuation around a word.
TRIM = " \t\r*_`\"'«»“”()[]{}<>#.:;!,-–—→|✅❌✔✓✗✘☑⭐★👍👎\ufffd。．！，"


class Found(NamedTuple):
    """A value that was written, and where; without a value, the reason why what was written is none."""

    value: float | None
    start: int
    reason: Unscored = "ambiguous"
    said: str = ""


@dataclass(frozen=True, kw_only=True)
class Parsed:
    """A score, or the reason why there is none.

    Parameters
    ----------
    score
        The point of the scale that was written; None if unscored.
    reason
        Why there is none; None if there is one.
    start
        Where in the text the score begins, in characters; 0 if unscored.
    detail
        What was found instead, for people.
    """

    score: float | None = None
    reason: Unscored | None = None
    start: int = 0
    detail: str | None = None


def at(pattern: re.Pattern[str], text: str, place: int) -> re.Match[str] | None:
    """The match of `pattern` that begins at `place`, if it ends within reach."""
    return pattern.match(text, place, min(len(text), place + REACH))


def before(text: str, place: int, reach: int = 60) -> str:
    """What stands before `place`, as far as it matters."""
    return text[max(0, place - reach) : place]
