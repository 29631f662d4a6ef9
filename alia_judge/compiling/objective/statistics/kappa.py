"""Cohen's kappa."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from alia_judge.benchmark.split import Split
from alia_judge.compiling.objective.statistics.base import NeedsOther, SetStatistic
from alia_judge.compiling.objective.target import Target, nearest_points

__all__ = ["STATISTICS"]

Floats = NDArray[np.float64]


def _kappa(scores: Floats, target: Target) -> Floats:
    """Agreement on the label beyond what both sides' habits alone would give."""
    ours, theirs = nearest_points(scores, target.scale), nearest_points(target.values, target.scale)
    weights = np.ones(len(theirs)) if target.weights is None else target.weights
    share = weights / weights.sum()
    # Cohen (1960), eq. 1.
    observed = (ours == theirs) @ share
    expected = np.zeros(len(ours))
    for label in np.unique(theirs):
        expected += ((ours == label) @ share) * ((theirs == label) @ share)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(np.where(expected < 1, (observed - expected) / (1 - expected), np.nan))


def _needs(split: Split) -> None:
    if not split.scale.points:
        raise NeedsOther("labels or points; a continuous scale has none to agree on")


STATISTICS = (
    SetStatistic(
        name="kappa",
        says="Cohen's kappa of labels, or of scores rounded to the scale's points; all disagreements count alike.",
        rows=_kappa,
        bounds=(-1.0, 1.0),
        chance=0.0,
        needs=_needs,
    ),
)
