"""From what a model wrote to a score on the scale, or to the reason why there is none. Never a guess."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from alia_judge.judging.answer.distractors import without_distractors
from alia_judge.judging.answer.vocabulary import (
    ANNOUNCEMENT,
    AROUND,
    DECLINES,
    HALF,
    HEDGE,
    NAMED,
    NO,
    NOT_QUITE,
    NUMBER_WORDS,
    OR,
    OVERALL,
    REFUSAL,
    STOP,
    TITLE,
    YES,
)
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


def parse_answer(text: str, scale: Scale, *, truncated: bool = False, named: bool = False) -> Parsed:
    """Read the score out of a judge's answer.

    A score is what stands for itself: after an announcement ("Score: 4", "Puntuazioa: 4"), alone on a line, or as the
    whole answer; as a numeral, a number word ("cuatro", "bost") or a label in the user's words. Failing that, it is the
    only number in the text that counts nothing ("it has 4 errors"), is not denied or bounded ("not a 4", "at least 3")
    and names nothing ("item 4"). The scale's own range ("from 1 to 5"), a denominator ("4/5", "4 out of 5"), the
    numbers of a list and what stands in a model's thinking are no scores. Several different scores ("3 or 4", "3, maybe
    4") are ambiguous, and a number that is no point of the scale is off the scale; neither is rounded or chosen from.

    Parameters
    ----------
    text
        What the model wrote.
    scale
        The values a score may take.
    truncated
        Whether generation stopped at the token limit; a missing score is then put down to that.
    named
        Whether the numbers name what there is to choose from, as in a pair or a list: "Response 2" is then a choice.

    Examples
    --------
    >>> likert = Scale.ordinal(1, 5)
    >>> parse_answer("**Puntuación:** 4/5", likert).score
    4.0
    >>> parse_answer("cuatro", likert).score
    4.0
    >>> parse_answer("7", likert).reason
    'off_scale'
    >>> parse_answer("It has 4 paragraphs.", likert).reason
    'no_score'
    >>> parse_answer("Lo siento, no puedo valorar este texto.", likert).reason
    'refusal'
    """
    if not text.strip():
        return Parsed(reason="truncated" if truncated else "empty")
    narrow, places = _narrow(text)
    plain = without_distractors(narrow, scale, truncated=truncated)
    found = _decide(_announced(plain, scale, named=named), scale) or _decide(_alone(plain, scale), scale)
    found = found or _decide(_numbers(plain, named=named), scale)
    if found is not None and not (found.score is not None and _declined(plain, found, scale)):
        return found if found.score is None else replace(found, start=places[found.start])
    if REFUSAL.search(plain):
        return Parsed(reason="refusal", detail=_excerpt(text))
    return Parsed(reason="truncated" if truncated else "no_score", detail=_excerpt(text))


#: A value that was written, and where.
_Found = tuple[float, int]

_NUMERAL = r"[-+−]?(?:\d+(?:[.,'’·]\d+)?|\.\d+)"
_WHOLE = (
    rf"(?P<number>{_NUMERAL})(?P<half>\s*(?:{HALF})(?!\w))?"
    r"(?!\w|[.,'’·]\d|\s*[%‰€£]|\s*(?:per ?cent|por ciento|por cento|ehuneko)\b)"
)
# A hyphen after a letter belongs to a name ("GPT-4"); a per cent sign, a currency or an exponent makes another number.
_NUMBER = re.compile(rf"(?<![\w.,€£])(?<![^\W\d_][-–−]){_WHOLE}", re.IGNORECASE)
_AFTER_ANOTHER = re.compile(_WHOLE, re.IGNORECASE)
_CLOSE = r"[ \t*_`\"'»”)\]}$]*"
_ALTERNATIVE = re.compile(
    rf"{_CLOSE}(?:\s*{OR}\s*|[,;]?\s*(?:(?:{HEDGE})\W+)+|\s*[,.;:]\s*|[ \t]+)[ \t*_`\"'«“(\[]*"
    rf"(?P<number>{_NUMERAL})(?![\w%])",
    re.IGNORECASE,
)
_MARKUP = r"[\s*_`\"'«»“”(\[{#|]*(?:</?\w+>)?[\s*_`\"'«»“”(\[{#|]*"
_LEGEND = r"(?:[ \t*_]*[(\[][^()\[\]\n]{0,80}[)\]])?"
_ANNOUNCED = re.compile(
    rf"\b(?P<word>{ANNOUNCEMENT})\b(?:\s+{OVERALL}\b)?"
    rf"(?:[*_`\"' \t]*{_LEGEND}{_MARKUP}(?P<sign>[:=→]>?|-+>|[-–](?=\s)|(?:is|es|és|da|é)\b:?){_MARKUP}"
    rf"|[\])]?{_MARKUP})",
    re.IGNORECASE,
)
_ALONE = re.compile(
    rf"^[ \t]*(?:[-•–>][ \t]+)?[ \t*_`\"'«“(\[{{<#$]*(?P<number>{_NUMERAL})[ \t*_`\"'»”)\]}}>.:;!,$]*$", re.MULTILINE
)
_OPENING = re.compile(rf"[ \t\n*_`\"'«“(\[{{<#]*(?P<number>{_NUMERAL})[ \t*_`\"'»”)\]}}>]*[.:;,](?!\d)")
_LINE = re.compile(r"[^\n]+")
_CLAUSE = re.compile(r"[^\n.;:,!(]+")
_TRIM = " \t*_`\"'«»“”()[]{}<>#.:;!,-–→|"
#: Emoji and the mark of a cut one: "4 ⭐" ends its line as "4" does, while "3 🐛 found" counts.
_DECORATED = r"\s*[\u2600-\u27bf\u2b50\u2b55\ufffd\U0001f300-\U0001faff]+[ \t]*(?:$|\n)"
#: A number that stands for itself ends its phrase, or goes on with a unit ("4 stars") or a reason ("4 because").
_STANDS = re.compile(
    rf"{_CLOSE}(?:$|{_DECORATED}|[\n.,;:!?…>|(\[]|</|\s[-–—]\s|{_NUMERAL}|\w\)|\s*(?:{STOP})(?!\w))", re.IGNORECASE
)
_TAG = re.compile(r"</?\w[^<>\n]*>$")


def _narrow(text: str) -> tuple[str, list[int]]:
    """`text` with full-width digits and the like made plain and nothing invisible; and where each character stood."""
    kept = [(place, _plain(character)) for place, character in enumerate(text) if not _unseen(character)]
    return "".join(character for _, character in kept), [place for place, _ in kept]


def _plain(character: str) -> str:
    # A superscript is a note's number, or an exponent.
    narrow = unicodedata.normalize("NFKC", character) if character not in "⁰¹²³⁴⁵⁶⁷⁸⁹₀₁₂₃₄₅₆₇₈₉" else "^"
    return narrow if len(narrow) == 1 else character


def _unseen(character: str) -> bool:
    """Formatting characters, variation selectors and the frames of keycaps."""
    return character > "\x7f" and (unicodedata.category(character) in ("Cf", "Me") or "\ufe00" <= character <= "\ufe0f")


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


def _announced(text: str, scale: Scale, *, named: bool) -> Iterator[_Found]:
    for match in _ANNOUNCED.finditer(text):
        number = _NUMBER.match(text, match.end())
        if number is None:
            yield from _in_words(text, match.end(), scale)
            continue
        titled = not match["sign"] and re.fullmatch(TITLE, match["word"], re.IGNORECASE)
        if (titled and not named) or _bounded(text, number) or not _announces(text, number, match["word"]):
            continue
        yield from _with_alternatives(text, number)
        if match["sign"] in ("-", "–") and scale.low < 0:
            yield -float(_value(number)), number.start("number")


def _alone(text: str, scale: Scale) -> Iterator[_Found]:
    """Scores that are the whole of a line, and what opens the text and ends a clause there."""
    for pattern in (_ALONE.finditer(text), filter(None, [_OPENING.match(text)])):
        for match in pattern:
            number = _NUMBER.match(text, match.start("number"))
            if number is not None and not _bounded(text, number):
                yield from _with_alternatives(text, number)
    for line in _LINE.finditer(text):
        value = _point(line.group().strip(_TRIM), scale)
        if value is not None:
            yield value, line.start()
    opening = len(text) - len(text.lstrip(_TRIM + "\n"))
    yield from _in_words(text, opening, scale)


def _numbers(text: str, *, named: bool) -> Iterator[_Found]:
    """Numbers in running text that count nothing, are neither denied nor bounded, and are no name's part."""
    for number in _NUMBER.finditer(text):
        before = text[max(0, number.start() - 60) : number.start()]
        if _bounded(text, number) or NOT_QUITE.search(before) or (not named and NAMED.search(before)):
            continue
        if text[number.end() : number.end() + 1] == ":" and re.search(rf"{TITLE}\s*$", before, re.IGNORECASE):
            continue
        if named or _STANDS.match(text, number.end()) or _ALTERNATIVE.match(text, number.end()):
            yield from _with_alternatives(text, number)


