"""Which configurations to stack when only a few calls an item are allowed, and how good such a choice is."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from alia_judge.compiling.stack.stack import FURTHEST
from alia_judge.stats.folds import Fold
from alia_judge.stats.ridge import PENALTIES, fit_ridge, standardised

__all__ = ["held_out_selection", "select_members"]

Floats = NDArray[np.float64]

#: Another configuration is taken only if it lowers the cross-validated squared error by this share.
_WORTH_A_CALL = 0.002
#: The first configuration is picked from all, the others from those that did best alone: as many as this.
_MOST_RIVALS = 40
#: Every third penalty of the ridge's, from the middle: enough to compare sets of members.
_COARSE = PENALTIES[4:14:3]


def select_members(features: Sequence[Floats], target: Floats, folds: Sequence[Fold], most: int) -> list[int]:
    """Pick at most `most` blocks of features, greedily, by the cross-validated squared error of a ridge on them.

    Parameters
    ----------
    features
        One block for each of m candidates, each of shape (n, p).
    target
        Shape (n,).
    folds
        Over the n items.
    most
        Most blocks to pick.

    Returns
    -------
    list of int
        Indices of the picked blocks, in the order picked; at least one.
    """
    n = len(target)
    blocks = np.stack([_standard_block(block) for block in features])
    m, _, width = blocks.shape
    everything = blocks.transpose(1, 0, 2).reshape(n, m * width)
    centred = target - target.mean()
    inside = [(everything[fit].T @ everything[fit], everything[fit].T @ centred[fit]) for fit, _ in folds]
    picked: list[int] = []
    rivals = list(range(m))
    best = float("inf")
    while len(picked) < min(most, m):
        others = [block for block in rivals if block not in picked]
        if not others:
            break
        columns = np.array(
            [[block * width + column for block in (*picked, other) for column in range(width)] for other in others]
        )
        errors = np.zeros((len(_COARSE), len(others)))
        for (gram, moment), (_, predict) in zip(inside, folds, strict=True):
            small = gram[columns[:, :, None], columns[:, None, :]]
            # At least 1, so that features that are constant, and so 0, make no singular matrix.
            scale = np.maximum(np.trace(small, axis1=1, axis2=2)[:, None, None] / columns.shape[1], 1.0)
            held = everything[predict][:, columns].transpose(1, 0, 2)
            for row, penalty in enumerate(_COARSE):
                ridged = small + penalty * columns.shape[1] * scale * np.eye(columns.shape[1])
                weights = np.linalg.solve(ridged, moment[columns][:, :, None])
                errors[row] += ((centred[predict] - (held @ weights)[:, :, 0]) ** 2).sum(axis=1)
        error = errors.min(axis=0)
        chosen = int(np.argmin(error))
        if picked and error[chosen] > best * (1 - _WORTH_A_CALL):
            break
        best = float(error[chosen])
        picked.append(others[chosen])
        if len(picked) == 1:
            rivals = [others[place] for place in np.argsort(error, kind="stable")[:_MOST_RIVALS]]
    return picked


def held_out_selection(features: Sequence[Floats], target: Floats, folds: Sequence[Fold], most: int) -> Floats:
    """Predictions by stacks of 1 to `most` members, for each fold selected and fitted without it.

    What `select_members` picks with all items at hand looks better on them than it is: of many sets it took the one
    that fits their noise too.

    Parameters
    ----------
    features, target, folds, most
        As for `select_members`.

    Returns
    -------
    ndarray
        Shape (most, n); NaN where no fold predicts the item.

    References
    ----------
    Cawley and Talbot (2010). On over-fitting in model selection and subsequent selection bias. JMLR 11.
    """
    n = len(target)
    predictions = np.full((most, n), np.nan)
    for number, (fit, predict) in enumerate(folds):
        place = np.full(n, -1)
        place[fit] = np.arange(len(fit))
        inner = [
            (place[np.intersect1d(fit, other_fit)], place[np.intersect1d(fit, other_predict)])
            for other, (other_fit, other_predict) in enumerate(folds)
            if other != number
        ]
        inner = [fold for fold in inner if len(fold[0]) and len(fold[1])]
        known = [block[fit] for block in features]
        picked = select_members(known, target[fit], inner, most)
        for calls in range(1, most + 1):
            if calls > len(picked):
                predictions[calls - 1, predict] = predictions[calls - 2, predict]
                continue
            block = np.concatenate([features[member] for member in picked[:calls]], axis=1)
            ridge = fit_ridge(block[fit], target[fit], inner, cautious=True, furthest=FURTHEST)
            predicted = ridge.predict(block)
            # Moved for the reason that `cross_validated` gives.
            predictions[calls - 1, predict] = predicted[predict] - predicted.mean() + target.mean()
    return predictions


def _standard_block(block: Floats) -> Floats:
    known = ~np.isnan(block)
    count = np.maximum(known.sum(axis=0), 1)
    centre = np.where(known, block, 0.0).sum(axis=0) / count
    spread = np.sqrt((np.where(known, block - centre, 0.0) ** 2).sum(axis=0) / count)
    return standardised(block, centre, np.where(spread > 1e-12, spread, np.inf), FURTHEST)
