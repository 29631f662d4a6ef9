"""Long numbers as people write them, in groups of digits: telephones, cards, identifiers of SIM cards."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

__all__ = ["LongNumber", "long_numbers"]

_Kind = Literal["card", "telephone", "ICCID"]

_GROUP = re.compile(r"\d+")
_BLANK = " \t\u00a0\u2009\u202f"
#: What stands between groups of one number: blanks and a mark; a slash without blanks, with which it parts figures.
_GAP = re.compile(rf"[{_BLANK}]{{0,2}}[.()–-]{{0,2}}[{_BLANK}]{{0,2}}|/")
_LONGEST_GAP = 6
#: Fewest and most digits of a number that is looked at.
_FEWEST, _MOST = 8, 20
#: What a number's first digit does not follow: a letter, a sign of money, a part of an amount, a date, an address.
_NOT_BEFORE = re.compile(r"[\w€$£#]|\w[/–-]|\d[.,]|[?&=]")
#: How a telephone, a card or a SIM card's identifier begins.
_BEGINNINGS = re.compile(r"[2-9]|00")
#: How issuers' cards begin, by their length.
_CARDS = {
    13: re.compile("4"),
    14: re.compile("3[0689]"),
    15: re.compile("3[47]"),
    16: re.compile("4|5[0-8]|2[2-7]|35|6[024578]"),
    19: re.compile("4|5[0678]|6[0278]"),
}
#: What its last digit is not followed by.
_NOT_AFTER = re.compile(r"\w|[/–-]\w|[.,]\d|[ \u00a0]?[€$£%]")
#: How Spanish numbers of nine digits are grouped; a number among others must be in one of these.
_NATIONAL = frozenset(
    [(9,), (3, 3, 3), (3, 2, 2, 2), (2, 3, 2, 2), (3, 6), (2, 7), (1, 2, 2, 2, 2), (1, 2, 3, 3), (2, 2, 2, 3), (1,) * 9]
)
#: Words just before a number that make it another one than a telephone's.
_REFERENCE = re.compile(
    r"\b(?:pedido|comanda|eskaera\w*|encargo|order|ticket|tiquet|incidencia|incidència|gertakari\w*|case|caso|"
    r"expediente|expedient|espediente\w*|referencia|referència|erreferentzia\w*|reference|ref|factura|faktura\w*|invoice|"
    r"contrato|contracte|kontratu\w*|contract|serie|sèrie|serial|imei|c[oó]digo|codi|kode\w*|code|albarán|seguimiento|"
    r"seguiment|jarraipen\w*|tracking|número de cliente|número de client|customer number|bezero\w*)"
    r"(?:\s+(?:es|é|da|is|el|la|o|a|de|del|número|numero|núm|zenbaki\w*|number|no|n|nº))*[\s.:ºª#-]*$",
    re.IGNORECASE,
)
#: The same just after it, as Basque has them.
_REFERENCE_AFTER = re.compile(
    r"\s+(?:eskaera|gertakari|kontratu|faktura|espediente|erreferentzia|txartel)", re.IGNORECASE
)
#: Words before an ICCID whose check digit need not be right, as test data's often is not.
_SIM = re.compile(r"\b(?:iccid|e?sim)\b[^\n]{0,25}$", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True)
class LongNumber:
    """A number in a text, ``text[start:end]``, and what it is."""

    kind: _Kind
    start: int
    end: int


def long_numbers(text: str) -> Iterator[LongNumber]:
    """The telephones, cards and SIM cards' identifiers in a text, in order; none overlaps another.

    A telephone is one that its country's numbering plan has; without a country's code, Spain's. Cards have an issuer's
    beginning and length and Luhn's check digit, so that an IMEI is no card; ICCIDs begin with 89.

    Examples
    --------
    >>> [number.kind for number in long_numbers("Llame al 600/123/456; IMEI 356938035643809.")]
    ['telephone']
    """
    for run in _runs(text):
        yield from _numbers_of(text, run)


def _runs(text: str) -> Iterator[list[tuple[int, int]]]:
    """Groups of digits that may be of one number, as (start, end), where they have enough digits together."""
    run: list[tuple[int, int]] = []
    digits = 0
    for match in _GROUP.finditer(text):
        apart = match.start() - run[-1][1] if run else 0
        if run and (apart > _LONGEST_GAP or not _GAP.fullmatch(text, run[-1][1], match.start())):
            if digits >= _FEWEST:
                yield run
            run, digits = [], 0
        run.append(match.span())
        digits += match.end() - match.start()
    if digits >= _FEWEST:
        yield run


def _numbers_of(text: str, run: list[tuple[int, int]]) -> Iterator[LongNumber]:
    digits = "".join(text[start:end] for start, end in run)
    first, offset, after_another = 0, 0, False
    while first < len(run):
        found = None
        if (_BEGINNINGS.match(digits, offset) or text.endswith("+", 0, run[first][0])) and (
            after_another or _may_begin(text, run, first)
        ):
            found = _longest(text, run, first, digits, offset)
        if found is None:
            offset += run[first][1] - run[first][0]
            first, after_another = first + 1, False
            continue
        number, after = found
        yield number
        offset += sum(end - start for start, end in run[first:after])
        first, after_another = after, True


def _longest(
    text: str, run: list[tuple[int, int]], first: int, digits: str, offset: int
) -> tuple[LongNumber, int] | None:
    """The longest number that begins with a group, and the group after it."""
    begin = _with_plus(text, run[first][0])
    plus = text[begin] in "+("
    # Only a number that stands alone may be spelt digit by digit.
    alone = len(digits) <= _MOST
    groups: list[int] = []
    possible: list[tuple[int, _Kind]] = []
    n = 0
    for last in range(first, len(run)):
        start, end = run[last]
        n += end - start
        groups.append(end - start)
        if n > _MOST or not (alone or end - start > 1 or len(groups) == 1):
            break
        if n >= _FEWEST:
            possible += [(last, kind) for kind in _kinds(digits[offset : offset + n], groups, plus=plus)]
    for last, kind in reversed(possible):
        end = run[last][1]
        number = digits[offset : offset + end - run[last][0] + sum(groups[: last - first])]
        if _may_end(text, run, last, kind) and _is(kind, text, begin, end, number, plus=plus):
            # What opens before a country's code closes behind it; else it encloses something else.
            enclosed = text[begin] == "(" and ")" not in text[begin:end]
            start = begin + enclosed if kind == "telephone" else run[first][0]
            return LongNumber(kind=kind, start=start, end=end), last + 1
    return None


def _kinds(digits: str, groups: list[int], *, plus: bool) -> Iterator[_Kind]:
    """What a number may be by its length and beginning, the likeliest last."""
    n = len(digits)
    if plus or digits.startswith(("00", "34")) or (n == 9 and digits[0] in "6789" and tuple(groups) in _NATIONAL):
        yield "telephone"
    if n in _CARDS and _CARDS[n].match(digits):
        yield "card"
    if n in (19, 20) and digits.startswith("89"):
        yield "ICCID"


def _is(kind: _Kind, text: str, begin: int, end: int, digits: str, *, plus: bool) -> bool:
    """Whether a number is what it may be: its check digit is right, or a numbering plan has it."""
    from stdnum import luhn

    if kind == "ICCID":
        checked = luhn.is_valid(digits) or luhn.is_valid(digits[:19])
        return checked or _SIM.search(text[max(0, begin - 40) : begin]) is not None
    if kind == "card":
        return len(set(digits)) > 1 and luhn.is_valid(digits)
    if not _dialled(digits, plus=plus):
        return False
    # A number with its country's code is no order's.
    abroad = plus or digits.startswith("00") or len(digits) > 9
    before = text[max(0, begin - 60) : begin]
    return abroad or not (_REFERENCE.search(before) or _REFERENCE_AFTER.match(text, end))


def _dialled(digits: str, *, plus: bool) -> bool:
    import phonenumbers

    abroad = plus or (len(digits) == 11 and digits.startswith("34"))
    if not (abroad or digits.startswith("00") or len(digits) == 9):
        return False
    try:
        return bool(phonenumbers.is_valid_number(phonenumbers.parse(f"+{digits}" if abroad else digits, "ES")))
    except phonenumbers.NumberParseException:
        return False


def _with_plus(text: str, start: int) -> int:
    """Where a number begins, with the plus sign of its country's code and what encloses that."""
    for sign in ("(+", "+"):
        if text.endswith(sign, max(0, start - len(sign)), start):
            return start - len(sign)
    return start


def _may_begin(text: str, run: list[tuple[int, int]], place: int) -> bool:
    start = run[place][0]
    if place:
        return any(character in _BLANK for character in text[run[place - 1][1] : start])
    start = _with_plus(text, start)
    before = text[max(0, start - 6) : start]
    if before.endswith("wa.me/"):
        return True
    return not (_NOT_BEFORE.fullmatch(before[-2:]) or _NOT_BEFORE.fullmatch(before[-1:]))


def _may_end(text: str, run: list[tuple[int, int]], place: int, kind: _Kind) -> bool:
    end = run[place][1]
    # Devices fill the last place of an ICCID of 19 digits with an F.
    end += kind == "ICCID" and text[end : end + 1] in ("F", "f")
    if place + 1 < len(run):
        gap = text[end : run[place + 1][0]]
        return "/" in gap or any(character in _BLANK for character in gap)
    return not _NOT_AFTER.match(text, end)
