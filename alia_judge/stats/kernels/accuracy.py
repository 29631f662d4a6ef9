"""Agreement on pairs where scores that differ by no more than a threshold count as tied."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from alia_judge.stats.kernels.pairs import pair_sums_rows
from alia_judge.stats.kernels.weighted import Weights, column_dot, running
from alia_judge.stats.kernels.weighted_pairs import WeightedPairs

__all__ = ["WeightedPairAccuracy", "pair_accuracy_rows"]

Floats = NDArray[np.float64]


class WeightedPairAccuracy:
    """Share of the pairs ordered alike, or tied in both, under many weightings.

    Parameters
    ----------
    x, y
        Scores and target, shape (n,), finite.
    epsilon
        Scores at most so far apart count as tied; targets only if they are equal.
    """

    def __init__(self, x: Floats, y: Floats, epsilon: float) -> None:
        self._epsilon = epsilon
        if epsilon == 0:
            self._pairs = WeightedPairs(x, y)
            return
        epsilon = _raised(epsilon, x)
        order = np.lexsort((x, y))
        self._order = order
        x, y = x[order], y[order]
        bounds = np.flatnonzero(np.diff(y, prepend=np.nan))
        self._levels = np.stack([bounds, np.append(bounds[1:], y.size)], axis=1)
        self._within = [slice(a, b) for a, b in self._levels]
        self._first_tied = [np.searchsorted(x[s], x[s] - epsilon, side="left") for s in self._within]
        self._splits: list[tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.intp]]] = []
        self._plan(x, 0, len(self._levels), epsilon)

    def __call__(self, weights: Weights) -> Floats:
        """The share for each column of `weights`, shape (n, b) -> (b,); NaN where there is no pair."""
        if self._epsilon == 0:
            return self._pairs(weights).accuracy
        weights = weights[self._order]
        agreeing = np.zeros(weights.shape[1])
        for level, first in zip(self._within, self._first_tied, strict=True):
            before = running(weights[level])
            agreeing += column_dot(weights[level], before[:-1] - before[first])
        for lower, upper, below in self._splits:
            agreeing += column_dot(weights[upper], running(weights[lower])[below])
        total = (weights.sum(axis=0, dtype=np.float64) ** 2 - column_dot(weights, weights)) / 2
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.where(total > 0, agreeing / total, np.nan)

    def _plan(self, x: Floats, first: int, last: int, epsilon: float) -> None:
        """Split the levels first..last in halves; pairs across a split agree if their scores are far enough apart."""
        if last - first < 2:
            return
        start, stop = self._levels[first, 0], self._levels[last - 1, 1]
        middle = int(np.searchsorted(self._levels[first:last, 0], (start + stop) / 2)) + first
        middle = min(max(middle, first + 1), last - 1)
        cut = self._levels[middle, 0]
        lower = start + np.argsort(x[start:cut], kind="stable")
        upper = np.arange(cut, stop)
        self._splits.append((lower, upper, np.searchsorted(x[lower], x[upper] - epsilon, side="left")))
        self._plan(x, first, middle, epsilon)
        self._plan(x, middle, last, epsilon)


def pair_accuracy_rows(scores: Floats, target: Floats, epsilon: float) -> Floats:
    """Share of the pairs of items on which each row of `scores` agrees with the target.

    Parameters
    ----------
    scores
        Shape (m, n), NaN where unscored.
    target
        Shape (n,) for all rows, or (m, n) for each its own; NaN where missing.
    epsilon
        Scores at most so far apart count as tied.

    Returns
    -------
    ndarray
        Shape (m,); NaN where there is no pair.
    """
    if epsilon == 0:
        return pair_sums_rows(scores, target).accuracy
    if scores.shape[0] == 1:
        y = target if target.ndim == 1 else target[0]
        keep = ~(np.isnan(scores[0]) | np.isnan(y))
        return WeightedPairAccuracy(scores[0, keep], y[keep], epsilon)(np.ones((int(keep.sum()), 1)))
    scores, target = np.broadcast_arrays(scores, target)
    epsilon = _raised(epsilon, scores)
    agreeing, total = np.zeros(scores.shape[0]), np.zeros(scores.shape[0])
    for lag in range(1, scores.shape[1]):
        x, y = scores[:, lag:] - scores[:, :-lag], target[:, lag:] - target[:, :-lag]
        present = ~(np.isnan(x) | np.isnan(y))
        sign_x = np.where(np.abs(x) <= epsilon, 0.0, np.sign(x))
        agreeing += np.count_nonzero((sign_x == np.sign(y)) & present, axis=1)
        total += np.count_nonzero(present, axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(total > 0, agreeing / total, np.nan)


def _raised(epsilon: float, scores: Floats) -> float:
    """The threshold, raised by what rounding adds: 0.4 - 0.3 is more than 0.1 to a computer and 0.3 - 0.2 is less."""
    largest = float(np.max(np.abs(scores), initial=0.0, where=~np.isnan(scores)))
    return epsilon + 8 * float(np.finfo(np.float64).eps) * largest
