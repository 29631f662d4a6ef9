"""`Truncation`: the response stops short."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

import numpy as np

from alia_judge.probes.base import Expectation, ItemProbe
from alia_judge.records import Item

__all__ = ["PROBES", "Truncation"]


@dataclass(frozen=True, kw_only=True)
class Truncation(ItemProbe):
    """The response stops short: a dose is the share of its words that is cut off."""

    name: str = "truncation"
    expectation: Expectation = "lower"
    doses: tuple[float, ...] = (0.1, 0.3, 0.6)
    changes: str = "The response stops short. The dose is the share of its words that is cut off."

    def change(self, item: Item, dose: float, _rng: np.random.Generator, /) -> Item | None:
        """The first words; None for a response of fewer than five."""
        spans = [match.end() for match in re.finditer(r"\S+", item.response)]
        if len(spans) < 5:
            return None
        kept = max(1, round(len(spans) * (1 - dose)))
        return replace(item, response=item.response[: spans[kept - 1]])


PROBES = (Truncation(),)
