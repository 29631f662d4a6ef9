"""Which items to demonstrate with, and in which order."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray

__all__ = ["DemoOrder", "DemoStrategy", "choose_demos", "ordered_demos"]

#: ``"spread"`` takes demonstrations evenly over the target; ``"random"`` takes any.
DemoStrategy = Literal["spread", "random"]

#: In which order demonstrations are shown.
DemoOrder = Literal["drawn", "ascending", "descending"]


def choose_demos(
    target: NDArray[np.float64], count: int, strategy: DemoStrategy, rng: np.random.Generator
) -> list[int]:
    """Places of at most `count` of the items, whose targets have shape (n,)."""
    count = min(count, len(target))
    if strategy == "random":
        return [int(place) for place in rng.permutation(len(target))[:count]]
    # One from each of `count` equal parts of the items in order of their target, then mixed.
    ranked = np.lexsort((rng.random(len(target)), target))
    parts = np.array_split(ranked, count)
    return [int(rng.choice(parts[place])) for place in rng.permutation(count)]


def ordered_demos(chosen: list[int], target: NDArray[np.float64], order: DemoOrder) -> list[int]:
    """The chosen places as they were drawn, or by what people said of the items."""
    if order == "drawn":
        return chosen
    return sorted(chosen, key=lambda place: float(target[place]), reverse=order == "descending")
