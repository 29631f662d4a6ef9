"""Numbers in a judge's answer: which of them are the score, and which count, name or bound something."""

from __future__ import annotations

import re
from collections.abc import Iterator

from alia_judge.judging.answer.found import Found, at, before
from alia_judge.judging.answer.vocabulary import (
    ABOUT,
    AROUND,
    BEFORE_SHARE,
    COMPARED,
    HALF,
    HEDGE,
    NAMED,
    NOT_QUITE,
    NUMBER_WORDS,
    OR,
    OR_SO,
    OUT_OF,
    STOP,
    TITLE,
)
from alia_judge.records import Scale

__all__ = ["alone", "announced_number", "number_at", "numbers", "stars"]

NUMERAL = r"[-+−]?(?:\d{1,40}(?:[.,'’·]\d{1,40})?|\.\d{1,40})"
_WHOLE = (
    rf"(?P<number>{NUMERAL})(?P<half>\s{{0,5}}(?:{HALF})(?!\w))?"
    r"(?![^\W分点점]|\^|\s?[*×÷]\s?\d|[.,'’·]\d|\.[ºªoa](?!\w)|\s{0,5}[%‰€£]|\s{0,5}(?:per ?cent|por ciento"
    r"|por cento|ehuneko)\b)"
)
# A hyphen after a letter belongs to a name ("GPT-4") or an exponent; a per cent sign or a currency makes it another.
_NUMBER = re.compile(rf"(?<![\w.,€£√^])(?<!\d[*×÷])(?<![^\W\d_][-–−+]){_WHOLE}", re.IGNORECASE)
_AFTER_ANOTHER = re.compile(_WHOLE, re.IGNORECASE)
_CLOSE = r"[ \t*_`\"'»”)\]}$]{0,20}"
_OPEN = r"[ \t*_`\"'«“(\[]{0,20}"
_ALTERNATIVE = re.compile(
    rf"{_CLOSE}(?:[\s(\[]{{0,5}}(?P<or>{OR})\s{{0,5}}|(?:[,;…]"
    rf"|\.{{2,3}})?\s{{0,5}}(?P<hedge>(?:(?:{HEDGE})\W{{1,5}}){{1,6}})"
    rf"|\s{{0,5}}[,.;:]\s{{0,5}}|[ \t]{{1,5}}){_OPEN}"
    rf"(?:(?:an?|the|una?|unha|el|la|els|los|o|a)\s)?{_OPEN}(?P<number>{NUMERAL})(?![\w%])",
    re.IGNORECASE,
)
_WHOLE_NUMBER = rf"(?:{NUMERAL}|{'|'.join(word for word in NUMBER_WORDS if len(word) > 2)})"
_SHARE = re.compile(rf"{_CLOSE}\s{{0,5}}{OUT_OF}\s{{0,5}}{_WHOLE_NUMBER}(?![\w%])", re.IGNORECASE)
_BEFORE_SHARE = re.compile(rf"{BEFORE_SHARE}\s{{0,5}}$", re.IGNORECASE)
_ABOUT = re.compile(rf"(?:{ABOUT})[\s*_`\"'(]{{0,5}}$", re.IGNORECASE)
_OR_SO = re.compile(rf"{_CLOSE}(?:{OR_SO})", re.IGNORECASE)
_ALONE = re.compile(
    rf"^[ \t]{{0,20}}(?:[-•–>][ \t]{{1,5}})?[ \t*_`\"'«“(\[{{<#$]{{0,20}}(?P<number>{NUMERAL})"
    r"[ \t*_`\"'»”)\]}>.:;!,$。！]{0,20}$",
    re.MULTILINE,
)
_OPENING = re.compile(
    # Basque writes "2. urratsa" for the second step.
    rf"[ \t\n*_`\"'«“(\[{{<#]{{0,40}}(?P<number>{NUMERAL})[ \t*_`\"'»”)\]}}>]{{0,20}}"
    r"(?:[:;,](?!\d)|\.(?!\d|\s{1,3}[a-zà-ÿ])|\.{3})"
)
#: Emoji and the mark of a cut one: "4 ⭐" ends its line as "4" does, while "3 🐛 found" counts.
_DECORATED = r"\s{0,5}[\u2600-\u27bf\u2b50\u2b55\ufffd\U0001f300-\U0001faff]{1,40}[ \t]{0,5}(?:$|\n)"
#: A number that stands for itself ends its phrase, or goes on with a unit ("4 stars") or a reason ("4 because").
_STANDS = re.compile(
    rf"{_CLOSE}(?:$|{_DECORATED}|\.(?!\s{{1,3}}(?-i:[a-zà-ÿ]))"
    rf"|[\n,;:!?…>|(\[。，！分点점]|</|\s[-–—]\s|{NUMERAL}|\w\)|\s{{0,5}}(?:{STOP})(?!\w))",
    re.IGNORECASE,
)
#: "2 for tone, 4 for facts": scores of parts.
_OF_PART = r"\s{0,3}(?:\(|(?:for|on|in|por|en|per|pel|pol[ao])\b)"
_ASPECTS = re.compile(rf"{_OF_PART}[^\n\d]{{1,40}}{NUMERAL}{_OF_PART}", re.IGNORECASE)
_LEGEND = re.compile(r"\s{0,3}[)\]]\s{0,3}[:=]\s{0,3}[^\W\d_]")
_TAG = re.compile(r"</?\w[^<>\n]{0,60}>$")
_TITLE = re.compile(TITLE, re.IGNORECASE)
_TITLED = re.compile(rf"{TITLE}\s{{0,5}}$", re.IGNORECASE)
_PLURAL = re.compile(rf"\s{{1,5}}(?!{AROUND})[^\W\d_]{{1,40}}s\b", re.IGNORECASE)
_STARS = re.compile(r"(?<![\w⭐★])(?P<full>[⭐★🌟]{1,20})(?P<empty>[☆✩]{0,20})(?![⭐★🌟☆✩])(?!\s?\d)")
#: Values after which an answer is ambiguous enough.
_ENOUGH = 8
#: Numbers in a row up to which they are put up for choice; more are a list.
_CHOICES = 2


