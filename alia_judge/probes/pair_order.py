"""`PairOrder`: the two responses of a pair change places."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from alia_judge.probes.base import Expectation
from alia_judge.records import Item

__all__ = ["PairOrder"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class PairOrder:
    """The two responses of a pair change places, and the preference must turn round."""

    name: str = "pair_order"
    expectation: Expectation = "same"
    doses: tuple[float, ...] = (1,)

    def perturb(self, items: Sequence[Item], _dose: float, _rng: np.random.Generator, /) -> list[Item | None]:
        """None where there is no second response."""
        return [
            None if item.response_b is None else replace(item, response=item.response_b, response_b=item.response)
            for item in items
        ]

    def expected(self, scores: Floats, /) -> Floats:
        """The opposite preference: -1 is the first of the pair, 1 the second."""
        return -scores
