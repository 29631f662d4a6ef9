"""Spearman's rho."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from alia_judge.compiling.objective.statistics._weighting import weighted_midranks, weighted_pearson
from alia_judge.compiling.objective.statistics.base import SetStatistic
from alia_judge.compiling.objective.target import Target
from alia_judge.stats.kernels import spearman_rows

__all__ = ["STATISTICS"]

Floats = NDArray[np.float64]


def _spearman(scores: Floats, target: Target) -> Floats:
    """Spearman's rho; under weights, of weighted mid-ranks."""
    if target.weights is None:
        return spearman_rows(scores, target.values)
    ranks, theirs = (weighted_midranks(side, target.weights) for side in (scores, target.values[None, :]))
    return weighted_pearson(ranks, theirs[0], target.weights)


STATISTICS = (
    SetStatistic(
        name="spearman",
        says="Spearman's rank correlation.",
        rows=_spearman,
        ranks=True,
        bounds=(-1.0, 1.0),
        chance=0.0,
    ),
)
