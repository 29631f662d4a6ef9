"""Labels in a judge's answer: which of them are the verdict, and which are only spoken of.

A label may be the answer ("Faithful"), the name of a field whose value is the answer ("Faithful: no"), a predicate
("the text is faithful"), denied ("not faithful"), put up for choice ("pass / fail") or merely a word ("the correct
answer is 5").
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from alia_judge.judging.answer.found import TRIM, Found, at, before
from alia_judge.judging.answer.vocabulary import (
    COMPLEMENTS,
    DEGREE,
    NEITHER_YES_NOR_NO,
    NO,
    NO_TOO,
    NUMBER_WORDS,
    SUPPOSED,
    UNDECIDED,
    UNITS,
    YES,
    YES_TOO,
)
from alia_judge.records import Scale

__all__ = ["beside", "fields", "in_words", "labelled_otherwise", "line_words", "point_in_words", "predicates", "switch"]

_LINE = re.compile(r"[^\n]+")
_CLAUSE = re.compile(r"[^\n.;:,!()。，！]{1,150}")
_ARTICLE = re.compile(r"(?:an?|una?|unha)\s(?P<word>\w{3,})")
_UNIT = re.compile(rf"(?P<word>\w+)\s+(?:{UNITS})", re.IGNORECASE)
_OPTION = re.compile(
    r"(?:option|choice|letter|grade|opción|letra|opció|lletra|aukera|hizkia)\s+(?P<word>.+)", re.IGNORECASE
)
_NOT = re.compile(
    r"(?:\b(?:not|never|no|non|ez|nunca|mai|inoiz|cannot|isn['’]t|doesn['’]t|don['’]t|wasn['’]t|didn['’]t)|n['’]t)"
    r"(?:\s+(?:be|been|an?|es|és|está|é|da|really|entirely|fully|quite|the|una?|unha)){0,3}\s{1,3}[\"'*_`«“]{0,3}$",
    re.IGNORECASE,
)
_IS = re.compile(
    r"(?:\b(?:is|are|was|were|be|seems|looks|appears|remains|es|está|son|parece|resulta|és|sembla|estan|é|as"
    r"|(?:seems|appears|found|considered|judged|deemed) to be|como|com)|['’]s)\s{1,3}"
    r"(?:(?:an?|una?|un|unha|considered|judged|rated|deemed|clearly|indeed|claramente|clarament)\s{1,3})?"
    r"[\"'*_`«“]{0,3}$",
    re.IGNORECASE,
)
#: The clause that a label ends, with what it depends on.
_SUPPOSED = re.compile(
    rf"(?:{SUPPOSED})(?:(?!\b(?:and|so|but|y|pero|i|però|eta|baina|e|mais|thus|hence)\b)[^,.;:!?\n]){{0,100}}$",
    re.IGNORECASE,
)
_DEGREE = re.compile(rf"\b(?:{DEGREE})\s{{1,3}}$", re.IGNORECASE)
_SAID_AFTER = re.compile(r"[\"'*_`»”]{0,3}\s{1,3}(?:da|dago|izan da|iruditzen)\b", re.IGNORECASE)
_ENDED = r"(?=\s{0,5}(?:$|[\n.,;:!?)}\]|—–-]))"
_TRUTH = rf"(?P<value>{'|'.join(sorted((YES | NO), key=len, reverse=True))}|[01])"
_FIELD = re.compile(
    r"[*_`\"'\s»”]{0,5}(?:\([^()\n]{0,40}\)[*_`\s]{0,5})?(?:[:=?：？]|(?P<dash>\s[-–—](?=\s)))"
    rf"[*_`\"'\s«“]{{0,8}}(?:{_TRUTH}(?!\w)[*_`\"'»”]{{0,5}}(?P<ended>{_ENDED})?)?",
    re.IGNORECASE,
)
#: The same in other words, up to where they end: "Correct: not yet", "Resuelto: en parte".
_WORDED = re.compile(
    rf"(?:(?P<unclear>{NEITHER_YES_NOR_NO})|(?P<no>{NO_TOO})|(?P<yes>{YES_TOO}))[*_`\"'»”]{{0,5}}{_ENDED}"
    rf"|(?P<open>(?:{UNDECIDED})\b)",
    re.IGNORECASE,
)
#: What takes back a part of a label of two: "faithful, but not entirely".
_EXCEPT = re.compile(
    r"[\s,;:(–—-]{1,4}(?:but not|except|apart from|aside from|save for|other than|only (?:partly|partially|in part)"
    r"|pero no|salvo|excepto|aunque no|però no|llevat|excepte|baina ez|izan ezik|salbu|pero non|agás)\b",
    re.IGNORECASE,
)
_CHOICE = re.compile(r"\s{0,3}(?:/|\||\bor\b|\bo\b|\bu\b|\bou\b|\bedo\b)\s{0,3}", re.IGNORECASE)
_AND_FIELD = re.compile(r"[)\]*_`\s]{0,5}[:=：]")
_CONJUNCTION = re.compile(r"(?:but|and|or|pero|y|o|però|i|baina|eta|edo|mais|e|ou)\s{1,3}", re.IGNORECASE)
_CHOICES = 12
_NUMERAL = re.compile(r"[-+−]?\d{1,10}(?:[.,]\d{1,10})?[\s*_`]{0,5}[-(:=,–—]")
#: After a label, a figure of its own: "Formal: 3/5".
_GRADED = re.compile(
    r"[*_`\s]{0,5}[:=][*_`\s]{0,5}\d{1,4}(?:[.,]\d{1,4})?\s{0,3}(?:/|%|out of\b|sobre\b|de\b|of\b)", re.IGNORECASE
)
_CROSSES, _CHECKS = "❌✘✗❎🚫👎", "✅✔✓☑👍"
#: After a verb, what it is said of in part: "it passes 3 of 5 checks".
_IN_PART = re.compile(
    r"\s{1,3}(?:(?:in|on|en|a)\s)?(?:\d|(?:some|most|only|several|a few|half|many"
    rf"|{'|'.join(word for word in NUMBER_WORDS if len(word) > 2)})\b)",
    re.IGNORECASE,
)
_ENGLISH_VERB = ("pass", "fail")
_INFLECTED = ("passes", "passed", "fails", "failed")
_CHOSEN = re.compile(r"(?:/|\bor|\bo|\bou|\bedo)\s{0,5}$")
#: After a label, a noun that it is said of: "is correct English".
_OF_A_NOUN = re.compile(
    r"[*_`\"'»”]{0,5}\s{1,5}(?!(?:because|since|and|but|as|for|in|on|at|with|when|overall|here|porque|pero|y|en|con"
    r"|perquè|i|però|amb|eta|e|mais|coa?)\b)[^\W\d_]",
    re.IGNORECASE,
)


def fields(text: str, scale: Scale) -> Iterator[Found]:
    """Labels that name a field whose value is yes or no: "Toxic: no" is the other point of two."""
    asked: dict[float, Found] = {}
    for place in _after_choices(text, scale):
        yield from in_words(text, place, scale)
    for point, mention in _mentions(text, scale):
        field = at(_FIELD, text, mention.end())
        if field is None or _is_truth(mention.group()):
            continue
        if field["value"] is None:
            worded = at(_WORDED, text, field.end())
            if worded is not None and point_in_words(worded.group(), scale) is None:
                told = None if worded["unclear"] or worded["open"] else point if worded["yes"] else _other(point, scale)
                asked[point] = Found(told, mention.start(), said=f"{mention.group()}: {worded.group()}")
            continue
        said = f"{mention.group()}: {field['value']}"
        asked[point] = Found(
            _told(point, field["value"], scale, own=field["dash"] is not None) if field["ended"] is not None else None,
            mention.start(),
            said=said,
        )
    if len(asked) > 1:
        first = next(iter(asked.values()))
        yield Found(None, first.start, said="; ".join(one.said for one in asked.values()))
    else:
        yield from asked.values()


def predicates(text: str, scale: Scale) -> Iterator[Found]:
    """Labels that are said of what is judged: "the answer is correct", "it does not pass"; not "the correct answer"."""
    for point, mention in _mentions(text, scale):
        label, context = mention.group(), before(text, mention.start(), 30)
        article = len(label) == 1 and not label.isupper()  # "a good answer"
        if article or _is_truth(label) or at(_CHOICE, text, mention.end()) or _CHOSEN.search(context):
            continue
        said_after = at(_SAID_AFTER, text, mention.end()) is not None
        if _NOT.search(context):
            if len(label) > 1:
                yield Found(_opposite(point, scale), mention.start(), said=f"not {label}")
        elif _SUPPOSED.search(before(text, mention.start(), 120)):
            yield Found(None, mention.start(), said=text[max(0, mention.start() - 40) : mention.end()].strip())
        elif at(_IN_PART, text, mention.end()):
            yield Found(None, mention.start(), said=text[mention.start() : mention.end() + 20])
        elif _DEGREE.search(context):
            yield Found(None, mention.start(), said=f"{context.split()[-1]} {label}")
        elif (
            said_after
            or (_IS.search(context) and not at(_OF_A_NOUN, text, mention.end()))
            or (label.casefold() in _INFLECTED and context.strip())
        ):
            yield Found(point, mention.start(), said=label)


def in_words(text: str, start: int, scale: Scale) -> Iterator[Found]:
    """The label or number word that stands at `start`, up to where its line or its clause ends, and any beside it."""
    for boundary in (_LINE, _CLAUSE):
        match = boundary.match(text, start, min(len(text), start + 200))
        words = "" if match is None else match.group().strip(TRIM)
        value = point_in_words(words, scale) if words else None
        if match is not None and value is None and (denied := _denied(words, scale)) is not None:
            yield denied._replace(start=start)
            return
        if match is not None and value is not None:
            yield Found(value, start, said=words)
            if boundary is _CLAUSE:
                if at(_GRADED, text, match.end()):
                    yield Found(None, start, said=text[start : match.end() + 20].strip())
                if len(scale.points) == 2 and at(_EXCEPT, text, match.end()):
                    yield Found(None, start, said=text[start : match.end() + 40].strip())
                line = _LINE.match(text, match.end(), min(len(text), match.end() + 1000))
                yield from () if line is None else beside(line.group(), line.start(), value, scale)
            return


def labelled_otherwise(text: str, start: int, scale: Scale, score: float) -> str | None:
    """The label beside a score, or the sign before or after it, that says another point: "1 (no)", "correct ❌"."""
    if not scale.labels:
        return None
    numeral = at(_NUMERAL, text, start)
    if numeral is not None and (words := at(_CLAUSE, text, numeral.end())) is not None:
        label = words.group().strip(TRIM)
        point = point_in_words(label, scale) if label else None
        return label if point not in (None, score) else None
    line_start = text.rfind("\n", 0, start) + 1
    line = text[max(line_start, start - 20) : start + 60].partition("\n")[0]
    crossed, checked = any(sign in line for sign in _CROSSES), any(sign in line for sign in _CHECKS)
    if crossed == checked or len(scale.points) != 2:
        return None
    good = scale.points[_good_of(*scale.labels)] if _complementary(*scale.labels) else None
    if good is None and {_plain(label) for label in scale.labels} & YES:
        good = next(point for label, point in _known(scale).items() if label in YES)
    return line.strip() if good is not None and (score == good) == crossed else None


def beside(rest: str, start: int, value: float, scale: Scale) -> Iterator[Found]:
    """Other values on the line of one in words: in the next clause alone ("cuatro, cinco"), or a label anywhere."""
    following = _CLAUSE.search(rest)
    if following is not None:
        words = _CONJUNCTION.sub("", following.group().strip(TRIM))
        other = _as_number(words)
        if other is None:
            other = point_in_words(words, scale)
        if other is not None:
            yield Found(other, start + following.start(), said=words)
    if scale.kind == "binary" or len(scale.points) == 2:  # "Yes, there is no doubt", "Incorrect: the correct one is 5"
        yield from (one._replace(start=start + one.start) for one in predicates(rest, scale) if one.value != value)
        return
    for point, mention in _mentions(rest, scale):
        if point != value and len(mention.group()) > 1:
            yield Found(point, start, said=mention.group())


def line_words(text: str, scale: Scale) -> Iterator[Found]:
    """Lines that are a label or a number word and nothing else."""
    for line in _LINE.finditer(text):
        words = line.group().strip(TRIM)
        if not words or len(words) > 150:
            continue
        if (value := point_in_words(words, scale)) is not None:
            yield Found(value, line.start(), said=words)
        elif words.casefold() in YES | NO and scale.labels:  # a label on one line and its no on the next
            yield Found(None, line.start(), said=words)


def switch(value: bool, scale: Scale) -> float | None:
    """The point that true or false is, on a scale of yes and no or of two points that leave no middle."""
    found = point_in_words("true" if value else "false", scale)
    if found is None and len(scale.points) == 2 and len(scale.labels) == 2 and _complementary(*scale.labels):
        good = _good_of(*scale.labels)
        found = scale.points[good if value else 1 - good]
    return found


def point_in_words(words: str, scale: Scale) -> float | None:
    """The value that `words` stand for: a label of the scale, yes or no on a yes-no scale, or a number word."""
    known = _known(scale)
    word = _plain(words)
    if word in known:
        return known[word]
    if (option := _OPTION.fullmatch(word)) is not None and option["word"] in known and scale.labels:
        return known[option["word"]]
    for synonyms in (YES, NO):
        if word in synonyms:
            return next((point for label, point in known.items() if label in synonyms), None)
    if word in ("1", "0") and scale.labels:
        return None
    number = NUMBER_WORDS.get(word)
    if number is None and (one := _ARTICLE.fullmatch(word)) is not None:
        number = NUMBER_WORDS.get(one["word"])
    if number is None and (unit := _UNIT.fullmatch(word)) is not None:
        number = NUMBER_WORDS.get(unit["word"])
    return None if number is None else float(number)


def _denied(words: str, scale: Scale) -> Found | None:
    """What "not correct" says: the other of two that leave no middle, or else nothing clear."""
    for point, mention in _mentions(words, scale):
        if (
            mention.end() == len(words)
            and _NOT.fullmatch(words[: mention.start()].lstrip())
            and not _is_truth(mention.group())
        ):
            return Found(_opposite(point, scale), 0, said=words)
    return None


def _mentions(text: str, scale: Scale) -> Iterator[tuple[float, re.Match[str]]]:
    """The labels in a text, each with its point; of two that overlap the longer; none that head a list of choices."""
    pattern = _pattern(scale)
    if pattern is None:
        return
    known = _known(scale)
    skip = 0
    for match in pattern.finditer(text):
        if match.start() < skip:
            continue
        # "pass / fail:" names the choices of a field, and neither as the answer.
        end = _choices_end(text, match.end(), pattern)
        if end > match.end() and at(_AND_FIELD, text, end):
            skip = end
            continue
        point = known.get(_plain(match.group()))
        if point is not None:
            yield point, match


def _after_choices(text: str, scale: Scale) -> Iterator[int]:
    """Where the answer begins after a list of the choices: "pass / fail: fail"."""
    pattern = _pattern(scale)
    if pattern is None:
        return
    for match in pattern.finditer(text):
        end = _choices_end(text, match.end(), pattern)
        if end > match.end() and (sign := at(_AND_FIELD, text, end)) is not None:
            yield sign.end()


def _choices_end(text: str, end: int, pattern: re.Pattern[str]) -> int:
    """Where a list of choices ends; more than a scale has points are no list of choices."""
    for _ in range(_CHOICES):
        choice = at(_CHOICE, text, end)
        other = None if choice is None else pattern.match(text, choice.end())
        if other is None:
            break
        end = other.end()
    return end


@lru_cache(maxsize=256)
def _known(scale: Scale) -> dict[str, float]:
    """Points by label, however it is spelt, and by the English verbs' other forms; ours before others'."""
    named = {_plain(label): point for label, point in zip(scale.labels, scale.points, strict=False)}
    others: dict[str, float] = {}
    for label, point in named.items():
        if label in _ENGLISH_VERB:
            others |= {f"{label}ed": point, f"{label}es" if label == "pass" else f"{label}s": point}
        elif len(label) > 3 and label[-1] in "ao":
            others[label[:-1] + ("o" if label[-1] == "a" else "a")] = point
    return {**others, **named}


@lru_cache(maxsize=256)
def _pattern(scale: Scale) -> re.Pattern[str] | None:
    spelt = sorted(_known(scale), key=len, reverse=True)
    if not spelt:
        return None
    parts = (r"[\s_-]{1,3}".join(map(re.escape, label.split())) for label in spelt)
    return re.compile(rf"(?<![\w])(?:{'|'.join(parts)})(?!\w)", re.IGNORECASE)


def _told(point: float, value: str, scale: Scale, *, own: bool) -> float | None:
    """The point that a field of yes or no gives; None where it gives none, or where 0 and 1 are points as well."""
    yes = value.casefold() in YES or value == "1"
    if value in ("0", "1"):
        if own and float(value) == point:  # "incorrect - 0" says its number
            return point
        told = point if yes else _other(point, scale)
        return told if told == float(value) else None
    return point if yes else _other(point, scale)


def _other(point: float, scale: Scale) -> float | None:
    return scale.points[0] + scale.points[1] - point if len(scale.points) == 2 else None


def _opposite(point: float, scale: Scale) -> float | None:
    """The other of two points whose labels leave no middle, where the better is denied: "not incorrect" hedges."""
    if len(scale.labels) == 2 and _complementary(*scale.labels) and point == scale.points[_good_of(*scale.labels)]:
        return _other(point, scale)
    return None


def _complementary(one: str, other: str) -> bool:
    return _pair_of(one, other) is not None


def _good_of(one: str, other: str) -> int:
    """Which of two complementary labels is the better, 0 or 1."""
    found = _pair_of(one, other)
    return 0 if found is not None and _stem(one) == _stem(found[0]) else 1


def _pair_of(one: str, other: str) -> tuple[str, str] | None:
    wanted = {_stem(one), _stem(other)}
    return next((pair for pair in COMPLEMENTS if {_stem(pair[0]), _stem(pair[1])} == wanted), None)


def _stem(label: str) -> str:
    word = _plain(label)
    return word[:-1] if len(word) > 3 and word[-1] in "ao" else word


def _is_truth(label: str) -> bool:
    """Whether a label is itself a yes or a no, which running text is full of."""
    return _plain(label) in YES | NO


def _as_number(words: str) -> float | None:
    plain = words.replace(",", ".").replace("−", "-")
    return float(plain) if re.fullmatch(r"[-+]?\d{1,10}(?:\.\d{1,10})?", plain) else None


def _plain(words: str) -> str:
    return " ".join(words.casefold().replace("_", " ").replace("-", " ").split())