def number_at(text: str, place: int) -> re.Match[str] | None:
    """The number that begins at `place`."""
    return at(_NUMBER, text, place)


def announced_number(
    text: str, number: re.Match[str], word: str, sign: str | None, scale: Scale, *, named: bool
) -> Iterator[Found]:
    """The number that stands after an announcement such as "Score:", and those that it is put up for choice with."""
    titled = not sign and _TITLE.fullmatch(word)
    if (titled and not named) or _bounded(text, number) or not _announces(text, number, word):
        return
    yield from _with_alternatives(text, number)[0]
    if sign in ("-", "–") and scale.low < 0:
        yield Found(-_value(number), number.start("number"))


def alone(text: str) -> Iterator[Found]:
    """Numbers that are the whole of a line, and the one that opens the text and ends a clause there."""
    opening = at(_OPENING, text, 0)
    for place in (
        *(match.start("number") for match in _ALONE.finditer(text)),
        *([opening.start("number")] if opening else []),
    ):
        number = number_at(text, place)
        if number is not None and not _bounded(text, number):
            yield from _with_alternatives(text, number)[0]


def numbers(text: str, *, named: bool) -> Iterator[Found]:
    """Numbers in running text that count nothing, are neither denied nor bounded, and are no name's part."""
    seen: set[float | None] = set()
    number = _NUMBER.search(text)
    while number is not None and len(seen) < _ENOUGH:
        end = number.end()
        if _in_running_text(text, number, named=named):
            found, end = _with_alternatives(text, number)
            yield from found
            seen.update(one.value for one in found)
            if None in seen:
                return
        number = _NUMBER.search(text, end)


def stars(text: str, scale: Scale) -> Iterator[Found]:
    """Rows of stars: "★★★★☆" is 4 where the whole row is the scale's highest point, or nothing in it is empty."""
    for row in _STARS.finditer(text):
        full, empty = len(row["full"]), len(row["empty"])
        if full + empty > 1 and (not empty or full + empty == scale.high):
            yield Found(float(full), row.start())


def _in_running_text(text: str, number: re.Match[str], *, named: bool) -> bool:
    # What stands after a number is cheaper to look at than what stands before it.
    share = at(_SHARE, text, number.end())
    if share is not None:
        stands = at(_STANDS, text, share.end()) is not None  # "3 of 7 claims" counts
    else:
        stands = named or any(at(pattern, text, number.end()) for pattern in (_STANDS, _OR_SO, _ALTERNATIVE))
    if not stands or _bounded(text, number):
        return False
    context = before(text, number.start())
    if NOT_QUITE.search(context) or (not named and (NAMED.search(context) or COMPARED.search(context))):
        return False
    return not (text[number.end() : number.end() + 1] == ":" and _TITLED.search(context))


