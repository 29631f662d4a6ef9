"""Personal data in texts: telephone numbers, IBANs, identity and card numbers, e-mail addresses; their redaction."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

__all__ = ["PersonalDatum", "find_personal_data", "redact"]

Kind = Literal["e-mail", "IBAN", "DNI", "NIE", "card", "telephone"]

_EMAIL = re.compile(r"(?<![\w.+-])[\w.+-]+@[\w-]+(?:\.[\w-]+)*\.[A-Za-z]{2,}(?![\w-])")
_IBAN = re.compile(r"(?<![A-Za-z0-9])[A-Z]{2}\d{2}(?:[ -]?[A-Z0-9]{4}){2,7}(?:[ -]?[A-Z0-9]{1,3})?(?![A-Za-z0-9])")
_DNI = re.compile(r"(?<![\w])(?:\d{8}|\d{2}\.\d{3}\.\d{3})[ -]?[A-Za-z](?![\w])")
_NIE = re.compile(r"(?<![\w])[XYZxyz][ -]?\d{7}[ -]?[A-Za-z](?![\w])")
_CARD = re.compile(r"(?<![\w-])(?:\d[ -]?){12,18}\d(?![\w-])")
#: Spanish numbers have nine digits and begin with 6, 7, 8 or 9; foreign ones are told by their country code. Any
#: grouping by spaces, dots or hyphens.
_TELEPHONE = re.compile(
    r"(?<![\w.,€$-])(?:(?:\+|00)\s?34[ .-]?)?[6-9]\d{2}(?:[ .-]?\d{2}){3}(?![\w€%-]|[.,]\d)"
    r"|(?<![\w.,€$-])(?:(?:\+|00)\s?34[ .-]?)?[6-9]\d{2}(?:[ .-]?\d{3}){2}(?![\w€%-]|[.,]\d)"
    r"|(?<![\w.,€$-])(?:(?:\+|00)\s?34[ .-]?)?[6-9]\d(?:[ .-]?\d{3})[ .-]?\d{2}[ .-]?\d{2}(?![\w€%-]|[.,]\d)"
    r"|(?<![\w.,-])\+\d{1,3}(?:[ .-]?\d{2,4}){2,5}(?!\w)"
)
_TELLING = re.compile(r"[\d@]")
#: The letter of a DNI is this string's at the number modulo 23 (Spanish Ministry of the Interior).
_LETTERS = "TRWAGMYFPDXBNJZSQVHLCKE"


@dataclass(frozen=True, kw_only=True)
class PersonalDatum:
    """Something personal in a text: its kind, and where it stands, as of ``text[start:end]``."""

    kind: Kind
    start: int
    end: int


def find_personal_data(text: str) -> list[PersonalDatum]:
    """Everything personal in a text, in order, none overlapping another.

    Numbers with check digits (IBAN, DNI, NIE, cards) count only where these are right, so that amounts, order numbers
    and reference codes are left alone.

    Examples
    --------
    >>> [datum.kind for datum in find_personal_data("Escríbame a ana@example.org o llame al 612 345 678.")]
    ['e-mail', 'telephone']
    >>> find_personal_data("Pedido 12345678, factura de 29,90 euros del 12/05/2024.")
    []
    """
    found: list[PersonalDatum] = []
    if not _TELLING.search(text):
        # Nothing personal of these kinds is without a digit or an at sign.
        return found
    for datum in _candidates(text):
        if all(datum.end <= other.start or datum.start >= other.end for other in found):
            found.append(datum)
    return sorted(found, key=lambda datum: datum.start)


def redact(text: str) -> str:
    """The text with each personal datum replaced by its kind in brackets.

    Examples
    --------
    >>> redact("Mi DNI es 12345678Z y mi correo ana@example.org.")
    'Mi DNI es [DNI] y mi correo [e-mail].'
    """
    parts: list[str] = []
    end = 0
    for datum in find_personal_data(text):
        parts += [text[end : datum.start], f"[{datum.kind}]"]
        end = datum.end
    return "".join([*parts, text[end:]])


def _candidates(text: str) -> Iterator[PersonalDatum]:
    """What looks personal, the surest kinds first."""
    for match in _EMAIL.finditer(text):
        yield PersonalDatum(kind="e-mail", start=match.start(), end=match.end())
    for match in _IBAN.finditer(text):
        end = _iban_end(match[0])
        if end:
            yield PersonalDatum(kind="IBAN", start=match.start(), end=match.start() + end)
    for kind, pattern in (("DNI", _DNI), ("NIE", _NIE)):
        for match in pattern.finditer(text):
            if _identity(match[0]):
                yield PersonalDatum(kind="DNI" if kind == "DNI" else "NIE", start=match.start(), end=match.end())
    for match in _CARD.finditer(text):
        if _luhn(match[0]):
            yield PersonalDatum(kind="card", start=match.start(), end=match.end())
    for match in _TELEPHONE.finditer(text):
        yield PersonalDatum(kind="telephone", start=match.start(), end=match.end())


def _iban_end(text: str) -> int:
    """How much of the match is a valid IBAN: words in capitals may follow one; 0 if nothing is."""
    for end in range(len(text), 14, -1):
        code = re.sub(r"[ -]", "", text[:end])
        if text[end - 1].isalnum() and 15 <= len(code) <= 34 and _iban_valid(code):
            return end
    return 0


def _iban_valid(code: str) -> bool:
    """ISO 13616: the first four characters moved to the end, letters as 10 to 35, remainder 1 by 97."""
    digits = "".join(str(int(character, 36)) for character in code[4:] + code[:4])
    return int(digits) % 97 == 1


def _identity(text: str) -> bool:
    code = re.sub(r"[ .-]", "", text).upper()
    number = code[:-1].translate(str.maketrans("XYZ", "012"))
    return _LETTERS[int(number) % 23] == code[-1]


def _luhn(text: str) -> bool:
    digits = [int(character) for character in text if character.isdigit()]
    doubled = [digit if place % 2 == 0 else sum(divmod(2 * digit, 10)) for place, digit in enumerate(reversed(digits))]
    return len(set(digits)) > 1 and sum(doubled) % 10 == 0
