"""Predictions of the consensus for items whose group the model never saw."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from alia_judge.stats.folds import Fold, group_folds
from alia_judge.stats.ridge import RidgeSums

__all__ = ["FEWEST", "out_of_group_mean", "out_of_group_ridge", "out_of_group_ridges"]

Floats = NDArray[np.float64]
_FOLDS = 10
#: Penalty on standardised features: 1 is a pinch of shrinkage that keeps near-collinear lengths apart.
_PENALTY = 1.0
#: With fewer items than this outside a fold, a regression on a dozen features is noise.
FEWEST = 20


def out_of_group_ridge(features: Floats, target: Floats, groups: NDArray[np.str_], *, seed: int = 0) -> Floats:
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

    Returns
    -------
    ndarray
        Shape (n,): the prediction of each item; NaN where too few others were there to learn from, or where no
        feature varies.
    """
    whole = np.zeros(target.size, dtype=np.intp)
    return np.asarray(out_of_group_ridges(features, target, groups, whole, 0, seed=seed)[0])


def out_of_group_ridges(
    features: Floats, target: Floats, groups: NDArray[np.str_], block: NDArray[np.intp], n_blocks: int, *, seed: int = 0
) -> Floats:
    """`out_of_group_ridge`, and the same with the targets of each block of items unknown, shape (1 + n_blocks, n).

    A fit needs no more of its items than sums of them and of their products. These are taken once, of the items of each
    fold and block, and each of the fits adds up those that it may learn from.

    Parameters
    ----------
    block
        Shape (n,), of 0 to n_blocks - 1.
    """
    predictions = np.full((1 + n_blocks, target.size), np.nan)
    known = np.isfinite(target)
    if not features.shape[1] or not np.ptp(features, axis=0).any() or not known.any():
        return predictions
    features = features - features.mean(axis=0)
    folds = _folds(groups, seed)
    cell = np.full(target.size, -1)
    for number, (_, test) in enumerate(folds):
        cell[test] = number * max(n_blocks, 1) + block[test]
    cell[~known] = -1
    order = np.argsort(cell, kind="stable")
    cells, starts = np.unique(cell[order], return_index=True)
    parts = np.split(order, starts[1:])
    sums = {
        divmod(int(code), max(n_blocks, 1)): RidgeSums.of(features[rows], target[rows])
        for code, rows in zip(cells, parts, strict=True)
        if code >= 0
    }
    for number, (_, test) in enumerate(folds):
        for left_out in range(-1, n_blocks):
            learnt = [one for (fold, part), one in sums.items() if fold != number and part != left_out]
            if sum(one.count for one in learnt) >= (FEWEST if left_out < 0 else 2):
                predictions[left_out + 1, test] = RidgeSums.together(learnt).predict(features[test], _PENALTY)
    # Around one mean for all: the mean of the other folds is high where a fold is low, which would make a prediction
    # that knows nothing correlate negatively with the target, and any judge seem to beat it.
    for left_out in range(-1, n_blocks):
        others = known & (block != left_out)
        predictions[left_out + 1] += target[others].mean() if others.any() else np.nan
    return predictions


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
