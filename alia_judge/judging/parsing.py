"""From what a model wrote to a score on the scale, or to the reason why there is none. Never a guess."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from alia_judge.judging.words import ANNOUNCEMENT, NO, NUMBER_WORDS, OR, OUT_OF, REFUSAL, TO, YES
from alia_judge.records import Scale, Unscored

__all__ = ["Parsed", "parse_answer"]


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


def parse_answer(text: str, scale: Scale, *, truncated: bool = False) -> Parsed:
    """Read the score out of a judge's answer.

    A score is what stands for itself: after an announcement ("Score: 4", "Puntuazioa: 4"), alone on a line, or as the
    whole answer; as a numeral, a number word ("cuatro", "bost") or a label in the user's words. Failing that, it is the
    only number in the text. The scale's own range ("from 1 to 5"), a denominator ("4/5", "4 out of 5") and the numbers
    of a list are no scores. Several different scores are ambiguous, and a number that is no point of the scale is off
    the scale; neither is rounded or chosen from.

    Parameters
    ----------
    text
        What the model wrote.
    scale
        The values a score may take.
    truncated
        Whether generation stopped at the token limit; a missing score is then put down to that.

    Examples
    --------
    >>> likert = Scale.ordinal(1, 5)
    >>> parse_answer("**Puntuación:** 4/5", likert).score
    4.0
    >>> parse_answer("cuatro", likert).score
    4.0
    >>> parse_answer("7", likert).reason
    'off_scale'
    >>> parse_answer("Lo siento, no puedo valorar este texto.", likert).reason
    'refusal'
    """
    if not text.strip():
        return Parsed(reason="truncated" if truncated else "empty")
    plain = _without_distractors(_narrow(text), scale, truncated=truncated)
    found = _decide(_announced(plain, scale), scale) or _decide(_alone(plain, scale), scale)
    found = found or _decide(_numbers(plain), scale)
    if found is not None:
        return found
    if REFUSAL.search(plain):
        return Parsed(reason="refusal", detail=_excerpt(text))
    return Parsed(reason="truncated" if truncated else "no_score", detail=_excerpt(text))


#: A value that was written, and where.
_Found = tuple[float, int]

_NUMERAL = r"[-+−]?\d+(?:[.,]\d+)?"
_NUMBER = re.compile(rf"(?<![\w.,])(?P<number>{_NUMERAL})(?![\w%]|[.,]\d)")
_ALTERNATIVE = re.compile(rf"\s*{OR}\s*(?P<number>{_NUMERAL})(?!\w)", re.IGNORECASE)
_MARKUP = r"[\s*_`\"'«»“”(\[{<>#]*"
_ANNOUNCED = re.compile(rf"\b{ANNOUNCEMENT}\b{_MARKUP}(?:[:=→-]|(?:is|es|és|da|é)\b)?{_MARKUP}", re.IGNORECASE)
_ALONE = re.compile(
    rf"^[ \t]*(?:[-•–][ \t]+)?[ \t*_`\"'«“(\[{{<>#]*(?P<number>{_NUMERAL})[ \t*_`\"'»”)\]}}>.:;!,]*$", re.MULTILINE
)
_OPENING = re.compile(rf"[ \t\n*_`\"'«“(\[{{<>#]*(?P<number>{_NUMERAL})[ \t*_`\"'»”)\]}}>]*[.:;](?!\d)")
_LINE = re.compile(r"[^\n]+")
_CLAUSE = re.compile(r"[^\n.;:,!(]+")
_TRIM = " \t*_`\"'«»“”()[]{}<>#.:;!,-–→"
_LIST_NUMBER = re.compile(r"^[ \t]*(\d+)[.)](?=[ \t]+\S)", re.MULTILINE)


def _narrow(text: str) -> str:
    """`text` with full-width digits and the like made plain, each in its place."""
    return "".join(
        narrow if len(narrow := unicodedata.normalize("NFKC", character)) == 1 else character for character in text
    )


def _without_distractors(text: str, scale: Scale, *, truncated: bool) -> str:
    """`text` with the numbers that are no scores blanked out: the scale's range, denominators, list numbers."""
    low, high = f"{scale.low:g}", f"{scale.high:g}"
    span = re.compile(rf"(?<![\w.,]){re.escape(low)}\s*{TO}\s*{re.escape(high)}(?!\w|[.,]\d)", re.IGNORECASE)
    denominator = re.compile(rf"(?<=\d)[\s*_]*{OUT_OF}\s*{re.escape(high)}(?!\w|[.,]\d)", re.IGNORECASE)
    for pattern in (denominator, span):
        text = pattern.sub(_blank, text)
    numbers = [int(match.group(1)) for match in _LIST_NUMBER.finditer(text)]
    # One numbered line is a list only if the text broke off before the second: "1. It is unclear" may well be a score.
    if numbers == list(range(1, len(numbers) + 1)) and (len(numbers) > 1 or truncated):
        text = _LIST_NUMBER.sub(_blank, text)
    return text


