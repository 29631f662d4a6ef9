"""Quadratically weighted kappa."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from alia_judge.compiling.objective.statistics.base import SetStatistic
from alia_judge.compiling.objective.target import Target, nearest_points
from alia_judge.stats.kernels import WeightedQuadraticKappa, quadratic_kappa_rows

__all__ = ["STATISTICS"]

Floats = NDArray[np.float64]


def _qwk(scores: Floats, target: Target) -> Floats:
    """Quadratically weighted kappa of both sides at their nearest scale point."""
    ours, theirs = nearest_points(scores, target.scale), nearest_points(target.values, target.scale)
    if target.weights is None:
        return quadratic_kappa_rows(ours, theirs)
    column = target.weights[:, None]
    return np.array([float(WeightedQuadraticKappa(row, theirs)(column)[0]) for row in ours])


STATISTICS = (
    SetStatistic(
        name="qwk",
        says="Quadratically weighted kappa of scores rounded to the scale.",
        rows=_qwk,
        bounds=(-1.0, 1.0),
        chance=0.0,
    ),
)
