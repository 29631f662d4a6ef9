"""From what a model wrote to a score on the scale, or to the reason why there is none. Never a guess."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import partial
from itertools import chain

from alia_judge.judging.answer.asides import without_asides
from alia_judge.judging.answer.distractors import without_distractors
from alia_judge.judging.answer.found import TRIM, Found, Parsed, before
from alia_judge.judging.answer.labels import fields, in_words, labelled_otherwise, line_words, predicates
from alia_judge.judging.answer.layout import Reasoning
from alia_judge.judging.answer.numerals import alone, announced_number, number_at, numbers, stars
from alia_judge.judging.answer.objects import object_verdict
from alia_judge.judging.answer.vocabulary import (
    ANNOUNCEMENT,
    CORRECTION,
    DECLINES,
    LOSES,
    OTHER_QUANTITY,
    OTHER_SCALE,
    OTHERS,
    OVERALL,
    REFUSAL,
    REVISED,
    UNBELIEVED,
    UNRATED,
)
from alia_judge.models.thinking import SPECIAL_TOKENS, thought_spans, without_thinking
from alia_judge.records import Scale

__all__ = ["LONGEST", "Parsed", "parse_answer"]

#: Characters of an answer that are read at most: of a longer one only the part where its score was asked for.
LONGEST = 20_000
#: Characters that are looked through for thoughts at most.
_FARTHEST = 200_000


def parse_answer(
    text: str,
    scale: Scale,
    *,
    truncated: bool = False,
    named: bool = False,
    reasoning: Reasoning = "none",
) -> Parsed:
    """Read the score out of a judge's answer.

    A score is what stands for itself: after an announcement ("Score: 4", "Puntuazioa: 4"), in an object
    (``{"score": 4}``), alone on a line, or as the whole answer; as a numeral, a number word ("cuatro", "bost"), a
    row of stars or a label in the user's words. A label may also name a field of yes or no ("Faithful: no"), or be
    said of the text ("the answer is correct"). Failing that, the score is the only number in the text that counts
    nothing ("it has 4 errors"), is not denied, bounded or rounded ("not a 4", "at least 3", "about 4") and names
    nothing ("item 4"). The scale's own range ("from 1 to 5"), a denominator ("4/5", "4 out of 5"), the numbers of a
    list and what stands in a model's thoughts are no scores. Several different scores ("3 or 4", "3, maybe 4") are
    ambiguous, and a number that is no point of the scale is off the scale; neither is rounded or chosen from.

    Parameters
    ----------
    text
        What the model wrote.
    scale
        The values a score may take.
    truncated
        Whether generation stopped at the token limit. Then there is a score only where it was asked for first and is
        what the answer opens with: a number of the reasons is none.
    named
        Whether the numbers name what there is to choose from, as in a pair or a list: "Response 2" is then a choice.
    reasoning
        Where reasons were asked for: nowhere, before the score or after it.

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
    >>> parse_answer("Score: 3 or higher", likert).reason
    'ambiguous'
    >>> parse_answer("Style is a 2, and the facts", likert, truncated=True, reasoning="first").reason
    'truncated'
    >>> parse_answer("Toxic: no", Scale.binary(("safe", "toxic"))).score
    0.0
    """
    if not text.strip():
        return Parsed(reason="truncated" if truncated else "empty")
    offset = 0
    if len(text) > LONGEST:
        text, offset = _window(text, reasoning)
    narrow, places = _narrow(text)
    if (turn := _NEXT_TURN.search(narrow)) is not None and narrow[: turn.start()].strip():
        narrow = narrow[: turn.start()]  # a model that runs on, as its user
    shown = without_asides(SPECIAL_TOKENS.sub(_blank, without_thinking(narrow)))
    found = _read(shown, scale, truncated=truncated, named=named, reasoning=reasoning)
    if named and found is not None and found.score is not None and (said := _loses(shown, found.score)):
        return Parsed(reason="ambiguous", detail=said)
    if found is not None and found.score is not None:
        return replace(found, start=places[found.start] + offset)
    if found is not None:
        return found
    if not shown.strip():
        return Parsed(reason="truncated" if truncated else "no_score", detail=f"nothing but thoughts: {_excerpt(text)}")
    if REFUSAL.search(shown):
        return Parsed(reason="refusal", detail=_excerpt(shown))
    return Parsed(reason="truncated" if truncated else "no_score", detail=_excerpt(shown))


def _loses(text: str, score: float) -> str:
    """What says that of a pair the one that was read is the worse; empty for nothing."""
    said = (match for match in LOSES.finditer(text) if float(match["loser"] or match["worse"]) == score)
    return next((match[0] for match in said), "")


_MARKUP = r"[\s*_`\"'«»“”(\[{#|]{0,20}(?:</?\w{1,30}>)?[\s*_`\"'«»“”(\[{#|]{0,20}"
_LEGEND = r"(?:[ \t*_]{0,10}[(\[][^()\[\]\n]{0,80}[)\]])?"
_ANNOUNCED = re.compile(
    rf"(?:\b(?P<word>{ANNOUNCEMENT})\b(?:\s{{1,3}}{OVERALL}\b)?"
    rf"(?:[*_`\"' \t]{{0,20}}{_LEGEND}{_MARKUP}(?P<sign>[:=→：]>?|-+>|[-–](?=\s)|(?:is|es|és|da|é)\b:?){_MARKUP}"
    rf"|[\])]?{_MARKUP})|\b(?P<again>{REVISED})\s{{0,3}}[:=]{_MARKUP}|(?P<box>\\boxed\{{|####|\[\[|\[RESULT\]"
    rf"|</?(?:final_)?(?:score|rating|grade)>)[\s(]{{0,10}})",
    re.IGNORECASE,
)
#: What takes back what was said, and the number that it puts in its place.
_CORRECTED = re.compile(rf"{CORRECTION}[^\d\n]{{0,30}}(?=[-+−]?\d)", re.IGNORECASE)
#: Where templates begin what a user says.
_NEXT_TURN = re.compile(
    r"\[INST\]|<\|im_start\|>\s{0,3}user|<\|start_header_id\|>\s{0,3}user|<start_of_turn>\s{0,3}user|<\|user\|>"
    r"|<｜User｜>"
    r"|<\|start\|>user|<\|turn>\s{0,3}user",
    re.IGNORECASE,
)
_CORRECTED_WORDS = re.compile(rf"{CORRECTION}[\s,:;.…!-]{{1,5}}(?:(?:it|that)['’]s |it is |es |és |é )?", re.IGNORECASE)
#: An announcement at the end, with nothing after it.
_UNFINISHED = re.compile(rf"\b{ANNOUNCEMENT}\b[*_`\s]{{0,5}}[:=：][*_`\s]{{0,20}}$", re.IGNORECASE)
_UNBELIEVED = re.compile(rf"{UNBELIEVED}[^,.;:!?\n]{{0,60}}$", re.IGNORECASE)
_OF_SOMETHING_ELSE = re.compile(rf"\b(?:{OTHER_QUANTITY}|{OTHERS}|to)[\s_*`-]{{1,5}}$", re.IGNORECASE)
_OTHER_SCALE = re.compile(OTHER_SCALE, re.IGNORECASE)
_FENCE = re.compile(r"[\s`]{0,20}(?:json|markdown|text|python)?[\s`]{0,20}", re.IGNORECASE)
_BRACE = re.compile(r"\s{0,20}(?:`{3}\w{0,10}\s{0,5})?\{")
#: What ends a score that an answer opens with, and so shows that it was whole before the cut.
_WHOLE = re.compile(
    r"(?:/\d{1,3})?[\s*_`\"'»)\]}]{0,10}"
    r"(?:[,;:.!?(\n–—-]|because|since|porque|ya que|perquè|ja que|delako|baita|xa que)"
    r"|[*_`\"'»)\]]{0,5}[ \t]{0,5}\n",
    re.IGNORECASE,
)
#: A label with a sign after it, whose value may have been cut: "Toxic: n".
_FIELD_CUT = re.compile(r"[^\n:=?]{1,60}[:=?][*_`\s]{0,5}\w{0,5}$")
#: A line before the score that says nothing: "Sure, here is my evaluation:".
_PREAMBLE = re.compile(r"\s{0,20}[^\d\n]{1,80}[:!.]\s{0,3}\n\s{0,20}(?=\S)")
_ANY = Scale.continuous(0, 1)
_SUPERSCRIPTS = "⁰¹²³⁴⁵⁶⁷⁸⁹₀₁₂₃₄₅₆₇₈₉"


def _read(shown: str, scale: Scale, *, truncated: bool, named: bool, reasoning: Reasoning) -> Parsed | None:
    """The score in what an answer shows, without thoughts; None where there is nothing of the kind."""
    told, shown = object_verdict(shown, scale, partial(parse_answer, scale=scale, named=named))
    if told is not None:
        return told
    if truncated and reasoning == "first":
        return None
    begun = _BRACE.match(shown) is not None
    if begun and "}" not in shown and reasoning == "first":
        return Parsed(reason="truncated", detail=f"an object that breaks off: {_excerpt(shown)}")
    if truncated or (begun and "}" not in shown):
        return _opening(shown, scale, named=named)
    plain = without_distractors(shown, scale, truncated=False)
    found = _decided(plain, scale, named=named, only_announced=begun)
    if found is None or found.score is None:
        return found
    if UNRATED.search(shown):
        return Parsed(reason="refusal", detail=_excerpt(shown))
    if _declined(plain, found, scale):
        return None
    found = _decide(chain([Found(found.score, found.start)], _corrected(plain, scale)), scale)
    if found is None or found.score is None:
        return found
    if (label := labelled_otherwise(plain, found.start, scale, found.score)) is not None:
        return Parsed(reason="ambiguous", detail=f"{found.score:g} and {label}")
    return found


def _decided(plain: str, scale: Scale, *, named: bool, only_announced: bool = False) -> Parsed | None:
    """The first kind of place that holds a score decides; what else claims to be one must agree."""
    asked = _decide(fields(plain, scale), scale)
    if (other := _OTHER_SCALE.search(plain)) is not None:  # its own was taken out
        return Parsed(reason="ambiguous", detail=f"{other.group()!r} is another scale")
    said = chain(_announced(plain, scale, named=named), stars(plain, scale))
    announced = _decide(said, scale)
    if asked is not None:
        return _agreed(asked, announced)
    if only_announced:
        return announced
    on_lines = _decide(_alone(plain, scale), scale)
    if announced is not None:
        numbers_alone = _decide(alone(plain), scale)
        return _agreed(announced, numbers_alone)
    if on_lines is None and _UNFINISHED.search(plain):
        return None
    return on_lines or _decide(numbers(plain, named=named), scale) or _decide(predicates(plain, scale), scale)


def _agreed(one: Parsed, other: Parsed | None) -> Parsed:
    if other is None or one.score is None or one.score == other.score:
        return one
    if other.reason in ("ambiguous", "off_scale") or other.score is not None:
        said = f"{one.score:g} and {other.detail if other.score is None else f'{other.score:g}'}"
        return Parsed(reason="ambiguous", detail=said)
    return one


def _opening(shown: str, scale: Scale, *, named: bool) -> Parsed | None:
    """The score that a cut answer opens with, if it was whole before the cut."""
    plain = without_distractors(shown, scale, truncated=True)
    start = _FENCE.match(plain)
    place = 0 if start is None else start.end()
    if (preamble := _PREAMBLE.match(plain, place, min(len(plain), place + 120))) is not None and not _ANNOUNCED.match(
        plain[: preamble.end()].strip()
    ):
        place = preamble.end()
    end = _end_of_opening(plain, place)
    segment = plain[place:end]
    found = _decided(" " * place + segment, scale, named=named)
    if found is None or found.score is None:
        return found if found is not None and found.reason == "off_scale" and _opens(plain, place, None) else None
    if not _opens(plain, place, found.start):
        return None
    return found if _is_whole(plain, found, scale) else None


def _end_of_opening(plain: str, place: int) -> int:
    """Where the line ends that the answer opens with; an announcement alone on it takes the next line too."""
    end = plain.find("\n", place)
    if (
        end >= 0
        and not any(character.isdigit() for character in plain[place:end])
        and _ANNOUNCED.match(plain[place:end].lstrip("#*_ \t") + " ")
    ):
        end = plain.find("\n", end + 1)
    return len(plain) if end < 0 else end


def _opens(plain: str, place: int, start: int | None) -> bool:
    """Whether nothing but an announcement stands before the score."""
    head = plain[place : place + 60] if start is None else plain[place:start]
    bare = head.strip(TRIM + "\n\\/")
    if start is None or not bare:
        return True
    words = bare.casefold()
    return (
        re.fullmatch(
            rf"(?:(?:the|my|la|a|mi|el|o|meva|nire)\s+)*(?:{OVERALL}\s+|azken\s+)?(?:{ANNOUNCEMENT})(?:\s+{OVERALL})?"
            r"[\s*_`\"':=→>\-–(\[]*(?:is|es|és|é|boxed)?(?:\s+(?:an?|una?|unha))?|boxed|result|feedback",
            words,
            re.IGNORECASE,
        )
        is not None
    )


def _is_whole(plain: str, found: Parsed, scale: Scale) -> bool:
    """Whether a score was finished before the cut: "1" may be the beginning of 10."""
    number = number_at(plain, found.start)
    if number is None:
        if _FIELD_CUT.match(plain[found.start :]):
            return False
        return bool(plain[found.start :].strip(TRIM)) and plain.rstrip(" ")[-1:] != plain[found.start : found.start + 1]
    rest = plain[number.end() :]
    if rest.strip() in (".", ",") and not all(point == int(point) for point in scale.points or (0.5,)):
        return False
    if _WHOLE.match(rest):
        return True
    if rest.strip():
        return False
    written = number["number"]
    longer = not scale.points or any(
        f"{point:g}" != written and f"{point:g}".startswith(written) for point in scale.points
    )
    return not longer


def _window(text: str, reasoning: Reasoning) -> tuple[str, int]:
    """The part of a long answer where its score was asked for, and where it begins."""
    whole = len(text)
    text = text[-_FARTHEST:] if reasoning == "first" else text[:_FARTHEST]
    if reasoning == "first":
        if any(end == len(text) > start for start, end in thought_spans(text)):  # a thought that never ended
            return "<think>", 0
        return text[-LONGEST:], whole - LONGEST
    if thoughts := thought_spans(text):
        start = min(thoughts[-1][1], len(text))
        return (text[start : start + LONGEST], start) if start < len(text) else ("<think>", 0)
    return text[:LONGEST], 0


def _narrow(text: str) -> tuple[str, list[int]]:
    """`text` with full-width digits and the like made plain and nothing invisible; and where each character stood."""
    if text.isascii():
        return text, list(range(len(text) + 1))
    kept = [(place, _plain(character)) for place, character in enumerate(text) if not _unseen(character)]
    return "".join(character for _, character in kept), [*(place for place, _ in kept), len(text)]


def _plain(character: str) -> str:
    # A superscript is a note's number, or an exponent.
    narrow = unicodedata.normalize("NFKC", character) if character not in _SUPERSCRIPTS else "^"
    return narrow if len(narrow) == 1 else character


def _unseen(character: str) -> bool:
    """Formatting characters, variation selectors and the frames of keycaps."""
    return character > "\x7f" and (unicodedata.category(character) in ("Cf", "Me") or "\ufe00" <= character <= "\ufe0f")


def _decide(found: Iterable[Found], scale: Scale) -> Parsed | None:
    """One value is the score; several are ambiguous; none decides nothing."""
    places: dict[float, int] = {}
    unclear: Found | None = None
    for one in found:
        if one.value is None:
            unclear = unclear or one
        else:
            places.setdefault(one.value, one.start)
        if len(places) > 1 or unclear is not None:
            break
    if len(places) > 1:
        return Parsed(reason="ambiguous", detail=", ".join(f"{value:g}" for value in sorted(places)))
    if unclear is not None:
        return Parsed(reason="ambiguous" if places else unclear.reason, detail=unclear.said)
    if not places:
        return None
    value, start = places.popitem()
    if not math.isfinite(value) or not scale.contains(value):
        return Parsed(reason="off_scale", detail=f"{value:g}")
    return Parsed(score=value, start=start)


def _announced(text: str, scale: Scale, *, named: bool) -> Iterator[Found]:
    for match in _ANNOUNCED.finditer(text):
        if match["word"] and _OF_SOMETHING_ELSE.search(before(text, match.start())):
            continue
        number = number_at(text, match.end())
        if number is None:
            said = list(in_words(text, match.end(), scale))
            if said and _UNBELIEVED.search(before(text, match.start(), 100)):
                said = [Found(None, match.start(), said=text[max(0, match.start() - 40) : match.end() + 20].strip())]
            yield from said
        elif match["box"] or match["again"]:
            yield from announced_number(text, number, "score", ":", scale, named=named)
        else:
            yield from announced_number(text, number, match["word"], match["sign"], scale, named=named)


def _corrected(text: str, scale: Scale) -> Iterator[Found]:
    """What is put in the place of something earlier: "Actually, 3", "No, I mean yes"."""
    for match in _CORRECTED.finditer(text):
        if (number := number_at(text, match.end())) is not None:
            yield from announced_number(text, number, "score", ":", _ANY, named=True)
    if scale.labels:
        for match in _CORRECTED_WORDS.finditer(text):
            yield from in_words(text, match.end(), scale)


def _alone(text: str, scale: Scale) -> Iterator[Found]:
    """Scores that are the whole of a line, and what opens the text and ends a clause there."""
    yield from alone(text)
    yield from line_words(text, scale)
    opening = len(text) - len(text.lstrip(TRIM + "\n"))
    yield from in_words(text, opening, scale)


def _declined(text: str, found: Parsed, scale: Scale) -> bool:
    """Whether the no of a yes-no scale is the beginning of "No, I cannot judge this"."""
    opened = text[found.start : found.start + 40].lstrip(TRIM)[:2].casefold() in ("no", "ez")
    return scale.kind == "binary" and opened and DECLINES.search(text) is not None


def _blank(match: re.Match[str]) -> str:
    return " " * len(match.group(0))


def _excerpt(text: str, length: int = 200) -> str:
    return text.strip()[:length]
