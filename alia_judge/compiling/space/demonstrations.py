"""Which items to demonstrate with, in which order, and how many of them for each item."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

__all__ = ["DemoOrder", "DemoStrategy", "choose_demos", "demonstrations_tried", "ordered_demos"]

#: ``"spread"`` takes demonstrations evenly over the target; ``"random"`` takes any.
DemoStrategy = Literal["spread", "random"]

#: In which order demonstrations are shown.
DemoOrder = Literal["drawn", "ascending", "descending"]


def demonstrations_tried(
    item_ids: Sequence[str],
    target: NDArray[np.float64],
    *,
    counts: Sequence[int],
    strategies: Sequence[DemoStrategy],
    draws: int,
    orders: Sequence[DemoOrder],
    neighbours: Sequence[int | None],
    seed: int,
) -> list[dict[str, Any]]:
    """Every choice of demonstrations from n items set aside for them, as parameters of a configuration.

    Parameters
    ----------
    item_ids, target
        The items and what people said of them, n each.
    counts, strategies, draws, orders, neighbours
        What is combined, as `SearchSpace` has it.
    seed
        Of the draws.
    """
    choices: list[dict[str, Any]] = [{"n_demos": 0}] if 0 in counts else []
    for count, (place, strategy), draw in product(filter(None, counts), enumerate(strategies), range(draws)):
        chosen = choose_demos(target, count, strategy, np.random.default_rng([seed, 3, count, place, draw]))
        for order, shown in product(orders, neighbours):
            if shown is not None and shown >= len(chosen):
                continue
            choices.append(
                {
                    "n_demos": count,
                    "demo_strategy": strategy,
                    **({} if order == "drawn" else {"demo_order": order}),
                    **({} if shown is None else {"neighbours": shown}),
                    "demo_item_ids": [item_ids[one] for one in ordered_demos(chosen, target, order)],
                }
            )
    return choices


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
