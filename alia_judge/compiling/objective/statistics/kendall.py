"""Kendall's tau-b."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from alia_judge.compiling.objective.statistics.base import SetStatistic
from alia_judge.compiling.objective.target import Target
from alia_judge.stats.kernels import WeightedKendall, kendall_rows

__all__ = ["STATISTICS"]

Floats = NDArray[np.float64]


def _kendall(scores: Floats, target: Target) -> Floats:
    """Kendall's tau-b; under weights, a pair weighs the product of its two."""
    if target.weights is None:
        return kendall_rows(scores, target.values)
    column = target.weights[:, None]
    return np.array([float(WeightedKendall(row, target.values)(column)[0]) for row in scores])


STATISTICS = (
    SetStatistic(
        name="kendall",
        says="Kendall's tau-b.",
        rows=_kendall,
        ranks=True,
        bounds=(-1.0, 1.0),
        chance=0.0,
    ),
)
