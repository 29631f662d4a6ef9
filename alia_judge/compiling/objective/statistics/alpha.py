"""Krippendorff's alpha."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from alia_judge.compiling.objective.statistics.base import SetStatistic
from alia_judge.compiling.objective.target import Target

__all__ = ["STATISTICS"]

Floats = NDArray[np.float64]


def _alpha(scores: Floats, target: Target) -> Floats:
    """Krippendorff's alpha of judge and consensus as two raters, on an interval scale."""
    # Krippendorff (2011) for two raters and no gaps: alpha = 1 - Do / De with squared differences.
    both = np.concatenate([scores, np.broadcast_to(target.values, scores.shape)], axis=1)
    n = both.shape[1]
    observed = ((scores - target.values) ** 2).mean(axis=1)
    expected = 2 * both.var(axis=1) * n / (n - 1)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(expected > 0, 1 - observed / expected, np.nan)


STATISTICS = (
    SetStatistic(
        name="alpha",
        says="Krippendorff's alpha, interval, judge and consensus as two raters.",
        rows=_alpha,
        bounds=(-1.0, 1.0),
        chance=0.0,
        weighted=False,
    ),
)