def _with_alternatives(text: str, number: re.Match[str]) -> Iterator[_Found]:
    """A number, and those that it is put up for choice with: "3 or 4", "3, maybe 4"; more, or less, is neither."""
    yield _value(number), number.start("number")
    if _is_thousands(number["number"]):
        yield float(re.sub(r"\D", "", number["number"])), number.start("number")
    other = _ALTERNATIVE.match(text, number.end())
    while other is not None:
        after = _AFTER_ANOTHER.match(text, other.start("number"))
        if after is None or not (_STANDS.match(text, after.end()) or re.search(OR, other.group(), re.IGNORECASE)):
            return
        yield _value(after), after.start("number")
        other = _ALTERNATIVE.match(text, after.end())


def _in_words(text: str, start: int, scale: Scale) -> Iterator[_Found]:
    """The label or number word that stands at `start`, up to where its line or its clause ends, and any beside it."""
    for boundary in (_LINE, _CLAUSE):
        match = boundary.match(text, start)
        value = None if match is None else _point(match.group().strip(_TRIM), scale)
        if match is not None and value is not None:
            yield value, start
            if boundary is _CLAUSE:
                line = _LINE.match(text, match.end())
                yield from () if line is None else _beside(line.group(), line.start(), value, scale)
            return


def _beside(rest: str, start: int, value: float, scale: Scale) -> Iterator[_Found]:
    """Other values on the line of one in words: in the next clause alone ("cuatro, cinco"), or a label anywhere."""
    following = _CLAUSE.search(rest)
    if following is not None:
        words = following.group().strip(_TRIM)
        number = _NUMBER.fullmatch(words)
        other = _value(number) if number is not None else _point(words, scale)
        if other is not None:
            yield other, start + following.start()
    if scale.kind == "binary":  # "Yes, there is no doubt"
        return
    # The longest label first, so that "muy mal" is not "mal".
    labels = sorted(zip(scale.labels, scale.points, strict=False), key=lambda pair: -len(pair[0]))
    for label, point in labels:
        pattern = re.compile(rf"(?<!\w){re.escape(label)}(?!\w)", re.IGNORECASE)
        if point != value and pattern.search(rest):
            yield point, start
        rest = pattern.sub("", rest)