def _blank(match: re.Match[str]) -> str:
    return " " * len(match.group(0))


def _decide(found: Iterable[_Found], scale: Scale) -> Parsed | None:
    """One value is the score; several are ambiguous; none decides nothing."""
    places = dict(found)
    if not places:
        return None
    if len(places) > 1:
        return Parsed(reason="ambiguous", detail=", ".join(f"{value:g}" for value in sorted(places)))
    value, start = places.popitem()
    if not scale.contains(value):
        return Parsed(reason="off_scale", detail=f"{value:g}")
    return Parsed(score=value, start=start)


def _announced(text: str, scale: Scale) -> Iterator[_Found]:
    for match in _ANNOUNCED.finditer(text):
        number = _NUMBER.match(text, match.end())
        if number is not None:
            yield _place(number)
            if (other := _ALTERNATIVE.match(text, number.end())) is not None:
                yield _place(other)
        else:
            yield from _in_words(text, match.end(), scale)


def _alone(text: str, scale: Scale) -> Iterator[_Found]:
    """Scores that are the whole of a line, and what opens the text and ends a clause there."""
    yield from map(_place, _ALONE.finditer(text))
    if (number := _OPENING.match(text)) is not None:
        yield _place(number)
    for line in _LINE.finditer(text):
        value = _point(line.group().strip(_TRIM), scale)
        if value is not None:
            yield value, line.start()
    opening = len(text) - len(text.lstrip(_TRIM + "\n"))
    yield from _in_words(text, opening, scale)


def _numbers(text: str) -> Iterator[_Found]:
    yield from map(_place, _NUMBER.finditer(text))


def _in_words(text: str, start: int, scale: Scale) -> Iterator[_Found]:
    """The label or number word that stands at `start`, up to where its line or its clause ends."""
    for boundary in (_LINE, _CLAUSE):
        match = boundary.match(text, start)
        value = None if match is None else _point(match.group().strip(_TRIM), scale)
        if value is not None:
            yield value, start
            return


def _place(match: re.Match[str]) -> _Found:
    return float(match.group("number").replace(",", ".").replace("−", "-")), match.start("number")


def _point(words: str, scale: Scale) -> float | None:
    """The value that `words` stand for: a label of the scale, yes or no on a yes-no scale, or a number word."""
    word = words.casefold()
    by_label = {label.casefold(): point for label, point in zip(scale.labels, scale.points, strict=False)}
    if word in by_label:
        return by_label[word]
    for synonyms in (YES, NO):
        if word in synonyms:
            return next((point for label, point in by_label.items() if label in synonyms), None)
    number = NUMBER_WORDS.get(word)
    return None if number is None else float(number)


def _excerpt(text: str, length: int = 200) -> str:
    return text.strip()[:length]
