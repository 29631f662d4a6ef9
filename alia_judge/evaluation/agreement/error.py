"""How far off a judge's scores are, and whether a 4 means a 4: error and calibration on the ratings' own scale."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from alia_judge.evaluation.options import EvaluationOptions
from alia_judge.evaluation.rated_items import RatedItems
from alia_judge.stats.clustered import clustered_mean
from alia_judge.stats.estimate import Estimate

__all__ = ["calibration_bins", "errors", "on_scale"]

Floats = NDArray[np.float64]
_BINS = 10


def on_scale(human: RatedItems, scores: Floats) -> bool:
    """Whether the scores are on the ratings' ordered scale, so that a difference from them means something."""
    known = scores[~np.isnan(scores)]
    return human.scale.ordered and bool(np.all((known >= human.scale.low) & (known <= human.scale.high)))


def errors(human: RatedItems, scores: Floats, options: EvaluationOptions) -> dict[str, Estimate]:
    """``mae``, ``bias`` and ``ece`` of `scores`, shape (n,), against the consensus; empty where they are off its scale.

    `bias` is the judge less the consensus, on the mean. `ece` is the expected calibration error: the mean distance
    between score and consensus over bins of the score. It is never negative, so that noise alone makes some of it.
    """
    both = ~(np.isnan(scores) | np.isnan(human.target))
    if not on_scale(human, scores) or not both.any():
        return {}
    score, target = scores[both], human.target[both]
    groups = None if human.resampled is None else human.resampled[both]
    return {
        "mae": clustered_mean(np.abs(score - target), groups, statistic="mae", confidence=options.level),
        "bias": clustered_mean(score - target, groups, statistic="bias", confidence=options.level),
        "ece": _calibration_error(score, target, groups, options),
    }


def calibration_bins(scores: Floats, target: Floats) -> tuple[Floats, Floats, NDArray[np.intp]]:
    """Mean score, mean consensus and number of items in each bin of the score, in ascending order of score.

    A bin is one value of the score where there are at most ten, else one of ten runs of equally many items; equal
    scores are never divided.
    """
    bins = _bins(scores)
    sizes = np.bincount(bins)
    return np.bincount(bins, weights=scores) / sizes, np.bincount(bins, weights=target) / sizes, sizes.astype(np.intp)


def _bins(scores: Floats) -> NDArray[np.intp]:
    _, level, sizes = np.unique(scores, return_inverse=True, return_counts=True)
    if sizes.size <= _BINS:
        return level.astype(np.intp)
    middle = np.cumsum(sizes) - sizes / 2
    run = np.minimum(middle * _BINS // scores.size, _BINS - 1)
    return np.unique(run, return_inverse=True)[1][level].astype(np.intp)


def _calibration_error(
    score: Floats, target: Floats, groups: NDArray[np.str_] | None, options: EvaluationOptions
) -> Estimate:
    """The bins stay as the data made them; a resample changes what is in them."""
    bins = _bins(score)
    units = np.arange(score.size) if groups is None else np.unique(groups, return_inverse=True)[1]
    n_units = int(units.max()) + 1
    shape = (n_units, int(bins.max()) + 1)
    gap = np.bincount(units * shape[1] + bins, weights=score - target, minlength=n_units * shape[1]).reshape(shape)
    size = np.bincount(units, minlength=n_units)
    estimate = Estimate(
        statistic="ece",
        value=float(np.abs(gap.sum(axis=0)).sum() / score.size),
        n=score.size,
        settings={"bins": shape[1]},
    )
    rng = np.random.default_rng(options.seed)
    replicates = np.empty(options.n_resamples)
    for place in range(options.n_resamples):
        counts = np.bincount(rng.integers(n_units, size=n_units), minlength=n_units)
        replicates[place] = np.abs(counts @ gap).sum() / (counts @ size)
    tail = (1 - options.level) / 2
    low, high = np.quantile(replicates, [tail, 1 - tail])
    return estimate.with_interval(
        float(low),
        float(high),
        level=options.level,
        method=f"percentile bootstrap over {'items' if groups is None else 'groups'}",
        groups=None if groups is None else n_units,
    )
