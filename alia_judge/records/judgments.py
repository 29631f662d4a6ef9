"""`Judgments`: the verdicts of one configuration on many items, as arrays."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from alia_judge.records.verdict import Unscored

__all__ = ["Judgments"]


@dataclass(frozen=True, kw_only=True, eq=False)
class Judgments:
    """Raw verdicts of one configuration on some items, as arrays: what readouts and the search work on.

    Parameters
    ----------
    item_ids
        The items, in the order asked for, shape (n,).
    probabilities
        Shape (n, K): probability of each scale point, rows summing to 1; a row of NaN where there is none.
    score
        Shape (n,): the parsed score, or the expected score where there is no parsed one; NaN is unscored.
    reasons
        Why an item is unscored, None where it is scored; length n.
    paid, replayed
        How many of these were new calls, and how many came from a store that had already paid for them.
    cost, seconds
        What they cost in US dollars and how long their calls took, in all, whoever paid; NaN where unknown.
    spent
        What the new ones among them cost in US dollars; NaN where nobody says.
    parts
        Of a judge that answers several criteria in one call, what it said of each, on that criterion's own scale.
    """

    item_ids: tuple[str, ...]
    probabilities: NDArray[np.float64]
    score: NDArray[np.float64]
    reasons: tuple[Unscored | None, ...]
    paid: int = 0
    replayed: int = 0
    cost: float = math.nan
    seconds: float = math.nan
    spent: float = math.nan
    parts: Mapping[str, Judgments] = field(default_factory=dict)

    @property
    def scored(self) -> NDArray[np.bool_]:
        """Which items have a score, shape (n,)."""
        return ~np.isnan(self.score)

    def take(self, places: NDArray[np.intp]) -> Judgments:
        """The verdicts at some places, in that order; what was paid and spent stays that of all of them."""
        return replace(
            self,
            item_ids=tuple(self.item_ids[place] for place in places),
            probabilities=self.probabilities[places],
            score=self.score[places],
            reasons=tuple(self.reasons[place] for place in places),
            parts={name: part.take(places) for name, part in self.parts.items()},
        )

    @property
    def coverage(self) -> float:
        """Share of the items that have a score; NaN for no items."""
        return float(self.scored.mean()) if len(self.item_ids) else math.nan
