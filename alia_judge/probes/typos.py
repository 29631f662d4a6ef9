"""`Typos`: neighbouring letters change places."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from alia_judge.probes.base import Expectation, Invariant, ItemProbe
from alia_judge.records import Item

__all__ = ["PROBES", "Typos"]


@dataclass(frozen=True, kw_only=True)
class Typos(ItemProbe):
    """Neighbouring letters change places: a dose is the share of words that are mistyped, one at least."""

    keeps: ClassVar[frozenset[Invariant]] = frozenset({"numbers"})

    name: str = "typos"
    expectation: Expectation = "same"
    doses: tuple[float, ...] = (0.05, 0.15)
    changes: str = "Two neighbouring letters inside a word change places. The dose is the share of words mistyped."

    def change(self, item: Item, dose: float, rng: np.random.Generator, /) -> Item | None:
        """Words of four letters or more are mistyped inside, never numbers; None where there is no such word."""
        letters = list(item.response)
        words = [match.span() for match in re.finditer(r"[^\W\d_]{4,}", item.response)]
        # A word whose inner letters are all alike cannot be mistyped this way.
        open_words = [span for span in words if len(set(letters[span[0] + 1 : span[1] - 1])) > 1]
        if not open_words:
            return None
        chosen = rng.choice(len(open_words), size=max(1, round(dose * len(open_words))), replace=False)
        for place in chosen:
            start, end = open_words[place]
            swaps = [at for at in range(start + 1, end - 2) if letters[at] != letters[at + 1]]
            at = int(rng.choice(swaps))
            letters[at], letters[at + 1] = letters[at + 1], letters[at]
        return replace(item, response="".join(letters))


PROBES = (Typos(),)
