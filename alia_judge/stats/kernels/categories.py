"""Agreement of scores that are on the target's own scale: the kappas, and Matthews' correlation."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from alia_judge.stats.kernels.ranks import row_blocks

__all__ = [
    "WeightedKappa",
    "WeightedMatthews",
    "WeightedQuadraticKappa",
    "kappa_rows",
    "matthews_rows",
    "quadratic_kappa_rows",
]

Floats = NDArray[np.float64]


class WeightedQuadraticKappa:
    """The quadratic weighted kappa under many weightings.

    Parameters
    ----------
    x, y
        Shape (n,), finite.
    """

    def __init__(self, x: Floats, y: Floats) -> None:
        # A common shift changes no difference between the two, and keeps the digits of the squares.
        shift = y.mean() if y.size else 0.0
        x, y = x - shift, y - shift
        self._features = np.stack([np.ones_like(x), x, y, x * x, y * y, (x - y) ** 2])

    def __call__(self, weights: Floats) -> Floats:
        """kappa for each column of `weights`, shape (n, b) -> (b,); NaN where undefined."""
        return _quadratic_kappa(*(self._features @ weights))


def quadratic_kappa_rows(scores: Floats, target: Floats) -> Floats:
    """The quadratic weighted kappa of each row of `scores` with the target, over the items that have both.

    Parameters
    ----------
    scores
        Shape (m, n), NaN where unscored.
    target
        Shape (n,) for all rows, or (m, n) for each its own; NaN where missing.

    Returns
    -------
    ndarray
        Shape (m,); NaN where undefined.
    """
    result = np.full(scores.shape[0], np.nan)
    for rows in row_blocks(*scores.shape):
        x, y = np.broadcast_arrays(scores[rows], target if target.ndim == 1 else target[rows])
        present = ~(np.isnan(x) | np.isnan(y))
        shift = np.nanmean(y) if present.any() else 0.0
        x, y = np.where(present, x - shift, 0.0), np.where(present, y - shift, 0.0)
        result[rows] = _quadratic_kappa(
            present.sum(axis=1).astype(np.float64),
            x.sum(axis=1),
            y.sum(axis=1),
            (x * x).sum(axis=1),
            (y * y).sum(axis=1),
            ((x - y) ** 2).sum(axis=1),
        )
    return result


def _quadratic_kappa(
    mass: Floats, sum_x: Floats, sum_y: Floats, square_x: Floats, square_y: Floats, apart: Floats
) -> Floats:
    """One less observed over expected squared difference (Cohen 1968), expected of independent draws from the two."""
    with np.errstate(invalid="ignore", divide="ignore"):
        expected = square_x + square_y - 2 * sum_x * sum_y / mass
        tiny = 64 * np.finfo(np.float64).eps * (square_x + square_y)
        return np.where(expected > tiny, 1 - apart / expected, np.nan)


class WeightedMatthews:
    """Matthews' correlation of two labellings under many weightings.

    Parameters
    ----------
    x, y
        Labels, shape (n,), finite numbers.
    """

    def __init__(self, x: Floats, y: Floats) -> None:
        labels = np.unique(np.concatenate([x, y]))
        self._on_x = (x == labels[:, None]).astype(np.float64)
        self._on_y = (y == labels[:, None]).astype(np.float64)
        self._same = (x == y).astype(np.float64)

    def __call__(self, weights: Floats) -> Floats:
        """The correlation for each column of `weights`, shape (n, b) -> (b,); NaN where undefined."""
        on_x, on_y = self._on_x @ weights, self._on_y @ weights
        return _matthews(
            weights.sum(axis=0),
            self._same @ weights,
            np.einsum("ij,ij->j", on_x, on_y),
            np.einsum("ij,ij->j", on_x, on_x),
            np.einsum("ij,ij->j", on_y, on_y),
        )


def matthews_rows(scores: Floats, target: Floats) -> Floats:
    """Matthews' correlation of each row of labels with the target's; shapes as `quadratic_kappa_rows`."""
    result = np.full(scores.shape[0], np.nan)
    for rows in row_blocks(*scores.shape):
        x, y = np.broadcast_arrays(scores[rows], target if target.ndim == 1 else target[rows])
        present = ~(np.isnan(x) | np.isnan(y))
        both, square_x, square_y = (np.zeros(x.shape[0]) for _ in range(3))
        for label in np.unique(np.concatenate([x[present], y[present]])):
            on_x = np.count_nonzero((x == label) & present, axis=1)
            on_y = np.count_nonzero((y == label) & present, axis=1)
            both += on_x * on_y
            square_x += on_x**2
            square_y += on_y**2
        mass = np.count_nonzero(present, axis=1).astype(np.float64)
        same = np.count_nonzero((x == y) & present, axis=1).astype(np.float64)
        result[rows] = _matthews(mass, same, both, square_x, square_y)
    return result


def _matthews(mass: Floats, same: Floats, both: Floats, square_x: Floats, square_y: Floats) -> Floats:
    """Gorodkin (2004), eq. 8: the covariance of the two indicator matrices over the root of their variances."""
    with np.errstate(invalid="ignore", divide="ignore"):
        var_x, var_y = mass**2 - square_x, mass**2 - square_y
        tiny = 64 * np.finfo(np.float64).eps * mass**2
        value = np.clip((same * mass - both) / (np.sqrt(var_x) * np.sqrt(var_y)), -1.0, 1.0)
        return np.where((var_x > tiny) & (var_y > tiny), value, np.nan)


class WeightedKappa:
    """Cohen's kappa of two labellings under many weightings.

    Parameters
    ----------
    x, y
        Labels, shape (n,), finite numbers.
    """

    def __init__(self, x: Floats, y: Floats) -> None:
        labels = np.intersect1d(x, y)  # a label of one side alone is never agreed on, by chance either
        self._on_x = (x == labels[:, None]).astype(np.float64)
        self._on_y = (y == labels[:, None]).astype(np.float64)
        self._same = (x == y).astype(np.float64)

    def __call__(self, weights: Floats) -> Floats:
        """kappa for each column of `weights`, shape (n, b) -> (b,); NaN where undefined."""
        chance = np.einsum("ij,ij->j", self._on_x @ weights, self._on_y @ weights)
        return _kappa(weights.sum(axis=0), self._same @ weights, chance)


def kappa_rows(scores: Floats, target: Floats) -> Floats:
    """Cohen's kappa of each row of labels with the target's; shapes as `quadratic_kappa_rows`."""
    result = np.full(scores.shape[0], np.nan)
    for rows in row_blocks(*scores.shape):
        x, y = np.broadcast_arrays(scores[rows], target if target.ndim == 1 else target[rows])
        present = ~(np.isnan(x) | np.isnan(y))
        chance = np.zeros(x.shape[0])
        for label in np.intersect1d(x[present], y[present]):
            on_x, on_y = (np.count_nonzero((side == label) & present, axis=1) for side in (x, y))
            chance += on_x * on_y
        mass, same = (np.count_nonzero(these, axis=1).astype(np.float64) for these in (present, (x == y) & present))
        result[rows] = _kappa(mass, same, chance)
    return result


def _kappa(mass: Floats, same: Floats, chance: Floats) -> Floats:
    """Cohen (1960), eq. 1, in sums of weights: `chance` is the sum over labels of the product of both sides' sums."""
    with np.errstate(invalid="ignore", divide="ignore"):
        left = mass**2 - chance
        return np.where(left > 1e-14 * mass**2, 1 - mass * (mass - same) / left, np.nan)