def _bounded(text: str, number: re.Match[str]) -> bool:
    """Whether a sign before the number makes it a bound (">3") or a price ("$4"); the end of a tag does not."""
    before = text[: number.start("number")].rstrip(" \t*_`")
    sign = before[-1:]
    if sign == "$":
        return not text.startswith("$", number.end())
    if before.endswith(("->", "=>")) or sign not in tuple("<>≤≥≠="):
        return False
    if sign == "=":
        return before[-2:-1] in tuple("<>!")
    if sign == "<":
        return not text[number.end() :].lstrip().startswith(">")
    line = before[before.rfind("\n") + 1 :]
    quoted = line.strip() == ">" and text[number.start("number") - 1].isspace()
    return not quoted and _TAG.search(before) is None


def _announces(text: str, number: re.Match[str], announcement: str) -> bool:
    """Whether what was announced is the number, and not what it counts ("Result: 3 errors") or nearly ("Score: 4+")."""
    opened = text[: number.start("number")].rstrip().endswith(("(", "["))
    if opened and not re.match(r"\s*[)\]]", text[number.end() :]):  # "Score (5 is best)"
        return False
    if _STANDS.match(text, number.end()) or _ALTERNATIVE.match(text, number.end()):
        return True
    if re.match(r"[-–+]", text[number.end() :]) or re.fullmatch(TITLE, announcement, re.IGNORECASE):
        return False
    return not re.match(rf"\s+(?!{AROUND})[^\W\d_]+s\b", text[number.end() :], re.IGNORECASE)


def _declined(text: str, found: Parsed, scale: Scale) -> bool:
    """Whether the no of a yes-no scale is the beginning of "No, I cannot judge this"."""
    opened = text[found.start :].lstrip(_TRIM)[:2].casefold() in ("no", "ez")
    return scale.kind == "binary" and opened and DECLINES.search(text) is not None


def _value(match: re.Match[str]) -> float:
    plain = re.sub(r"[,'’·]", ".", match["number"]).replace("−", "-")
    half = match.groupdict().get("half")
    return float(plain) + (0.5 if half else 0.0)


def _is_thousands(numeral: str) -> bool:
    """Whether a comma may part thousands: "1,000" is a thousand to some and one to others."""
    return re.fullmatch(r"[-+−]?[1-9]\d{0,2},\d{3}", numeral) is not None


def _point(words: str, scale: Scale) -> float | None:
    """The value that `words` stand for: a label of the scale, yes or no on a yes-no scale, or a number word."""
    word = " ".join(words.casefold().split())
    by_label = {
        " ".join(label.casefold().split()): point for label, point in zip(scale.labels, scale.points, strict=False)
    }
    if word in by_label:
        return by_label[word]
    for synonyms in (YES, NO):
        if word in synonyms:
            return next((point for label, point in by_label.items() if label in synonyms), None)
    number = NUMBER_WORDS.get(word)
    return None if number is None else float(number)


def _excerpt(text: str, length: int = 200) -> str:
    return text.strip()[:length]
