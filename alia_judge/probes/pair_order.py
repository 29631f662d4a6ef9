"""`PairOrder`: the two responses of a pair change places."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from alia_judge.probes.base import Expectation, Invariant, ItemProbe
from alia_judge.records import Item

__all__ = ["PROBES", "PairOrder"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class PairOrder(ItemProbe):
    """The two responses of a pair change places, and the preference must turn round."""

    keeps: ClassVar[frozenset[Invariant]] = frozenset({"words", "numbers"})

    name: str = "pair_order"
    expectation: Expectation = "same"
    doses: tuple[float, ...] = (1,)
    changes: str = (
        "The two responses of a pair change places, and the preference must turn round. The share moved is the share "
        "of pairs whose verdict the order decides."
    )

    def change(self, item: Item, _dose: float, _rng: np.random.Generator, /) -> Item | None:
        """None where there is no second response."""
        if item.response_b is None:
            return None
        return replace(item, response=item.response_b, response_b=item.response)

    def expected(self, scores: Floats, /) -> Floats:
        """The opposite preference: -1 is the first of the pair, 1 the second."""
        return -scores


PROBES = (PairOrder(),)
