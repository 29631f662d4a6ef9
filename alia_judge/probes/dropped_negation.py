"""`DroppedNegation`: the response says the contrary."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

import numpy as np

from alia_judge.probes.base import Expectation, ItemProbe
from alia_judge.probes.phrases import phrase
from alia_judge.records import Item

__all__ = ["DroppedNegation"]


@dataclass(frozen=True, kw_only=True)
class DroppedNegation(ItemProbe):
    """The first negation of the response is left out, so that it says the contrary."""

    name: str = "dropped_negation"
    expectation: Expectation = "lower"
    doses: tuple[float, ...] = (1,)

    def change(self, item: Item, _dose: float, _rng: np.random.Generator, /) -> Item | None:
        """None where the response has no negation, or its language is none of the five."""
        word = phrase("negation", item)
        if word is None:
            return None
        # A "no" before a comma or a full stop answers a question; without it the sentence would say the same.
        changed, count = re.subn(rf"\b{word}\s+(?=\w)", "", item.response, count=1, flags=re.IGNORECASE)
        return replace(item, response=changed) if count else None
