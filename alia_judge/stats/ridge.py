"""Ridge regression: with a given penalty, one chosen by cross-validation over groups, or by leave-one-out error."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from alia_judge.stats.folds import Fold

__all__ = [
    "RidgeFit",
    "RidgeSums",
    "cautious_choice",
    "cross_validated",
    "fit_ridge",
    "leave_one_out_ridge",
    "standardised",
]

Floats = NDArray[np.float64]

#: Penalties tried, as shares of the trace of the standardised features' Gram matrix.
PENALTIES: Floats = 10.0 ** np.arange(-5.0, 2.01, 0.5)


@dataclass(frozen=True, kw_only=True, eq=False)
class RidgeFit:
    """A fitted linear model on standardised features.

    Parameters
    ----------
    centre, spread
        Mean and standard deviation of the features it was fitted on, shape (d,); the spread of a constant is infinite.
    intercept, weights
        Prediction where every feature is at its centre or missing, and change of it with one spread of each, shape
        (d,).
    furthest
        Features count as at most so many spreads from their centre.
    penalty
        The penalty that was chosen, as a share (`PENALTIES`).
    held_out
        Predictions for the training items, each from a fit without its group, at the chosen penalty, shape (n,);
        NaN where no fold predicts the item.
    """

    centre: Floats
    spread: Floats
    intercept: float
    weights: Floats
    furthest: float
    penalty: float
    held_out: Floats

    def predict(self, features: Floats) -> Floats:
        """Shape (n, d) -> (n,)."""
        return np.asarray(
            standardised(features, self.centre, self.spread, self.furthest) @ self.weights + self.intercept
        )


@dataclass(frozen=True, kw_only=True, eq=False)
class RidgeSums:
    """What a ridge regression with a given penalty needs of its items: sums, to which those of several parts add up.

    Parameters
    ----------
    count
        How many items, n.
    features, products
        Sums of the features and of their products, shapes (d,) and (d, d); features that are far from zero are given
        less their mean, or what is left of their variance is rounding.
    target, cross
        Sums of the target, and of the features by the target, shape (d,).
    low, high
        Least and greatest value of each feature, shape (d,).
    """

    count: int
    features: Floats
    products: Floats
    target: float
    cross: Floats
    low: Floats
    high: Floats

    @classmethod
    def of(cls, features: Floats, target: Floats) -> RidgeSums:
        """Of n items: shapes (n, d) and (n,), all finite."""
        return cls(
            count=len(target),
            features=features.sum(axis=0),
            products=features.T @ features,
            target=float(target.sum()),
            cross=features.T @ target,
            low=features.min(axis=0, initial=np.inf),
            high=features.max(axis=0, initial=-np.inf),
        )

    @classmethod
    def together(cls, parts: Sequence[RidgeSums]) -> RidgeSums:
        """Of all items of one part or more."""
        return cls(
            count=sum(part.count for part in parts),
            features=np.sum([part.features for part in parts], axis=0),
            products=np.sum([part.products for part in parts], axis=0),
            target=sum(part.target for part in parts),
            cross=np.sum([part.cross for part in parts], axis=0),
            low=np.min([part.low for part in parts], axis=0),
            high=np.max([part.high for part in parts], axis=0),
        )

    def predict(self, features: Floats, penalty: float) -> Floats:
        """How far the targets of other items lie from the mean target, shape (m, d) -> (m,).

        A feature far outside what was learnt from does not carry the prediction away: it counts as the nearest value.

        Parameters
        ----------
        features
            Of the others.
        penalty
            How much a squared weight of a standardised feature counts beside a squared error of one item.
        """
        centre = self.features / self.count
        covered = self.products - self.count * np.outer(centre, centre)
        spread = np.sqrt(np.maximum(np.diag(covered), 0.0) / self.count)
        varies = (self.high > self.low) & (spread > 1e-12 * np.maximum(np.abs(centre), 1.0))
        if not varies.any():
            return np.zeros(len(features))
        centre, spread = centre[varies], spread[varies]
        gram = covered[np.ix_(varies, varies)] / np.outer(spread, spread)
        gram[np.diag_indices_from(gram)] += penalty
        weights = np.linalg.solve(gram, (self.cross[varies] - centre * self.target) / spread)
        held = np.clip(features[:, varies], self.low[varies], self.high[varies])
        return np.asarray(((held - centre) / spread) @ weights)


def leave_one_out_ridge(features: Floats, target: Floats, penalties: Sequence[float]) -> tuple[float, Floats, float]:
    """Fit features as they are, centred only, with the penalty of least leave-one-out error.

    Parameters
    ----------
    features
        Shape (n, d), finite.
    target
        Shape (n,), finite.
    penalties
        Those to choose from.

    Returns
    -------
    penalty : float
        The one that was chosen.
    weights : ndarray
        Shape (d,); directions in which the features do not vary have none.
    intercept : float
        It is not penalised.

    References
    ----------
    Hoerl and Kennard, "Ridge Regression", Technometrics 12 (1970); Golub, Heath and Wahba, "Generalized
    Cross-Validation", Technometrics 21 (1979), for the leave-one-out error in closed form.
    """
    means, mean = features.mean(axis=0), float(target.mean())
    left, singular, right = np.linalg.svd(features - means, full_matrices=False)
    centred = target - mean
    projected = left.T @ centred
    errors = []
    for penalty in penalties if len(penalties) > 1 else ():
        shrinkage = singular**2 / (singular**2 + penalty)
        residual = centred - left @ (shrinkage * projected)
        # The hat matrix includes the unpenalised intercept's 1/n.
        leverage = (left**2) @ shrinkage + 1.0 / centred.size
        errors.append(float(np.mean((residual / (1.0 - leverage)) ** 2)))
    chosen = penalties[int(np.argmin(errors))] if errors else penalties[0]
    shrunk = np.divide(singular, singular**2 + chosen, out=np.zeros_like(singular), where=singular > 1e-12)
    weights = right.T @ (shrunk * projected)
    return chosen, weights, mean - float(means @ weights)


def fit_ridge(
    features: Floats,
    target: Floats,
    folds: Sequence[Fold],
    *,
    cautious: bool = False,
    furthest: float = np.inf,
) -> RidgeFit:
    """Fit with the penalty of least cross-validated squared error; features are standardised first.

    Parameters
    ----------
    features
        Shape (n, d); NaN is missing and says nothing.
    target
        Shape (n,), finite.
    folds
        From `group_folds`; none takes the largest penalty.
    cautious
        Take the largest penalty whose error is within one standard error of the least (Breiman et al. 1984, section
        3.4.3): what features add must show in most folds.
    furthest
        Hold features within so many spreads of their centre, so that one which was all but constant on the items
        fitted on cannot throw a prediction off by leaving its usual value.
    """
    held_out = cross_validated(features, target, folds, furthest=furthest)
    if not folds:
        chosen = len(PENALTIES) - 1
    elif cautious:
        chosen = cautious_choice(held_out, target, folds)
    else:
        chosen = int(np.argmin(np.nanmean((held_out - target) ** 2, axis=1)))
    centre, spread, basis, coefficients = _path(features, target[:, None], furthest)
    return RidgeFit(
        centre=centre,
        spread=spread,
        intercept=float(target.mean()),
        weights=basis @ coefficients[chosen, :, 0],
        furthest=furthest,
        penalty=float(PENALTIES[chosen]),
        held_out=held_out[chosen],
    )


def cross_validated(features: Floats, target: Floats, folds: Sequence[Fold], *, furthest: float = np.inf) -> Floats:
    """Held-out predictions at every penalty, shape (len(PENALTIES), n); NaN where no fold predicts the item.

    Several targets of the same items, shape (n, t), are predicted at once, shape (len(PENALTIES), n, t).

    Each fold's fit is moved so that its mean over all n items is their mean target. Left as it is, its mean is that of
    the rest: a fold that people rated high is predicted low, and pooled over folds, predictions that know nothing
    correlate negatively with the target, and those that know a little look as if they knew nothing.

    References
    ----------
    Parker, Gunter and Bedo (2007). Stratification bias in low signal microarray studies. BMC Bioinformatics 8.
    """
    targets = target.reshape(len(target), -1)
    predictions = np.full((len(PENALTIES), *targets.shape), np.nan)
    for fit, predict in folds:
        centre, spread, basis, coefficients = _path(features[fit], targets[fit], furthest)
        standard = standardised(features, centre, spread, furthest)
        moved = (standard[predict] - standard.mean(axis=0)) @ basis
        predictions[:, predict] = moved @ coefficients + targets.mean(axis=0)
    return predictions.reshape(len(PENALTIES), *target.shape)


def standardised(features: Floats, centre: Floats, spread: Floats, furthest: float) -> Floats:
    """Distance from the centre in spreads, at most `furthest`, shape (n, d); 0 where a feature is missing."""
    standard = np.clip((features - centre) / spread, -furthest, furthest)
    return np.where(np.isnan(standard), 0.0, standard)


def cautious_choice(held_out: Floats, target: Floats, folds: Sequence[Fold]) -> int:
    """Index of the largest penalty whose error is within a standard error of the least, by `cross_validated`."""
    squared = (held_out - target) ** 2
    error = np.nanmean(squared, axis=1)
    least = int(np.argmin(error))
    by_fold = np.stack([(squared[:, predict] - squared[least, predict]).sum(axis=1) for _, predict in folds], axis=1)
    spread = by_fold.std(axis=1, ddof=min(1, len(folds) - 1)) * np.sqrt(len(folds)) / len(target)
    return int(np.flatnonzero(error <= error[least] + spread)[-1])


def _path(features: Floats, target: Floats, furthest: float) -> tuple[Floats, Floats, Floats, Floats]:
    """Centre, spread, an orthogonal basis of the standardised features, and coefficients on it at every penalty.

    Targets have shape (n, t), coefficients (number of penalties, basis, t).
    """
    known = ~np.isnan(features)
    count = np.maximum(known.sum(axis=0), 1)
    centre = np.where(known, features, 0.0).sum(axis=0) / count
    spread = np.sqrt((np.where(known, features - centre, 0.0) ** 2).sum(axis=0) / count)
    spread = np.where(spread > 1e-12 * np.maximum(np.abs(centre), 1.0), spread, np.inf)  # a constant says nothing
    standard = standardised(features, centre, spread, furthest)
    n, d = standard.shape
    if d <= n:
        values, basis = np.linalg.eigh(standard.T @ standard)
        projected = basis.T @ (standard.T @ (target - target.mean(axis=0)))
    else:
        values, left = np.linalg.eigh(standard @ standard.T)
        kept = values > values[-1] * 1e-10
        values, left = values[kept], left[:, kept]
        basis = standard.T @ (left / np.sqrt(values))
        projected = np.sqrt(values)[:, None] * (left.T @ (target - target.mean(axis=0)))
    penalties = PENALTIES * max(float(values.sum()), np.finfo(np.float64).tiny)
    coefficients = projected / (np.maximum(values, 0.0) + penalties[:, None])[:, :, None]
    return centre, spread, basis, coefficients
