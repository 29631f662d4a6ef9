"""`WrongDates`: days of the week and months that are not so."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from types import MappingProxyType
from typing import ClassVar

import numpy as np

from alia_judge.probes.base import Expectation, Invariant, ItemProbe
from alia_judge.probes.phrases import base_language
from alia_judge.records import Item

__all__ = ["PROBES", "WrongDates"]

#: Language -> names that follow one another in a circle. Basque names are listed as they are declined in dates.
_CIRCLES = MappingProxyType(
    {
        "es": (
            "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
            "lunes martes miércoles jueves viernes sábado domingo",
        ),
        "ca": (
            "gener febrer març abril maig juny juliol agost setembre octubre novembre desembre",
            "dilluns dimarts dimecres dijous divendres dissabte diumenge",
        ),
        "eu": (
            "urtarrilaren otsailaren martxoaren apirilaren maiatzaren ekainaren uztailaren abuztuaren irailaren "
            "urriaren azaroaren abenduaren",
            "astelehenean asteartean asteazkenean ostegunean ostiralean larunbatean igandean",
            "astelehenetik asteartetik asteazkenetik ostegunetik ostiraletik larunbatetik igandetik",
            "astelehenera asteartera asteazkenera ostegunera ostiralera larunbatera igandera",
        ),
        "gl": (
            "xaneiro febreiro marzo abril maio xuño xullo agosto setembro outubro novembro decembro",
            "luns martes mércores xoves venres sábado domingo",
        ),
        # "may" and "march" are other words too where they are not written as a name.
        "en": (
            "January February March April May June July August September October November December",
            "Monday Tuesday Wednesday Thursday Friday Saturday Sunday",
        ),
    }
)


@dataclass(frozen=True, kw_only=True)
class WrongDates(ItemProbe):
    """Days of the week and months move on: a dose is by how many."""

    keeps: ClassVar[frozenset[Invariant]] = frozenset({"numbers", "language"})

    name: str = "wrong_dates"
    expectation: Expectation = "lower"
    doses: tuple[float, ...] = (1, 3)
    changes: str = "Every day of the week and month becomes a later one. The dose is how many days, or months, later."

    def change(self, item: Item, dose: float, _rng: np.random.Generator, /) -> Item | None:
        """None where no day or month is named, or the language is none of the five."""
        language, text = base_language(item), item.response
        flags = re.NOFLAG if language == "en" else re.IGNORECASE
        for circle in _CIRCLES.get(language, ()):
            names = circle.split()
            later = {name.lower(): names[(place + int(dose)) % len(names)] for place, name in enumerate(names)}
            any_of_them = re.compile(rf"\b(?:{'|'.join(names)})\b", flags)
            text = any_of_them.sub(partial(_like, later), text)
        return replace(item, response=text) if text != item.response else None


def _like(later: Mapping[str, str], found: re.Match[str]) -> str:
    """The later name, capitalised as the word was."""
    word = found[0]
    new = later[word.lower()]
    return new[0].upper() + new[1:] if word[0].isupper() else new


PROBES = (WrongDates(),)
