"""What a judge's answer holds besides its score: the scale's range, denominators, the numbers of a list."""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import pairwise

from alia_judge.judging.answer.vocabulary import NUMBER_WORDS, OUT_OF, TO
from alia_judge.records import Scale

__all__ = ["without_distractors"]

_LIST_NUMBER = re.compile(r"^[ \t]{0,20}(\d{1,3})(?:[.):]|[ \t]{0,3}[=–-])(?=[ \t]{1,20}\S)", re.MULTILINE)


def without_distractors(text: str, scale: Scale, *, truncated: bool) -> str:
    """`text` with the numbers that are no scores blanked out, each in its place.

    Parameters
    ----------
    text
        A model's answer, without its thoughts.
    scale
        Whose range and denominator are meant.
    truncated
        Whether it stopped at the token limit: a single numbered line is then the beginning of a list.
    """
    span, denominator, of_high = _patterns(scale.low, scale.high)
    if len(scale.points) != 2:
        text = denominator.sub(_after_kept, f" {text}")[1:]
    else:  # of two points, "0/1" names both
        high = f"{scale.high:g}"
        share = rf"(?<![\w.,/]){high}(?P<rest>\s?/\s?{high})(?![\w.,/])"
        text = re.sub(share, lambda found: high + " " * len(found["rest"]), text)
    text = of_high.sub(_blank, span.sub(_blank, text))
    if (scale.low, scale.high) == (0.0, 100.0):  # a per cent is a point of it
        text = re.sub(r"(?<=\d)\s?%", _blank, text)
    numbers = [int(match.group(1)) for match in _LIST_NUMBER.finditer(text)]
    # One numbered line is a list only if the text broke off before the second: "1. It is unclear" may well be a score.
    steps = {after - before for before, after in pairwise(numbers)}
    if steps in ({1}, {-1}) or (numbers == [1] and truncated):
        text = _LIST_NUMBER.sub(_blank, text)
    return text


@lru_cache(maxsize=64)
def _patterns(low: float, high: float) -> tuple[re.Pattern[str], re.Pattern[str], re.Pattern[str]]:
    """A scale's range ("1 to 5"), what comes after a score out of it ("/5"), and before one in Basque ("5etik")."""
    first, last = _spellings(low), _spellings(high)
    words = "|".join(NUMBER_WORDS)
    return (
        re.compile(rf"(?<![\w.,]){first}\s{{0,5}}{TO}\s{{0,5}}{last}(?!\w|[.,]\d)", re.IGNORECASE),
        re.compile(
            rf"(?:(?<=\d)|(?<=\W)(?P<kept>{words})(?=\W))[\s*_]{{0,10}}{OUT_OF}\s{{0,5}}"
            rf"{last}(?!\w|[.,/]\d)",
            re.IGNORECASE,
        ),
        re.compile(rf"(?<!\w){last}-?e?tik\s(?!\s{{0,5}}{last})", re.IGNORECASE),
    )


def _spellings(value: float) -> str:
    """A pattern for a whole number as a numeral or in words, and for any other as a numeral."""
    words = [word for word, number in NUMBER_WORDS.items() if number == value and len(word) > 1]
    numeral = re.escape(f"{value:g}") + (r"(?:[.,]0{1,3})?" if value == int(value) else "")
    return rf"(?:{'|'.join([numeral, *words])})"


def _blank(match: re.Match[str]) -> str:
    return " " * len(match.group(0))


def _after_kept(match: re.Match[str]) -> str:
    kept = match["kept"] or ""
    return kept + " " * (len(match.group(0)) - len(kept))
