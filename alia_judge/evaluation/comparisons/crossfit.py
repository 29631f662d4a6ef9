"""Predictions of the consensus for items whose group the model never saw."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from alia_judge.stats.folds import Fold, group_folds
from alia_judge.stats.ridge import ridge

__all__ = ["FEWEST", "out_of_group_mean", "out_of_group_ridge"]

Floats = NDArray[np.float64]
_FOLDS = 10
#: Penalty on standardised features: 1 is a pinch of shrinkage that keeps near-collinear lengths apart.
_PENALTY = 1.0
#: With fewer items than this outside a fold, a regression on a dozen features is noise.
FEWEST = 20


def out_of_group_ridge(
    features: Floats, target: Floats, groups: NDArray[np.str_], *, seed: int = 0, fewest: int = FEWEST
) -> Floats:
    """Ridge regression, cross-validated over groups.

    Parameters
    ----------
    features
        Shape (n, k), finite.
    target
        Shape (n,): NaN where unknown.
    groups
        Shape (n,): items of one group are never on both sides.
    seed
        Which groups share a fold.
    fewest
        Items outside a fold that it takes to learn from.

    Returns
    -------
    ndarray
        Shape (n,): the prediction of each item; NaN where too few others were there to learn from, or where no
        feature varies.
    """
    prediction = np.full(target.size, np.nan)
    if not features.shape[1] or not np.ptp(features, axis=0).any() or not np.isfinite(target).any():
        return prediction
    for fit, test in _folds(groups, seed):
        learn = fit[np.isfinite(target[fit])]
        if learn.size >= fewest:
            found = ridge(features[learn], target[learn], _PENALTY)
            # A feature far outside what was learnt from must not carry the prediction away.
            known = np.clip(features[test], features[learn].min(axis=0), features[learn].max(axis=0))
            prediction[test] = found.predict(known) - found.intercept
    # Around one mean for all: the mean of the other folds is high where a fold is low, which would make a prediction
    # that knows nothing correlate negatively with the target, and any judge seem to beat it.
    return np.asarray(prediction + np.nanmean(target))


def out_of_group_mean(target: Floats, groups: NDArray[np.str_], *, seed: int = 0) -> Floats:
    """The mean of the other folds' targets, shape (n,): what to guess of an item without looking at it."""
    prediction = np.full(target.size, np.nan)
    for fit, test in _folds(groups, seed):
        learn = target[fit][np.isfinite(target[fit])]
        if learn.size:
            prediction[test] = learn.mean()
    return prediction


def _folds(groups: NDArray[np.str_], seed: int) -> list[Fold]:
    return group_folds([groups], _FOLDS, np.random.default_rng(seed))
