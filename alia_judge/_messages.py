"""What people read, in their language: English is the key, the catalogues in ``alia_judge/locale`` have the others.

``ALIA_JUDGE_LANG=es`` chooses one. A text is marked where it is written: `_` gives it as it is shown; `message` gives a
string that is English wherever it is kept (results, JSON), and that `_` shows later. A catalogue is a gettext ``.po``
file, read as it is; ``python tools/messages.py`` brings them up to date.
"""

from __future__ import annotations

import math
import os
import re
import string
from collections.abc import Iterable, Mapping
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

__all__ = [
    "Message",
    "Told",
    "Written",
    "_",
    "catalogue",
    "joined",
    "language",
    "languages",
    "message",
    "message_of",
    "numbers",
    "read_catalogue",
    "recalled",
]

_FOLDER = Path(__file__).with_name("locale")
_ENTRY = re.compile(r'^msgid ((?:"(?:\\.|[^"\\])*"\s*)+)^msgstr ((?:"(?:\\.|[^"\\])*"\s*)+)', re.MULTILINE)
_QUOTED = re.compile(r'"((?:\\.|[^"\\])*)"')
#: Letters of its own by which a sentence with fields is known again.
_KNOWN_BY = 10
#: Words of a name, and letters of a text that is looked for.
_LONGEST_NAME, _LONGEST = 3, 600
_FIGURE = re.compile(r"[-+−]?[\d.,]+ ?%?(?: \[[-−\d., ]+\])?")
_ESCAPES = {r"\n": "\n", r"\t": "\t", r"\"": '"', r"\\": "\\"}


class Message(str):
    """A sentence that is English wherever it is kept, and remembers how it was made: it can be shown in another."""

    template: str
    fields: Mapping[str, Any]

    def __new__(cls, template: str, fields: Mapping[str, Any]) -> Message:
        """The English sentence."""
        made = super().__new__(cls, template.format(**fields))
        made.template, made.fields = template, fields
        return made

    def __reduce__(self) -> tuple[type[Message], tuple[str, Mapping[str, Any]]]:
        return Message, (self.template, self.fields)


class Written(str):
    """A number as English writes it (``.34``, ``1,200``); another language writes it its own way."""


class Told:
    """What says itself: `_` shows it, alone or in a sentence, in the reader's language."""

    def told(self) -> str:
        """A `Message`, or a `Written` figure."""
        raise NotImplementedError


class _AsItWas(str):
    """What stood in a field, as it was written then."""

    def __format__(self, spec: str) -> str:
        return str(self)

    def __repr__(self) -> str:
        return str(self)


class _FigureAsItWas(_AsItWas, Written):
    """A number that stood in a field."""


def message(template: str, /, **fields: Any) -> Message:
    """A marked sentence for later: English as a string, in the reader's language where `_` shows it.

    Examples
    --------
    >>> said = message("{n} ratings of {item}", n=3, item="i1")
    >>> said, said.template
    ('3 ratings of i1', '{n} ratings of {item}')
    """
    return Message(template, fields)


def message_of(error: BaseException) -> str:
    """What an error says, as it was marked: a sentence that another one holds is shown in the reader's language, too.

    Examples
    --------
    >>> message_of(ValueError(message("{n} items", n=3))).template
    '{n} items'
    """
    said = error.args[0] if error.args else None
    return said if isinstance(said, Message) else str(error)


def joined(parts: Iterable[str], by: str = " ") -> Message:
    """Sentences one after another, each of which may be a `Message`."""
    named = {f"part{place}": part for place, part in enumerate(parts)}
    return Message(by.join(f"{{{name}}}" for name in named), named)


def _(text: str | Told, /, **fields: Any) -> str:
    """A marked sentence in the reader's language; without one there, in English.

    Parameters
    ----------
    text
        The English sentence, with a replacement field for each of `fields`; or a `Message`, which has its own; or what
        says itself in one.
    **fields
        What stands in it: numbers are written as the language has them, messages are shown in it, any other text is
        left as it is.
    """
    said, to = text.told() if isinstance(text, Told) else text, language()
    if to == "en":
        return said.format(**fields) if fields else str(said)
    return _shown(said, fields, to)


def recalled(said: str, among: Iterable[Message] | None = None) -> str:
    """A sentence that came as plain text, out of a file or from elsewhere, as it was marked: `_` can show it again.

    Parameters
    ----------
    said
        The English text. It stays as it is where nothing fits, and where the reader's language is English.
    among
        Marked sentences that it may be, the first that fits; by default every key of the catalogue, the one with most
        words of its own, where no more than a name or a number stands in its fields. What does may be another of them.

    Examples
    --------
    >>> recalled("no probe was applicable")
    'no probe was applicable'
    """
    to = language()
    if to == "en" or isinstance(said, Message) or len(said) > _LONGEST:
        return said
    if among is not None:
        return _recalled(said, tuple(one.template for one in among), math.inf)
    return Message(said, {}) if said in catalogue(to) else _recalled(said, _with_fields(to), _LONGEST_NAME)


