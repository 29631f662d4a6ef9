"""Ridge regression with the penalty chosen by cross-validation over groups."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from alia_judge.compiling.folds import Fold

__all__ = ["Ridge", "cross_validated", "fit_ridge"]

Floats = NDArray[np.float64]

#: Penalties tried, as shares of the mean eigenvalue of the features' Gram matrix times the number of items.
PENALTIES: Floats = 10.0 ** np.arange(-5.0, 2.01, 0.5)


@dataclass(frozen=True, kw_only=True, eq=False)
class Ridge:
    """A fitted linear model on raw features.

    Parameters
    ----------
    intercept, weights
        ``intercept + features @ weights``, with weights of shape (d,).
    penalty
        The penalty that was chosen.
    held_out
        Predictions for the training items, each from a fit without its group, at the chosen penalty, shape (n,);
        NaN where no fold predicts the item.
    """

    intercept: float
    weights: Floats
    penalty: float
    held_out: Floats

    def predict(self, features: Floats) -> Floats:
        """Shape (n, d) -> (n,)."""
        return np.asarray(features @ self.weights + self.intercept)


def fit_ridge(features: Floats, target: Floats, folds: Sequence[Fold], *, cautious: bool = False) -> Ridge:
    """Fit with the penalty of least cross-validated squared error; features are standardised first.

    Parameters
    ----------
    features
        Shape (n, d), finite.
    target
        Shape (n,), finite.
    folds
        From `group_folds`; none takes the largest penalty.
    cautious
        Take the largest penalty whose error is within one standard error of the least (Breiman et al. 1984, section
        3.4.3): what features add must show in most folds.
    """
    held_out = cross_validated(features, target, folds)
    chosen = _choose(held_out, target, folds, cautious=cautious)
    centre, scale, basis, coefficients = _path(features, target)
    weights = (basis @ coefficients[chosen]) / scale
    return Ridge(
        intercept=float(target.mean() - centre @ weights),
        weights=weights,
        penalty=float(PENALTIES[chosen]),
        held_out=held_out[chosen],
    )


def cross_validated(features: Floats, target: Floats, folds: Sequence[Fold]) -> Floats:
    """Held-out predictions at every penalty, shape (len(PENALTIES), n); NaN where no fold predicts the item."""
    predictions = np.full((len(PENALTIES), len(target)), np.nan)
    for fit, predict in folds:
        centre, scale, basis, coefficients = _path(features[fit], target[fit])
        predictions[:, predict] = coefficients @ (((features[predict] - centre) / scale) @ basis).T + target[fit].mean()
    return predictions


def _choose(held_out: Floats, target: Floats, folds: Sequence[Fold], *, cautious: bool) -> int:
    """Index of the penalty to take."""
    if not folds:
        return len(PENALTIES) - 1
    squared = (held_out - target) ** 2
    error = np.nanmean(squared, axis=1)
    least = int(np.argmin(error))
    if not cautious:
        return least
    by_fold = np.stack([(squared[:, predict] - squared[least, predict]).sum(axis=1) for _, predict in folds], axis=1)
    spread = by_fold.std(axis=1, ddof=min(1, len(folds) - 1)) * np.sqrt(len(folds)) / len(target)
    return int(np.flatnonzero(error <= error[least] + spread)[-1])


def _path(features: Floats, target: Floats) -> tuple[Floats, Floats, Floats, Floats]:
    """Centre, scale, an orthogonal basis of the standardised features, and coefficients on it at every penalty."""
    centre, scale = features.mean(axis=0), features.std(axis=0)
    scale = np.where(scale > 1e-12 * np.maximum(np.abs(centre), 1.0), scale, np.inf)  # a constant feature says nothing
    standard = (features - centre) / scale
    n, d = standard.shape
    if d <= n:
        values, basis = np.linalg.eigh(standard.T @ standard)
        projected = basis.T @ (standard.T @ (target - target.mean()))
    else:
        values, left = np.linalg.eigh(standard @ standard.T)
        kept = values > values[-1] * 1e-10
        values, left = values[kept], left[:, kept]
        basis = standard.T @ (left / np.sqrt(values))
        projected = np.sqrt(values) * (left.T @ (target - target.mean()))
    mean_eigenvalue = max(float(values.sum()) / min(n, d), np.finfo(np.float64).tiny)
    coefficients = projected / (np.maximum(values, 0.0) + PENALTIES[:, None] * mean_eigenvalue * min(n, d))
    return centre, scale, basis, coefficients
