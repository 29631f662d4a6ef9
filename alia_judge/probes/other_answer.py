"""`OtherAnswer`: a good answer to another question."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from alia_judge.probes.base import Change, Expectation, Invariant
from alia_judge.records import Item

__all__ = ["PROBES", "OtherAnswer"]

Floats = NDArray[np.float64]
#: Draws before an item is given up: enough where one other item in five will do.
_ATTEMPTS = 40


@dataclass(frozen=True, kw_only=True)
class OtherAnswer:
    """The response to another prompt, of another group, in the same language."""

    keeps: ClassVar[frozenset[Invariant]] = frozenset()
    needs: ClassVar[str | None] = None

    name: str = "other_answer"
    expectation: Expectation = "lower"
    doses: tuple[float, ...] = (1,)
    changes: str = "The response becomes the response to another prompt, of another group, in the same language."

    def perturb(self, items: Sequence[Item], _dose: float, rng: np.random.Generator, /) -> list[Change | None]:
        """None where no such item is found."""
        by_language: dict[str | None, list[Item]] = {}
        for item in items:
            by_language.setdefault(item.language, []).append(item)
        return [self._answered_otherwise(item, by_language[item.language], rng) for item in items]

    def expected(self, scores: Floats, /) -> Floats:
        """The same scores."""
        return scores

    def _answered_otherwise(self, item: Item, others: list[Item], rng: np.random.Generator) -> Change | None:
        for place in rng.integers(len(others), size=_ATTEMPTS):
            other = others[place]
            elsewhere = other.group != item.group if item.group is not None else other.prompt != item.prompt
            if elsewhere and other.response != item.response:
                return Change(item, replace(item, response=other.response))
        return None


PROBES = (OtherAnswer(),)