@lru_cache(maxsize=4096)
def _recalled(said: str, templates: tuple[str, ...], most: float) -> str:
    for template in templates:
        if _longest_piece(template) in said and (found := re.fullmatch(_shape(template), said, re.DOTALL)):
            fields = {name: _in_field(value, templates, most) for name, value in found.groupdict().items()}
            if all(isinstance(one, Message) or len(one.split()) <= most for one in fields.values()):
                return Message(template, fields)
    return said


def _in_field(said: str, templates: tuple[str, ...], most: float) -> str:
    again = _recalled(said, templates, most)
    if isinstance(again, Message):
        return again
    return _FigureAsItWas(said) if _FIGURE.fullmatch(said) else _AsItWas(said)


@cache
def _with_fields(to: str) -> tuple[str, ...]:
    """The sentences of a catalogue that have fields and enough words of their own to be known by, most words first."""
    own = {key: len(re.sub(r"\{[^{}]*\}|\W", "", key)) for key in catalogue(to) if re.search(r"\{\w", key)}
    return tuple(sorted((key for key, letters in own.items() if letters >= _KNOWN_BY), key=lambda key: -own[key]))


@cache
def _pieces(template: str) -> tuple[tuple[str, str | None], ...]:
    try:
        return tuple((text, name) for text, name, *_spec in string.Formatter().parse(template))
    except ValueError:  # a text of help, which has no fields
        return ((template, None),)


@cache
def _longest_piece(template: str) -> str:
    return max((text for text, _name in _pieces(template)), key=len)


@cache
def _shape(template: str) -> str:
    seen: set[str] = set()
    shape = ""
    for text, name in _pieces(template):
        again = f"(?P={name})" if name in seen else f"(?P<{name}>.+?)"
        shape += re.escape(text) + (again if name else "")
        seen |= {name} if name else set()
    return shape


def language() -> str:
    """The reader's language: ``ALIA_JUDGE_LANG`` (``es``, ``es_ES.UTF-8``) where there is a catalogue, else ``en``."""
    said = re.split(r"[._@-]", os.environ.get("ALIA_JUDGE_LANG", "").strip().lower())[0]
    return said if said in languages() else "en"


@cache
def languages() -> tuple[str, ...]:
    """The languages there are catalogues of, and English."""
    return tuple(sorted({"en", *(path.stem for path in _FOLDER.glob("*.po"))}))


@cache
def catalogue(name: str) -> Mapping[str, str]:
    """English -> that language; what nobody has translated is not in it."""
    return {key: value for key, value in read_catalogue(_FOLDER / f"{name}.po").items() if key and value}


def read_catalogue(path: Path) -> dict[str, str]:
    """Every entry of a ``.po`` file, in its order; an empty value where there is no translation yet."""
    return {_joined(key): _joined(value) for key, value in _ENTRY.findall(path.read_text("utf-8"))}


def numbers(text: str, to: str | None = None) -> str:
    """A number, or an estimate with its interval, as a language writes it.

    Examples
    --------
    >>> numbers("0.447 [-0.358, 0.527]", "es"), numbers(".34", "es"), numbers("10,560", "es")
    ('0,447 [-0,358; 0,527]', '0,34', '10\u202f560')
    """
    if (to or language()) == "en":
        return text
    text = re.sub(r"(?<=\d),(?=\d{3}(?!\d))", "\u202f", text)
    text = re.sub(r",(?=\s)", ";", text)
    return re.sub(r"(?<!\d)\.(?=\d)", "0,", re.sub(r"(?<=\d)\.(?=\d)", ",", text))


def _joined(quoted: str) -> str:
    parts = "".join(_QUOTED.findall(quoted))
    return re.sub(r'\\[nt"\\]', lambda found: _ESCAPES[found[0]], parts)


def _shown(text: str, fields: Mapping[str, Any], to: str) -> str:
    template = text
    if isinstance(text, Written):
        return numbers(text, to)
    if isinstance(text, Message):
        template, fields = text.template, text.fields
    elif not fields and text not in catalogue(to) and isinstance(again := recalled(text), Message):
        template, fields = again.template, again.fields
    found = catalogue(to).get(template, template)
    return _Fields(to).vformat(found, (), fields) if fields else str(found)


class _Fields(string.Formatter):
    """Replacement fields as a language writes them."""

    def __init__(self, to: str) -> None:
        self._to = to

    def format_field(self, value: Any, format_spec: str) -> str:
        if isinstance(value, Told):
            value = value.told()
        if isinstance(value, Message):
            return _shown(value, {}, self._to)
        text = format(value, format_spec)
        counts = not isinstance(value, (str, bool)) and hasattr(value, "__float__")  # an int, a float, an estimate
        return numbers(text, self._to) if counts or isinstance(value, Written) else text
