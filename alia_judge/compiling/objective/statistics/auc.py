"""The area under the ROC curve."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from alia_judge.compiling.objective.statistics._weighting import weighted_midranks
from alia_judge.compiling.objective.statistics.base import SetStatistic
from alia_judge.compiling.objective.target import Target
from alia_judge.stats.kernels import midranks

__all__ = ["STATISTICS"]

Floats = NDArray[np.float64]


def _auc(scores: Floats, target: Target) -> Floats:
    """Area under the ROC curve of telling items above the middle of the scale from the others."""
    positive = target.values > (target.scale.low + target.scale.high) / 2
    if positive.all() or not positive.any():
        return np.full(len(scores), np.nan)
    weights = np.ones(len(positive)) if target.weights is None else target.weights
    high, low = float(weights[positive].sum()), float(weights[~positive].sum())
    ranks = midranks(scores) - 0.5 if target.weights is None else weighted_midranks(scores, weights)
    # Mann-Whitney: the positives' weighted ranks, less what they would sum to among themselves.
    return np.asarray((ranks[:, positive] @ weights[positive] - high**2 / 2) / (high * low))


STATISTICS = (
    SetStatistic(
        name="auc",
        says="How well items above the middle of the scale are told from the others: the area under the ROC curve.",
        rows=_auc,
        ranks=True,
        bounds=(0.0, 1.0),
        chance=0.5,
    ),
)
