"""`WrongLanguage`: the same answer in a language that was not asked for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from alia_judge.probes.base import Change, Expectation, Invariant
from alia_judge.records import Item

__all__ = ["PROBES", "WrongLanguage"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class WrongLanguage:
    """The response becomes its counterpart in another language: items that say so in a column ``parallel``."""

    keeps: ClassVar[frozenset[Invariant]] = frozenset()
    needs: ClassVar[str | None] = None

    name: str = "wrong_language"
    expectation: Expectation = "lower"
    doses: tuple[float, ...] = (1,)
    changes: str = (
        "The response becomes its counterpart in another language, for items that exist in several: those that share a "
        "value in the column `parallel`. No text is translated."
    )

    def perturb(self, items: Sequence[Item], _dose: float, rng: np.random.Generator, /) -> list[Change | None]:
        """None where the item has no counterpart in another language."""
        parallel: dict[str, list[Item]] = {}
        for item in items:
            if item.extra.get("parallel"):
                parallel.setdefault(str(item.extra["parallel"]), []).append(item)
        return [self._elsewhere(item, parallel.get(str(item.extra.get("parallel")), []), rng) for item in items]

    def expected(self, scores: Floats, /) -> Floats:
        """The same scores."""
        return scores

    def _elsewhere(self, item: Item, counterparts: Sequence[Item], rng: np.random.Generator) -> Change | None:
        others = [other for other in counterparts if other.language != item.language]
        if not others:
            return None
        return Change(item, replace(item, response=others[int(rng.integers(len(others)))].response))


PROBES = (WrongLanguage(),)
