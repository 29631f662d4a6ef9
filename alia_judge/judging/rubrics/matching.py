"""Which built-in rubric a criterion's name asks for, in any of the five languages."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

from alia_judge.judging.rubrics.builtin import BUILTIN_RUBRICS, builtin_rubric
from alia_judge.judging.rubrics.wording import LANGUAGES

__all__ = ["matching_rubric", "named_in"]


def matching_rubric(criterion: str, languages: Sequence[str] = ()) -> str | None:
    """The name of the built-in rubric that a criterion means, or None where nobody can tell.

    Names and aliases are compared whole, without case, accents, punctuation, numbers and words such as "rating" or "of
    the response": "Utilidad (1-5)" is helpfulness, "inutilidad" is not. A name that two languages use for different
    things, or that is a mere function word in one of them, is read in the first of `languages` that knows it.

    Parameters
    ----------
    criterion
        What the ratings call it.
    languages
        Of the items, most frequent first.

    Examples
    --------
    >>> matching_rubric("Utilidad (1-5)"), matching_rubric("to", ["ca"]), matching_rubric("salero")
    ('helpfulness', 'tone', None)
    """
    plain = _plain(criterion)
    content = " ".join(word for word in plain.split() if word not in _written()["generic"])
    for name in dict.fromkeys((plain, content)):
        if not name:
            continue
        found = _names().get(name, {})
        for language in languages:
            if language in found:
                return found[language]
        # Two letters say too little in a language that the items are not in ("to" is Catalan for tone).
        if len(name) > 2 and len(set(found.values())) == 1:
            return next(iter(found.values()))
    return None


def named_in(question: str) -> tuple[str, ...]:
    """The built-in rubrics that a question names, for a person to choose from: which end is best it does not say.

    Names and aliases are looked for as whole words, at least three letters long.

    Examples
    --------
    >>> named_in("¿Cómo de útil es la respuesta? (1-5)"), named_in("salero")
    (('helpfulness',), ())
    """
    words = f" {_plain(question)} "
    found = (rubrics.values() for name, rubrics in _names().items() if len(name) > 2 and f" {name} " in words)
    return tuple(dict.fromkeys(rubric for rubrics in found for rubric in rubrics))


@cache
def _names() -> Mapping[str, Mapping[str, str]]:
    """Every name as it is compared: language to rubric."""
    aliases = _written()["rubrics"]
    names: dict[str, dict[str, str]] = {}
    for rubric in BUILTIN_RUBRICS:
        for language in LANGUAGES:
            own = (rubric.replace("_", " "), builtin_rubric(rubric, language).criterion)
            for name in (*own, *aliases.get(rubric, {}).get(language, ())):
                names.setdefault(_plain(name), {}).setdefault(language, rubric)
    return names


@cache
def _written() -> dict[str, Any]:
    text = (files("alia_judge.judging.rubrics") / "aliases.yaml").read_text("utf-8")
    written: dict[str, Any] = yaml.safe_load(text)
    return written


def _plain(name: str) -> str:
    """Lower case, no accents, no numbers, one space between words; camelCase and snake_case are several words."""
    parted = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name)
    bare = "".join(mark for mark in unicodedata.normalize("NFKD", parted.casefold()) if not unicodedata.combining(mark))
    return " ".join(re.findall(r"[^\W\d_]+", bare))
