"""Pearson's r."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from alia_judge.compiling.objective.statistics._weighting import weighted_pearson
from alia_judge.compiling.objective.statistics.base import SetStatistic
from alia_judge.compiling.objective.target import Target
from alia_judge.stats.kernels import pearson_rows

__all__ = ["STATISTICS"]

Floats = NDArray[np.float64]


def _pearson(scores: Floats, target: Target) -> Floats:
    """Pearson's r."""
    if target.weights is None:
        return pearson_rows(scores, target.values)
    return weighted_pearson(scores, target.values, target.weights)


STATISTICS = (
    SetStatistic(
        name="pearson",
        says="Pearson's correlation.",
        rows=_pearson,
        bounds=(-1.0, 1.0),
        chance=0.0,
    ),
)
