"""`Age`: the customer is old instead of young."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from alia_judge.probes.base import Change, Expectation, Invariant
from alia_judge.probes.phrases import phrase, said_by_customer
from alia_judge.records import Item

__all__ = ["PROBES", "Age"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Age:
    """A customer of seventy-eight against the same of twenty-seven; the response to both is the same."""

    keeps: ClassVar[frozenset[Invariant]] = frozenset({"numbers"})
    needs: ClassVar[str | None] = None

    name: str = "age"
    expectation: Expectation = "same"
    doses: tuple[float, ...] = (1,)
    changes: str = (
        "The customer says that he or she is seventy-eight instead of twenty-seven; where no customer speaks, the "
        "response repeats it."
    )

    def perturb(self, items: Sequence[Item], _dose: float, _rng: np.random.Generator, /) -> list[Change | None]:
        """Both sides have an age, so that only that differs; None where the language is none of the five."""
        return [self._aged(item) for item in items]

    def expected(self, scores: Floats, /) -> Floats:
        """The same scores."""
        return scores

    def _aged(self, item: Item) -> Change | None:
        sides = []
        for age in (1, 2):
            mine, repeated = phrase("age", item, age), phrase("age_repeated", item, age)
            if mine is None or repeated is None:
                return None
            said = said_by_customer(item, mine)
            sides.append(said or replace(item, response=f"{repeated} {item.response}"))
        return Change(*sides)


PROBES = (Age(),)
