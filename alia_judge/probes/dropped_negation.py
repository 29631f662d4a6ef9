"""`DroppedNegation`: the response says the contrary."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import ClassVar

import numpy as np

from alia_judge.probes.base import Expectation, Invariant, ItemProbe
from alia_judge.probes.phrases import base_language
from alia_judge.records import Item

__all__ = ["PROBES", "DroppedNegation"]

#: Language -> its negation. A "no" before a comma or a full stop answers a question; without it the sentence would say
#: the same, so a word must follow.
_NEGATION = MappingProxyType(
    {
        "es": re.compile(r"\bno\s+(?=\w)", re.IGNORECASE),
        "ca": re.compile(r"\bno\s+(?=\w)", re.IGNORECASE),
        "eu": re.compile(r"\bez\s+(?=\w)", re.IGNORECASE),
        "gl": re.compile(r"\bnon\s+(?=\w)", re.IGNORECASE),
        "en": re.compile(r"\bnot\s+(?=\w)|\bwon['’]t\b|(?<=can)(?:not|['’]t)\b|(?<=\w)(?<!ca)n['’]t\b", re.IGNORECASE),
    }
)


@dataclass(frozen=True, kw_only=True)
class DroppedNegation(ItemProbe):
    """Negations of the response are left out, so that it says the contrary: a dose is how many."""

    keeps: ClassVar[frozenset[Invariant]] = frozenset({"numbers"})

    name: str = "dropped_negation"
    expectation: Expectation = "lower"
    doses: tuple[float, ...] = (1, 2)
    changes: str = "Negations are left out, so that the response says the contrary. The dose is how many."

    def change(self, item: Item, dose: float, _rng: np.random.Generator, /) -> Item | None:
        """None where the response has fewer negations, or its language is none of the five."""
        negation = _NEGATION.get(base_language(item))
        if negation is None:
            return None
        changed, count = negation.subn(_affirmed, item.response, count=int(dose))
        changed = changed.strip()
        # A negation that began the response leaves its capital to the next word.
        if item.response[:1].isupper():
            changed = changed[:1].upper() + changed[1:]
        return replace(item, response=changed) if count == dose else None


def _affirmed(found: re.Match[str]) -> str:
    return f"{found[0][0]}ill" if found[0].lower().startswith("won") else ""


PROBES = (DroppedNegation(),)
