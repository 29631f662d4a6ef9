"""Accuracy over pairs of items, ties included."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from alia_judge.compiling.objective.statistics.base import SetStatistic, blind_scores
from alia_judge.compiling.objective.target import Target

__all__ = ["STATISTICS"]

Floats = NDArray[np.float64]

#: Pairs that pairwise accuracy looks at: all of 140 items; of more, so many drawn once. Its error by the draw is below
#: .005, that by the items on a few hundred items four times as much.
_MOST_PAIRS = 10_000


def _pairwise_accuracy(scores: Floats, target: Target) -> Floats:
    """Share of the pairs ordered alike or tied in both, each candidate with the tie threshold that serves it best.

    References
    ----------
    Deutsch, Foster and Freitag (2023). Ties matter. EMNLP, eq. 7 and section 5.
    """
    first, second = _pairs(scores.shape[1])
    if not len(first):
        return np.full(len(scores), np.nan)
    order = np.sign(target.values[first] - target.values[second])
    weights = np.ones(len(first)) if target.weights is None else target.weights[first] * target.weights[second]
    return np.array([_best_threshold(row[first] - row[second], order, weights) for row in scores])


@lru_cache(maxsize=64)
def _pairs(n: int) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """The pairs of n items, or `_MOST_PAIRS` of them, the same for every candidate."""
    total = n * (n - 1) // 2
    if total <= _MOST_PAIRS:
        first, second = np.triu_indices(n, 1)
        return first, second
    rng = np.random.default_rng(n)
    first = rng.integers(n, size=_MOST_PAIRS)
    second = (first + rng.integers(1, n, size=_MOST_PAIRS)) % n
    return first, second


def _best_threshold(difference: Floats, order: Floats, weights: Floats) -> float:
    """Most weight of pairs on which differences, those up to a threshold tied, agree in sign with `order`."""
    apart = np.abs(difference)
    ranked = np.argsort(apart, kind="stable")
    right = np.where(np.sign(difference) == order, weights, 0.0)[ranked]
    tied = np.where(order == 0, weights, 0.0)[ranked]
    # With the first k pairs tied, they agree where people tie them, and the others where the order is right.
    agreeing = np.concatenate([[0.0], np.cumsum(tied)]) + right.sum() - np.concatenate([[0.0], np.cumsum(right)])
    sorted_apart = apart[ranked]
    # A threshold ties all pairs that are equally far apart, or none of them; those with no difference are always tied.
    ends = np.append(np.flatnonzero(np.diff(sorted_apart) > 0) + 1, len(ranked))
    ends = ends if sorted_apart[0] == 0 else np.concatenate([[0], ends])
    return float(agreeing[ends].max() / weights.sum())


STATISTICS = (
    SetStatistic(
        name="pairwise_accuracy",
        says="Share of the pairs that both sides order alike or both tie; the judge ties what is closer than "
        "the threshold that serves it best.",
        rows=_pairwise_accuracy,
        bounds=(0.0, 1.0),
        chance=blind_scores,
    ),
)