def _with_alternatives(text: str, number: re.Match[str]) -> tuple[list[Found], int]:
    """A number with those that it is put up for choice with ("3 or 4", "3, maybe 4"), and where they end."""
    start = number.start("number")
    if (vague := _vague(text, number)) is not None:
        return [vague], number.end()
    found = [Found(_value(number), start)]
    if _is_thousands(number["number"]):
        found.append(Found(float(re.sub(r"\D", "", number["number"])), start))
    end = number.end()
    other = at(_ALTERNATIVE, text, end)
    while other is not None and len(found) < _ENOUGH:
        after = at(_AFTER_ANOTHER, text, other.start("number"))
        choice = other["hedge"] or (other["or"] and not other["or"].startswith((".", "…")))
        if after is None or not (choice or at(_STANDS, text, after.end())):
            break
        found.append(Found(_value(after), after.start("number")))
        end = after.end()
        other = at(_ALTERNATIVE, text, end)
    if len(found) > _CHOICES:
        return [Found(None, start, said=f"a list of numbers: {text[start : start + 40]}")], end
    return found, end


def _vague(text: str, number: re.Match[str]) -> Found | None:
    """Why a number is not itself the score: it is about so much, so much or more, or out of another whole."""
    start, context = number.start("number"), before(text, number.start())
    share = at(_SHARE, text, number.end())
    if share is not None or _BEFORE_SHARE.search(context):
        said = text[start : share.end() if share else number.end()]
        return Found(None, start, said=f"{said.strip()}, out of another whole than the scale's")
    after = at(_OR_SO, text, number.end())
    if after is not None or _ABOUT.search(context):
        said = context[-20:].split("\n")[-1] + text[start : after.end() if after else number.end()]
        return Found(None, start, said=f"{said.strip()!r} is no point of the scale")
    return None


def _bounded(text: str, number: re.Match[str]) -> bool:
    """Whether a sign before the number makes it a bound (">3") or a price ("$4"); the end of a tag does not."""
    context = before(text, number.start("number"), 80)
    trimmed = context.rstrip(" \t*_`")
    sign = trimmed[-1:]
    if sign in tuple("☐□◯○"):  # a box that is not ticked
        return True
    if sign == "$":
        return not text.startswith("$", number.end())
    if trimmed.endswith(("->", "=>")) or sign not in tuple("<>≤≥≠="):
        return False
    if sign == "=":
        return trimmed[-2:-1] in tuple("<>!")
    if sign == "<":
        return not text[number.end() : number.end() + 5].lstrip().startswith(">")
    line = trimmed[trimmed.rfind("\n") + 1 :]
    quoted = line.strip() == ">" and context[-1:].isspace()
    return not quoted and _TAG.search(trimmed) is None


def _announces(text: str, number: re.Match[str], announcement: str) -> bool:
    """Whether what was announced is the number, and not what it counts ("Result: 3 errors") or nearly ("Score: 4+")."""
    after = text[number.end() : number.end() + 60]
    if _ASPECTS.match(after):
        return False
    opened = before(text, number.start("number"), 40).rstrip().endswith(("(", "["))
    if opened and (_LEGEND.match(after) or not after.lstrip().startswith((")", "]"))):  # "Score (5 is best)"
        return False
    if any(at(pattern, text, number.end()) for pattern in (_OR_SO, _SHARE, _STANDS, _ALTERNATIVE)):
        return True
    if after.startswith(("-", "–", "+")) or _TITLE.fullmatch(announcement):
        return False
    return at(_PLURAL, text, number.end()) is None


def _value(match: re.Match[str]) -> float:
    plain = re.sub(r"[,'’·]", ".", match["number"]).replace("−", "-")
    half = match.groupdict().get("half")
    return float(plain) + (0.5 if half else 0.0)


def _is_thousands(numeral: str) -> bool:
    """Whether a comma may part thousands: "1,000" is a thousand to some and one to others."""
    return re.fullmatch(r"[-+−]?[1-9]\d{0,2},\d{3}", numeral) is not None
