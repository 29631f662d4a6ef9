"""The weights of a stack: halfway between plain correlations and ridge, by a share that the ratings choose.

The heavier a ridge on standardised features, the nearer its weights are to the features' correlations with the target.
Those are hard to beat with few ratings, and lose with many where members repeat one another.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from alia_judge.stats.folds import Fold

__all__ = ["halfway_weights", "mean_is_as_good", "standard_error", "unit"]

Floats = NDArray[np.float64]

#: Penalties as shares of the Gram matrix' trace, heaviest first; of the infinite one only the direction is left, which
#: is that of the correlations.
_PENALTIES: Floats = np.r_[np.inf, 10.0 ** np.arange(2.0, -5.1, -0.5)]
#: With so many items, a ridge that does not predict better than the correlations still has half of the weight.
_EVEN = 200.0


def halfway_weights(
    standard: Floats, target: Floats, groups: NDArray[np.str_], dealings: Sequence[Sequence[Fold]]
) -> Floats:
    """Weights of standardised features, of a prediction with spread 1.

    They are a mean of three, each of a prediction with spread 1: the features' correlations with the target; the ridge
    of least cross-validated error; and the heaviest within a standard error of it. The two ridges have the share rho,
    which grows with how surely they predict better than the correlations (d^2 / (d^2 + s^2), for a difference d of
    squared errors with standard error s) and with the number of items n (n / (n + 200)).

    Parameters
    ----------
    standard
        n items by d features, without gaps.
    target
        Shape (n,).
    groups
        Of the items, shape (n,).
    dealings
        Folds over the items, dealt once or several times; none leaves the correlations.

    Returns
    -------
    ndarray
        Shape (d,).

    References
    ----------
    Breiman et al. (1984). Classification and regression trees, section 3.4.3. (One standard error.)
    """
    n, paths = len(target), _path(standard, target)
    correlations = unit(standard, paths[:, 0])
    dealings = [folds for folds in dealings if folds]
    if not dealings:
        return correlations
    plain, free = np.zeros((n, len(_PENALTIES))), np.zeros((n, len(_PENALTIES)))
    for folds in dealings:
        held, scaled = np.zeros_like(plain), np.zeros_like(plain)
        for fit, predict in folds:
            # From the mean of all items, not of the fold's: see `alia_judge.stats.ridge.cross_validated`.
            predicted = (standard - standard.mean(axis=0)) @ _path(standard[fit], target[fit])
            held[predict] = predicted[predict]
            scaled[predict] = predicted[predict] / np.maximum(predicted[fit].std(axis=0), 1e-12)
        plain += ((target - target.mean())[:, None] - held) ** 2 / len(dealings)
        free += _error_at_best_slope(target, scaled) / len(dealings)
    error = plain[:, 1:].mean(axis=0)
    least = int(np.argmin(error))
    beyond = plain[:, 1:] - plain[:, [1 + least]]
    spread = np.mean([_error_of_folds(beyond, folds) for folds in dealings], axis=0)
    cautious = int(np.flatnonzero(error <= error[least] + spread)[0])
    ridges = unit(standard, unit(standard, paths[:, 1 + least]) + unit(standard, paths[:, 1 + cautious]))
    better = free[:, 0] - free[:, int(np.argmin(free.mean(axis=0)))]
    gain = max(float(better.mean()), 0.0)
    surely = gain**2 / (gain**2 + standard_error(better, groups) ** 2) if gain > 0 else 0.0
    share = surely + (1 - surely) * n / (n + _EVEN)
    return unit(standard, (1 - share) * correlations + share * ridges)


def mean_is_as_good(target: Floats, mean: Floats, stack: Floats, groups: NDArray[np.str_]) -> bool:
    """Whether the ratings cannot tell held-out predictions of a plain mean from a stack's: within a standard error.

    Parameters
    ----------
    target, mean, stack
        Shape (n,) each.
    groups
        Of the items, shape (n,).
    """
    errors = _error_at_best_slope(target, np.stack([mean, stack], axis=1))
    worse = errors[:, 0] - errors[:, 1]
    return bool(worse.mean() <= standard_error(worse, groups))


def unit(standard: Floats, weights: Floats) -> Floats:
    """The weights, so that their prediction has spread 1."""
    return np.asarray(weights / max(float(np.std(standard @ weights)), 1e-12))


def standard_error(differences: Floats, groups: NDArray[np.str_]) -> float:
    """Of the mean of differences item by item, shape (n,), where items of a group depend on one another."""
    sums = np.bincount(np.unique(groups, return_inverse=True)[1], differences - differences.mean())
    return float(np.sqrt(len(sums) / max(len(sums) - 1, 1) * (sums @ sums)) / len(differences))


def _path(standard: Floats, target: Floats) -> Floats:
    """Weights at every penalty, shape (d, number of penalties)."""
    centred = standard - standard.mean(axis=0)
    moment = centred.T @ (target - target.mean())
    if centred.shape[1] <= len(centred):
        values, basis = np.linalg.eigh(centred.T @ centred)
    else:
        values, left = np.linalg.eigh(centred @ centred.T)
        kept = values > 1e-9 * values[-1]
        values = values[kept]
        basis = centred.T @ (left[:, kept] / np.sqrt(values))
    values = np.maximum(values, 0.0)
    penalties = _PENALTIES[1:] * max(float(values.sum()), 1e-9)
    ridges = basis @ ((basis.T @ moment)[:, None] / (values[:, None] + penalties))
    return np.column_stack([moment, ridges])


def _error_at_best_slope(target: Floats, predictions: Floats) -> Floats:
    """Squared errors of predictions of shape (n, a), each on its own best slope that is not negative.

    Heavy penalties shrink a prediction, and its direction would be marked down for that.
    """
    centred = target - target.mean()
    slopes = np.maximum(centred @ predictions / np.maximum((predictions**2).sum(axis=0), 1e-12), 0.0)
    return np.asarray((centred[:, None] - predictions * slopes) ** 2)


def _error_of_folds(differences: Floats, folds: Sequence[Fold]) -> Floats:
    """Standard error of mean differences, shape (n, a) -> (a,), from their sums over folds."""
    sums = np.stack([differences[predict].sum(axis=0) for _, predict in folds])
    return np.asarray(sums.std(axis=0, ddof=min(1, len(folds) - 1)) * np.sqrt(len(folds)) / len(differences))
