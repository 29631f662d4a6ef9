"""Personal data in texts: numbers that are somebody's, e-mail addresses, with a model names and places; redaction."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal, get_args

from alia_judge.text.names import NameFinder
from alia_judge.text.number_runs import long_numbers

__all__ = ["KINDS", "Kind", "PersonalDatum", "find_personal_data", "redact"]

Kind = Literal["e-mail", "IBAN", "DNI", "NIE", "CIF", "card", "telephone", "ICCID", "name", "place"]
#: Every kind that can be found; names and places only with a `NameFinder`.
KINDS: tuple[Kind, ...] = get_args(Kind)

#: Nothing but an e-mail address is found in a text with fewer digits.
_SEVEN_DIGITS = re.compile(r"(?:\D*\d){7}")
#: Every repetition is bounded, so that the time grows with the text.
_EMAIL = re.compile(r"(?<![\w.+-])[\w.+-]{1,64}@(?:[\w-]{1,63}\.){1,8}[A-Za-z]{2,24}(?![\w-])")
_IBAN = re.compile(r"(?<![A-Za-z0-9])[A-Z]{2}\d{2}(?:[ .-]?[A-Z0-9]){11,30}(?![A-Za-z0-9])", re.IGNORECASE)
_LAST = r"[ .-]?[A-Z](?!\w)"
_IDENTITY: tuple[tuple[Literal["DNI", "NIE", "CIF"], re.Pattern[str]], ...] = (
    ("DNI", re.compile(rf"(?<!\w)(?<!\d[.,-])\d{{2}}[. ]?\d{{3}}[. ]?\d{{3}}{_LAST}", re.IGNORECASE)),
    ("NIE", re.compile(rf"(?<!\w)[XYZ][ .-]?(?:\d{{7}}|\d[. ]\d{{3}}[. ]\d{{3}}){_LAST}", re.IGNORECASE)),
    ("CIF", re.compile(r"(?<!\w)(?:ES)?[A-HJNP-SUVW][ .-]?(?:\d{7}[ -]?[0-9A-J]|\d{2}\.\d{3}\.\d{3})(?!\w)")),
)
_SEPARATORS = re.compile(r"[ .-]")


@dataclass(frozen=True, kw_only=True)
class PersonalDatum:
    """Something personal in a text: its kind, and where it stands, as of ``text[start:end]``."""

    kind: Kind
    start: int
    end: int


def find_personal_data(text: str, *, names: NameFinder | None = None) -> list[PersonalDatum]:
    """Everything personal in a text, in order, none overlapping another.

    Numbers with check digits (IBAN, DNI, NIE, CIF, cards) count only where these are right, and telephones only where
    the numbering plan has them, so that amounts, order numbers and reference codes are left alone. The time grows with
    the length of the text.

    Parameters
    ----------
    text
        Any text.
    names
        Finds names of people and places too; without it they are not looked for.

    Examples
    --------
    >>> [datum.kind for datum in find_personal_data("Escríbame a ana@example.org o llame al 612 345 678.")]
    ['e-mail', 'telephone']
    >>> find_personal_data("Pedido 12345678, factura de 29,90 euros del 12/05/2024.")
    []
    """
    found: list[PersonalDatum] = []
    digits = _SEVEN_DIGITS.match(text) is not None
    if not digits and "@" not in text and names is None:
        return found
    taken = bytearray(len(text))
    for datum in _candidates(text, names, digits=digits):
        if not any(taken[datum.start : datum.end]):
            taken[datum.start : datum.end] = b"\x01" * (datum.end - datum.start)
            found.append(datum)
    return sorted(found, key=lambda datum: datum.start)


def redact(text: str, *, names: NameFinder | None = None) -> str:
    """The text with each personal datum replaced by its kind in brackets.

    Examples
    --------
    >>> redact("Mi DNI es 12345678Z y mi correo ana@example.org.")
    'Mi DNI es [DNI] y mi correo [e-mail].'
    """
    parts: list[str] = []
    end = 0
    for datum in find_personal_data(text, names=names):
        parts += [text[end : datum.start], f"[{datum.kind}]"]
        end = datum.end
    return "".join([*parts, text[end:]])


def _candidates(text: str, names: NameFinder | None, *, digits: bool) -> Iterator[PersonalDatum]:
    """What looks personal, the surest kinds first."""
    for match in _EMAIL.finditer(text) if "@" in text else ():
        yield PersonalDatum(kind="e-mail", start=match.start(), end=match.end())
    if digits:
        for match in _IBAN.finditer(text):
            end = _iban_end(match[0])
            if end:
                yield PersonalDatum(kind="IBAN", start=match.start(), end=match.start() + end)
        for kind, pattern in _IDENTITY:
            for match in pattern.finditer(text):
                written = _SEPARATORS.sub("", match[0])
                if _valid(kind)(written.removeprefix("ES") if kind == "CIF" else written):
                    yield PersonalDatum(kind=kind, start=match.start(), end=match.end())
        for number in long_numbers(text):
            yield PersonalDatum(kind=number.kind, start=number.start, end=number.end)
    for name in names.find(text) if names is not None else ():
        yield PersonalDatum(kind=name.kind, start=name.start, end=name.end)


def _valid(kind: Literal["DNI", "NIE", "CIF"]) -> Callable[[str], bool]:
    from stdnum.es import cif, dni, nie

    return {"DNI": dni.is_valid, "NIE": nie.is_valid, "CIF": cif.is_valid}[kind]


def _iban_end(text: str) -> int:
    """How much of the match is a valid IBAN: other words may follow one; 0 if nothing is."""
    from stdnum import iban

    for end in range(len(text), 14, -1):
        # Spain's own check digits inside are let go: test data often has IBANs right by the international ones alone.
        if text[end - 1].isalnum() and iban.is_valid(text[:end], check_country=False):
            return end
    return 0
