"""Statistics of many candidates' scores against one target at once: the inner loop of a search.

Each function takes scores of shape (m, n) without gaps and a `Target`, and gives shape (m,), NaN where undefined. They
are the figures of `alia_judge.stats`, which has them with checks and intervals for one judge.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from alia_judge.compiling.objective.target import Target, nearest_points
from alia_judge.stats.kernels import (
    WeightedKendall,
    WeightedQuadraticKappa,
    kendall_rows,
    midranks,
    pearson_rows,
    quadratic_kappa_rows,
    spearman_rows,
)

__all__ = ["alpha", "auc", "kendall", "pairwise_accuracy", "pearson", "qwk", "spearman", "weighted_pearson"]

Floats = NDArray[np.float64]

#: Pairs that pairwise accuracy looks at: all of 140 items; of more, so many drawn once. Its error by the draw is below
#: .005, that by the items on a few hundred items four times as much.
_MOST_PAIRS = 10_000


def spearman(scores: Floats, target: Target) -> Floats:
    """Spearman's rho; under weights, of weighted mid-ranks."""
    if target.weights is None:
        return spearman_rows(scores, target.values)
    ranks, theirs = (_weighted_midranks(side, target.weights) for side in (scores, target.values[None, :]))
    return weighted_pearson(ranks, theirs[0], target.weights)


def pearson(scores: Floats, target: Target) -> Floats:
    """Pearson's r."""
    if target.weights is None:
        return pearson_rows(scores, target.values)
    return weighted_pearson(scores, target.values, target.weights)


def kendall(scores: Floats, target: Target) -> Floats:
    """Kendall's tau-b; under weights, a pair weighs the product of its two."""
    if target.weights is None:
        return kendall_rows(scores, target.values)
    column = target.weights[:, None]
    return np.array([float(WeightedKendall(row, target.values)(column)[0]) for row in scores])


def qwk(scores: Floats, target: Target) -> Floats:
    """Quadratically weighted kappa of both sides at their nearest scale point."""
    ours, theirs = nearest_points(scores, target.scale), nearest_points(target.values, target.scale)
    if target.weights is None:
        return quadratic_kappa_rows(ours, theirs)
    column = target.weights[:, None]
    return np.array([float(WeightedQuadraticKappa(row, theirs)(column)[0]) for row in ours])


def alpha(scores: Floats, target: Target) -> Floats:
    """Krippendorff's alpha of judge and consensus as two raters, on an interval scale."""
    # Krippendorff (2011) for two raters and no gaps: alpha = 1 - Do / De with squared differences.
    both = np.concatenate([scores, np.broadcast_to(target.values, scores.shape)], axis=1)
    n = both.shape[1]
    observed = ((scores - target.values) ** 2).mean(axis=1)
    expected = 2 * both.var(axis=1) * n / (n - 1)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(expected > 0, 1 - observed / expected, np.nan)


def auc(scores: Floats, target: Target) -> Floats:
    """Area under the ROC curve of telling items above the middle of the scale from the others."""
    positive = target.values > (target.scale.low + target.scale.high) / 2
    if positive.all() or not positive.any():
        return np.full(len(scores), np.nan)
    weights = np.ones(len(positive)) if target.weights is None else target.weights
    high, low = float(weights[positive].sum()), float(weights[~positive].sum())
    ranks = midranks(scores) - 0.5 if target.weights is None else _weighted_midranks(scores, weights)
    # Mann-Whitney: the positives' weighted ranks, less what they would sum to among themselves.
    return np.asarray((ranks[:, positive] @ weights[positive] - high**2 / 2) / (high * low))


def pairwise_accuracy(scores: Floats, target: Target) -> Floats:
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


def weighted_pearson(scores: Floats, values: Floats, weights: Floats) -> Floats:
    """Pearson's r of each row of `scores`, shape (m, n), with `values`, shape (n,), items weighted."""
    share = weights / weights.sum()
    ours, theirs = scores - (scores @ share)[:, None], values - values @ share
    spread = np.sqrt(((ours**2) @ share) * ((theirs**2) @ share))
    scale = 1e-12 * np.maximum(np.abs(scores).max(axis=1, initial=0.0), 1e-300)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(spread > scale, np.clip((ours * theirs) @ share / spread, -1.0, 1.0), np.nan)


def _weighted_midranks(values: Floats, weights: Floats) -> Floats:
    """Weight below each value in its row and half of the weight on it, shape (m, n)."""
    m, n = values.shape
    order = np.argsort(values, axis=1, kind="stable")
    ordered = np.take_along_axis(values, order, axis=1)
    starts = np.ones((m, n), dtype=np.bool_)
    np.not_equal(ordered[:, 1:], ordered[:, :-1], out=starts[:, 1:])
    first = np.flatnonzero(starts)
    length = np.diff(first, append=m * n)
    on_run = np.add.reduceat(weights[order].ravel(), first)
    # Every row holds every weight once, so what stands before a row is a multiple of their sum.
    before = np.cumsum(on_run) - on_run - (first // n) * weights.sum()
    ranks = np.empty((m, n))
    np.put_along_axis(ranks, order, np.repeat(before + on_run / 2, length).reshape(m, n), axis=1)
    return ranks


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
