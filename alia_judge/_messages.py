"""What people read, in their language: English is the key, the catalogues in ``alia_judge/locale`` have the others.

``ALIA_JUDGE_LANG=es`` chooses one. A text is marked where it is written: `_` gives it as it is shown; `message` gives a
string that is English wherever it is kept (results, JSON), and that `_` shows later. A catalogue is a gettext ``.po``
file, read as it is; ``python tools/messages.py`` brings them up to date.
"""

from __future__ import annotations

import os
import re
import string
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

__all__ = [
    "Message",
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
    "recognised",
]

_FOLDER = Path(__file__).with_name("locale")
_ENTRY = re.compile(r'^msgid ((?:"(?:\\.|[^"\\])*"\s*)+)^msgstr ((?:"(?:\\.|[^"\\])*"\s*)+)', re.MULTILINE)
_QUOTED = re.compile(r'"((?:\\.|[^"\\])*)"')
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


def _(text: str, /, **fields: Any) -> str:
    """A marked sentence in the reader's language; without one there, in English.

    Parameters
    ----------
    text
        The English sentence, with a replacement field for each of `fields`; or a `Message`, which has its own.
    **fields
        What stands in it: numbers are written as the language has them, messages are shown in it, any other text is
        left as it is.
    """
    to = language()
    if to == "en":
        return text.format(**fields) if fields else str(text)
    return _shown(text, fields, to)


def recognised(said: str, shapes: Iterable[Message]) -> str:
    """A text that came as it is, from elsewhere or out of a file, in the reader's language where its shape is known.

    Parameters
    ----------
    said
        The English text.
    shapes
        Marked sentences that it may be; what stands in their fields may be another of them. The first that fits counts.
    """
    shapes = tuple(shapes)
    if language() == "en":
        return said
    for one in shapes:
        if found := re.fullmatch(_shape(one.template), said, re.DOTALL):
            return _(one.template, **{name: recognised(value, shapes) for name, value in found.groupdict().items()})
    return said


def _shape(template: str) -> str:
    return "".join(
        re.escape(text) + (f"(?P<{name}>.+?)" if name else "")
        for text, name, _spec, _turned in string.Formatter().parse(template)
    )


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
    if isinstance(text, Message):
        template, fields = text.template, text.fields
    found = catalogue(to).get(template, template)
    return _Fields(to).vformat(found, (), fields) if fields else str(found)


class _Fields(string.Formatter):
    """Replacement fields as a language writes them."""

    def __init__(self, to: str) -> None:
        self._to = to

    def format_field(self, value: Any, format_spec: str) -> str:
        if isinstance(value, Message):
            return _shown(value, {}, self._to)
        text = format(value, format_spec)
        counts = not isinstance(value, (str, bool)) and hasattr(value, "__float__")  # an int, a float, an estimate
        return numbers(text, self._to) if counts or isinstance(value, Written) else text
