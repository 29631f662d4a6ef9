"""How far off a judge's scores are, and whether a 4 means a 4: error and calibration on the ratings' own scale."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from alia_judge.evaluation.options import EvaluationOptions
from alia_judge.evaluation.panel import Panel
from alia_judge.stats.estimate import Estimate
from alia_judge.stats.resampling import bootstrap

__all__ = ["calibration_bins", "errors", "on_scale"]

Floats = NDArray[np.float64]
_BINS = 10


def on_scale(panel: Panel, scores: Floats) -> bool:
    """Whether the scores are on the ratings' ordered scale, so that a difference from them means something."""
    known = scores[~np.isnan(scores)]
    return panel.scale.ordered and bool(np.all((known >= panel.scale.low) & (known <= panel.scale.high)))


def errors(panel: Panel, scores: Floats, options: EvaluationOptions) -> dict[str, Estimate]:
    """``mae``, ``bias`` and ``ece`` of `scores`, shape (n,), against the consensus; empty where they are off its scale.

    `bias` is the judge less the consensus, on the mean. `ece` is the expected calibration error: the mean distance
    between score and consensus over bins of the score. It is never negative, so that noise alone makes some of it.
    """
    both = ~(np.isnan(scores) | np.isnan(panel.target))
    if not on_scale(panel, scores) or not both.any():
        return {}
    data = scores[both], panel.target[both]
    groups = None if panel.resampled is None else panel.resampled[both]
    return {
        name: bootstrap(
            statistic,
            data,
            groups=groups,
            method="percentile",
            confidence=options.level,
            n_resamples=options.n_resamples,
            rng=options.seed,
            name=name,
        )
        for name, statistic in (("mae", _mae), ("bias", _bias), ("ece", _ece))
    }


def calibration_bins(scores: Floats, target: Floats) -> tuple[Floats, Floats, NDArray[np.intp]]:
    """Mean score, mean consensus and number of items in each bin of the score, in ascending order of score.

    A bin is one value of the score where there are at most ten, else one of ten runs of equally many items; equal
    scores are never divided.
    """
    order = np.argsort(scores, kind="stable")
    score, consensus = scores[order], target[order]
    _, first, sizes = np.unique(score, return_index=True, return_counts=True)
    if sizes.size > _BINS:
        bins = np.minimum((first + sizes / 2) * _BINS // score.size, _BINS - 1).repeat(sizes)
        first = np.flatnonzero(np.diff(bins, prepend=-1))
        sizes = np.diff(first, append=score.size)
    return np.add.reduceat(score, first) / sizes, np.add.reduceat(consensus, first) / sizes, sizes.astype(np.intp)


def _mae(scores: Floats, target: Floats) -> float:
    return float(np.abs(scores - target).mean())


def _bias(scores: Floats, target: Floats) -> float:
    return float((scores - target).mean())


def _ece(scores: Floats, target: Floats) -> float:
    score, consensus, sizes = calibration_bins(scores, target)
    return float(np.average(np.abs(score - consensus), weights=sizes))
